"""A contestant that knows its density but for a number, and draws by chains."""

import numpy as np
import torch

from model_zoo.energy import PointEnergy
from playground.concepts.arena.trained_points import TrainedPoints, tensor
from playground.experiments.base import Work
from playground.experiments.pieces import log_sum


class EnergyPoints(TrainedPoints):
    """An energy of points (2,): log Z is summed over a grid of the plane."""

    model: PointEnergy

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new points, (n, 2), by Langevin chains, a step in each piece."""
        return (yield from self.along(self.model, n, seed))

    @torch.no_grad()
    def log_prob(self, places: np.ndarray, n_samples: int) -> Work[np.ndarray]:
        """log p(x) in nats of places (M, 2): how low the energy is, less log Z."""
        log_z = yield from log_sum(self.model.summing())
        x = tensor(places).to(self.device)
        parts = []
        for part in x.split(self._at_once):
            parts.append(-self.model.energy(part) - log_z)
            yield None
        return torch.cat(parts).cpu().numpy()
