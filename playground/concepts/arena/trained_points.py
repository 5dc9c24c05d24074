"""Contestants that learn by gradients: any model of the zoo for vectors."""

from functools import partial
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from model_zoo.base import GenerativeModel, HasPath
from model_zoo.flow import Flow
from playground.experiments.base import Work
from playground.experiments.contestant import DrawingContestant
from playground.experiments.gradient_contestant import GradientContestant
from playground.experiments.pieces import to_the_end, within
from playground.experiments.rated import rated
from playground.training.batches import Batches
from playground.training.randomness import fixed_random_state

BATCH_SIZE = 256
MOST_AT_ONCE = 50_000  # places x samples
WORK_AT_ONCE = 500_000_000  # the same x weights

T = TypeVar("T")


class TrainedPoints(GradientContestant, DrawingContestant):
    """A model of vectors (2,).

    Args:
        model: of vectors (2,).
        points: (N, 2).
        rate, betas, device: see `GradientContestant`.
    """

    model: GenerativeModel

    def __init__(self, model: GenerativeModel, points: np.ndarray, *, rate: float,
                 betas: tuple[float, float] = (0.9, 0.999), device: str) -> None:
        super().__init__(model, Batches(tensor(points).to(device), BATCH_SIZE), rate=rate,
                         betas=betas, device=device)

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new points, (n, 2)."""
        def drawn() -> Work[np.ndarray]:
            parts = []
            for done in range(0, n, self._at_once):
                yield done / n
                parts.append(self.model.sample(min(self._at_once, n - done)))
            return torch.cat(parts).cpu().numpy()

        return (yield from self.with_chance(drawn(), seed))

    @torch.no_grad()
    def log_prob(self, places: np.ndarray, n_samples: int) -> Work[np.ndarray | None]:
        """log p(x) in nats of places (M, 2), or what the model can say instead, or None."""
        x = tensor(places).to(self.device)
        found = yield from self.with_chance(
            rated(self.model, lambda n_codes: max(1, self._at_once // n_codes), n_samples, x))
        return None if found is None else found.cpu().numpy()

    def with_chance(self, work: Work[T], seed: int = 0) -> Work[T]:
        """Do some work with the chance of a seed."""
        return (yield from within(partial(fixed_random_state, self.device, seed), self.device,
                                  work))

    def along(self, model: HasPath, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new points, (n, 2), by a model that goes step by step: one in each piece."""
        def drawn() -> Work[np.ndarray]:
            return (yield from to_the_end(model.path(n))).x.cpu().numpy()

        return (yield from self.with_chance(drawn(), seed))

    @property
    def _at_once(self) -> int:
        return max(1, min(MOST_AT_ONCE, WORK_AT_ONCE // self.n_weights))


def tensor(points: np.ndarray) -> Tensor:
    """Return points (N, 2) as the models take them."""
    return torch.from_numpy(points.astype(np.float32))


def started(model: Flow, points: np.ndarray, *, rate: float, device: str) -> TrainedPoints:
    """Return a flow as a contestant, its first weights set by the points where it wants that."""
    model.start_at(tensor(points))
    return TrainedPoints(model, points, rate=rate, device=device)
