"""A contestant that walks from noise to points, and whose density is found on the way back."""

import numpy as np
import torch

from model_zoo.diffusion import PointDiffusion
from model_zoo.diffusion_likelihood import log_prob_steps
from playground.concepts.arena.trained_points import TrainedPoints, tensor
from playground.experiments.base import Work
from playground.experiments.pieces import to_the_end

AT_ONCE = 500
TOLERANCE = 1e-2  # of a step; the mean of log p on the ring was off by 0.006 nats


class DiffusedPoints(TrainedPoints):
    """A diffusion model of points (2,)."""

    model: PointDiffusion

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new points, (n, 2), a step in each piece."""
        return (yield from self.along(self.model, n, seed))

    @torch.no_grad()
    def log_prob(self, places: np.ndarray, n_samples: int) -> Work[np.ndarray]:
        """log p(x) in nats of places (M, 2), each followed back to its noise."""
        def rated() -> Work[np.ndarray]:
            parts = []
            for part in tensor(places).to(self.device).split(AT_ONCE):
                end = yield from to_the_end(log_prob_steps(
                    self.model.denoiser(), self.model.schedule, part, tolerance=TOLERANCE))
                parts.append(end.log_prob)
            return torch.cat(parts).cpu().numpy()

        return (yield from self.with_chance(rated()))
