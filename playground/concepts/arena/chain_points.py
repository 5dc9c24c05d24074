"""A contestant that draws by a chain, and knows no density."""

import numpy as np
import torch

from model_zoo.gsn import GSN
from playground.concepts.arena.trained_points import TrainedPoints
from playground.experiments.base import Work


class ChainPoints(TrainedPoints):
    """A generative stochastic network of points (2,)."""

    model: GSN

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new points, (n, 2), a step of their chains in each piece."""
        return (yield from self.along(self.model, n, seed))
