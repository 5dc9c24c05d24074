"""Contestants that learn by gradients: any model of the zoo for vectors."""

import numpy as np
import torch

from model_zoo.base import GenerativeModel, HasBound, HasLogProb
from playground import training
from playground.experiments.arena.family import PointContestant
from playground.experiments.trained import Trained
from playground.randomness import fixed_random_state

BATCH_SIZE = 256
MOST_AT_ONCE = 50_000  # places x samples


class TrainedPoints(Trained, PointContestant):
    """A model of vectors (2,).

    Args:
        model: of vectors (2,).
        points: (N, 2).
        rate, betas, device: see `Trained`.
    """

    model: GenerativeModel

    def __init__(self, model: GenerativeModel, points: np.ndarray, *, rate: float,
                 betas: tuple[float, float] = (0.9, 0.999), device: str) -> None:
        data = torch.from_numpy(points.astype(np.float32)).to(device)
        super().__init__(model, training.Batches(data, BATCH_SIZE), rate=rate, betas=betas,
                         device=device)

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
