"""Contestants: the formula without a net, and any conditional model of the zoo."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from model_zoo.base import Conditional
from model_zoo.diffusion import PictureDiffusion
from playground.concepts.applications.pairs import Pairs
from playground.concepts.applications.restorer import Restorer
from playground.concepts.applications.settings import ApplicationsSettings
from playground.concepts.applications.tasks import Task
from playground.experiments.base import Work
from playground.experiments.diffused import HasMeanWeights, bounded, drawn
from playground.experiments.gradient_contestant import GradientContestant
from playground.experiments.pieces import within
from playground.experiments.rated import rated
from playground.language import N_
from playground.refusal import Refusal
from playground.training.batches import Batches
from playground.training.randomness import fixed_random_state

Draw = Callable[[int, Tensor], Work[Tensor]]
WORK_AT_ONCE = 500_000_000  # weights x their uses x images
MOST_TOLD = 4_000_000  # images x codes x what a decoder tells of each pixel, at once


T = TypeVar("T")


class Formula(Restorer):
    """The task's own formula: one answer, nothing to train."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def steps(self) -> Iterator[None]:
        """End at once."""
        yield from ()

    def answer(self, given: Tensor, n: int, seed: int) -> Work[Tensor]:
        """Return its answer n times."""
        yield None
        return self.task.restore(given)[:, None].repeat(1, n, 1, 1, 1)

    def log_prob(self, x: Tensor, given: Tensor, n_samples: int) -> Work[None]:
        """Say nothing."""
        yield from ()

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
            raise Refusal(N_("weights must be none, got {names}"), names=sorted(weights))


class TrainedRestorer(GradientContestant, Restorer):
    """A model that is given an image.

    Args:
        model: a model of the zoo that is given images.
        draw: gives one answer to each of n images as the nets see them, in pieces; its `sample`,
            if it is left out.
        pairs, settings, device: what it learns from, and how.
        rate, betas: see `GradientContestant`.
        most_codes: how many a bound is made of at most; where one is dear, few.
    """

    model: Conditional

    def __init__(self, model: Conditional, pairs: Pairs, settings: ApplicationsSettings, *,
                 draw: Draw | None = None, rate: float | dict[str, float],
                 betas: tuple[float, float] = (0.9, 0.999), most_codes: int = 64,
                 device: str) -> None:
        self.task, self.most_codes = pairs.task, most_codes
        self._draw = draw or self._sample
        seen = self.task.enlarge(pairs.given)
        batches = Batches(pairs.images, settings.batch_size, context=seen)
        super().__init__(model, batches, rate=rate, betas=betas, device=device)
        self.work = self.n_weights * pairs.shape[1] * pairs.shape[2]  # weights of convolutions
        self._told = pairs.levels * pairs.images[0].numel()

    @torch.no_grad()
    def answer(self, given: Tensor, n: int, seed: int) -> Work[Tensor]:
        """Draw n answers to each, (B, n, C, H, W)."""
        seen = self.task.enlarge(given).repeat_interleave(n, 0)
        drawn = yield from self._with_chance(seed, self._draw(len(seen), seen))
        return drawn.clamp(0, 1).unflatten(0, (-1, n))

    @torch.no_grad()
    def log_prob(self, x: Tensor, given: Tensor, n_samples: int) -> Work[Tensor | None]:
        """log p(x|c) in nats, or what the model can say instead, or None."""
        return (yield from self._with_chance(0, rated(
            self.model, self._at_once, min(n_samples, self.most_codes), x,
            self.task.enlarge(given))))

    def _sample(self, n: int, seen: Tensor) -> Work[Tensor]:
        parts: list[Tensor] = []
        for part in seen.split(self._at_once(1)):
            yield None
            parts.append(self.model.sample(len(part), part))
        return torch.cat(parts)

    def _at_once(self, n_codes: int) -> int:
        """How many images, with so many codes each, take a short while."""
        return max(1, min(MOST_TOLD // self._told, WORK_AT_ONCE // self.work) // n_codes)

    def _with_chance(self, seed: int, work: Work[T]) -> Work[T]:
        return (yield from within(partial(fixed_random_state, self.device, seed), self.device,
                                  work))


class DiffusedRestorer(HasMeanWeights, TrainedRestorer):
    """A diffusion that is given an image.

    Args:
        model, pairs, settings, rate, device: see `TrainedRestorer`.
    """

    model: PictureDiffusion

    @torch.no_grad()
    def log_prob(self, x: Tensor, given: Tensor, n_samples: int) -> Work[Tensor]:
        """Bound log p(x|c) in nats, by n_samples parts of the way."""
        return (yield from self._with_chance(0, bounded(
            self.model, x, n_samples, self._at_once(1), self.task.enlarge(given))))

    def _sample(self, n: int, seen: Tensor) -> Work[Tensor]:
        return (yield from drawn(self.model, n, self._at_once(1), seen))
