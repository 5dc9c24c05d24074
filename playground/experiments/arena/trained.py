"""Contestants that learn by gradients: any model of the zoo for vectors."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer

from model_zoo.base import GenerativeModel, HasBound, HasLogProb
from playground import training
from playground.experiments.arena.family import Contestant
from playground.randomness import RandomStream, fixed_random_state, preserved_random_state

BATCH_SIZE = 256
MOST_AT_ONCE = 50_000  # places x samples


class Trained(Contestant):
    """A model of the zoo with its optimiser. It has a random stream of its own.

    So what it learns does not depend on who else is in the arena.

    Args:
        model: of vectors (2,).
        points: (N, 2).
        rate: the learning rate of Adam at the start; it falls to 0 along a line.
        betas: of Adam.
        device: where it learns.
    """

    def __init__(self, model: GenerativeModel, points: np.ndarray, *, rate: float,
                 betas: tuple[float, float] = (0.9, 0.999), device: str) -> None:
        self.model, self.rate, self.betas, self.device = model.to(device), rate, betas, device
        data = torch.from_numpy(points.astype(np.float32)).to(device)
        self.trainer = training.Trainer(self.model, training.Batches(data, BATCH_SIZE))
        self.random = RandomStream.current(device)

    def steps(self) -> Iterator[None]:
        """Train for ever."""
        steps = self.trainer.steps(lambda _player: self.rate * (1 - self.progress),
                                   optimizer=self._optimizer)
        while True:
            with preserved_random_state(self.device):
                self.random.install(self.device)
                next(steps)
                self.random = RandomStream.current(self.device)
            self.done += 1
            yield

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw n new points, (n, 2)."""
        with fixed_random_state(self.device, seed):
            return self.model.sample(n).cpu().numpy()

    @torch.no_grad()
    def log_prob(self, places: np.ndarray, n_samples: int) -> np.ndarray | None:
        """log p(x) in nats of places (M, 2), or a bound, or None, as the model can."""
        model, x = self.model, torch.from_numpy(places.astype(np.float32)).to(self.device)
        if isinstance(model, HasLogProb):
            return model.log_prob(x).cpu().numpy()
        if isinstance(model, HasBound):
            with fixed_random_state(self.device):
                parts = [model.log_prob_bound(part, n_samples)
                         for part in x.split(max(1, MOST_AT_ONCE // n_samples))]
            return torch.cat(parts).cpu().numpy()
        return None

    @property
    def n_weights(self) -> int:
        """How many numbers it has learned, those of all its nets."""
        return sum(weight.numel() for weight in self.model.parameters())

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights of all nets."""
        return training.to_arrays(self.model)

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the weights back."""
        training.from_arrays(self.model, weights)

    def _optimizer(self, parameters: list[nn.Parameter]) -> Optimizer:
        return torch.optim.Adam(parameters, betas=self.betas, fused=True)
