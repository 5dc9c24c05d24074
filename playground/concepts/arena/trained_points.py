"""Contestants that learn by gradients: any model of the zoo for vectors."""

from functools import partial

import numpy as np
import torch

from model_zoo.base import GenerativeModel
from model_zoo.flow import Flow
from playground.experiments.base import Work
from playground.experiments.contestant import DrawingContestant
from playground.experiments.gradient_contestant import GradientContestant
from playground.experiments.pieces import within
from playground.experiments.rated import rated
from playground.training.batches import Batches
from playground.training.randomness import fixed_random_state

BATCH_SIZE = 256
MOST_AT_ONCE = 50_000  # places x samples
WORK_AT_ONCE = 500_000_000  # the same x weights


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
        data = torch.from_numpy(points.astype(np.float32)).to(device)
        super().__init__(model, Batches(data, BATCH_SIZE), rate=rate, betas=betas,
                         device=device)

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new points, (n, 2)."""
        def drawn() -> Work[np.ndarray]:
            parts = []
            for done in range(0, n, self._at_once):
                yield done / n
                parts.append(self.model.sample(min(self._at_once, n - done)))
            return torch.cat(parts).cpu().numpy()

        return (yield from within(partial(fixed_random_state, self.device, seed), self.device,
                                  drawn()))

    @torch.no_grad()
    def log_prob(self, places: np.ndarray, n_samples: int) -> Work[np.ndarray | None]:
        """log p(x) in nats of places (M, 2), or what the model can say instead, or None."""
        x = torch.from_numpy(places.astype(np.float32)).to(self.device)
        found = yield from within(
            partial(fixed_random_state, self.device), self.device,
            rated(self.model, lambda n_codes: max(1, self._at_once // n_codes), n_samples, x))
        return None if found is None else found.cpu().numpy()

    @property
    def _at_once(self) -> int:
        return max(1, min(MOST_AT_ONCE, WORK_AT_ONCE // self.n_weights))


def started(model: Flow, points: np.ndarray, *, rate: float, device: str) -> TrainedPoints:
    """Return a flow as a contestant, its first weights set by the points where it wants that."""
    model.start_at(torch.from_numpy(points.astype(np.float32)))
    return TrainedPoints(model, points, rate=rate, device=device)
