"""Contestants: the formula without a net, and any conditional model of the zoo."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel
from model_zoo.base import ConditionalOnImage, Model
from model_zoo.conditional_vae import ConditionalVAE
from playground import training
from playground.experiments.applications.family import Restorer
from playground.experiments.applications.pairs import Pairs
from playground.experiments.applications.settings import ApplicationsSettings
from playground.experiments.applications.tasks import Task
from playground.experiments.trained import Trained
from playground.randomness import fixed_random_state

Draw = Callable[[int, Tensor], Tensor]


class Formula(Restorer):
    """The task's own formula: one answer, nothing to train."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def steps(self) -> Iterator[None]:
        """End at once."""
        yield from ()

    def answer(self, given: Tensor, n: int, seed: int) -> Tensor:
        """Return its answer n times."""
        return self.task.restore(given)[:, None].repeat(1, n, 1, 1, 1)

    def log_prob(self, x: Tensor, given: Tensor, n_samples: int) -> None:
        """Say nothing."""

    @property
    def n_weights(self) -> int:
        """None is trained."""
        return 0

    def weights(self) -> dict[str, np.ndarray]:
        """Return nothing: the data give the formula again."""
        return {}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Refuse whatever there is."""
        if weights:
            raise ValueError(f"weights must be none, got {sorted(weights)}")


class TrainedRestorer(Trained, Restorer):
    """A model that is given an image.

    Args:
        model: a model of the zoo that is a `ConditionalOnImage` too.
        draw: gives one answer to each of n images as the nets see them; its `sample`, if it is
            left out.
        pairs, settings, device: what it learns from, and how.
        rate, betas: see `Trained`.
    """

    def __init__(self, model: Model, pairs: Pairs, settings: ApplicationsSettings, *,
                 draw: Draw | None = None, rate: float | dict[str, float],
                 betas: tuple[float, float] = (0.9, 0.999), device: str) -> None:
        if not isinstance(model, ConditionalOnImage):
            raise TypeError(f"model must be a ConditionalOnImage, got {type(model).__name__}")
        self.task = pairs.task
        self._draw = draw or model.sample
        seen = self.task.enlarge(pairs.given)
        super().__init__(model, training.Batches(
            pairs.images, settings.batch_size, labels=seen), rate=rate, betas=betas, device=device)
        self.work = self.n_weights * pairs.shape[1] * pairs.shape[2]  # weights of convolutions

    @torch.no_grad()
    def answer(self, given: Tensor, n: int, seed: int) -> Tensor:
        """Draw n answers to each, (B, n, C, H, W)."""
        seen = self.task.enlarge(given).repeat_interleave(n, 0)
        with fixed_random_state(self.device, seed):
            return self._draw(len(seen), seen).clamp(0, 1).unflatten(0, (-1, n))

    @torch.no_grad()
    def log_prob(self, x: Tensor, given: Tensor, n_samples: int) -> Tensor | None:
        """log p(x|c) in nats, or a bound, or None, as the model can."""
        model, seen = self.model, self.task.enlarge(given)
        if isinstance(model, AutoregressiveModel):
            return model.log_prob(x, seen)
        if isinstance(model, ConditionalVAE):
            with fixed_random_state(self.device):
                return model.log_prob_bound(x, n_samples, seen)
        return None
