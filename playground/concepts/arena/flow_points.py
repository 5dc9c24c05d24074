"""A contestant whose density takes many small steps to find."""

import numpy as np
import torch

from model_zoo.divergence import exact
from model_zoo.flow_matching import FlowMatching
from playground.concepts.arena.trained_points import TrainedPoints, tensor
from playground.experiments.base import Work
from playground.experiments.pieces import to_the_end

AT_ONCE = 500
TOLERANCE = 1e-3  # of a place in a step; that of log p was 0.002 at most on the moons


class FlowPoints(TrainedPoints):
    """A flow of points (2,)."""

    model: FlowMatching

    @torch.no_grad()
    def log_prob(self, places: np.ndarray, n_samples: int) -> Work[np.ndarray]:
        """log p(x) in nats of places (M, 2), each followed back to its noise."""
        def rated() -> Work[np.ndarray]:
            parts = []
            for part in tensor(places).to(self.device).split(AT_ONCE):
                end = yield from to_the_end(self.model.log_prob_path(
                    part, exact(self.model.field()), TOLERANCE))
                parts.append(self.model.log_prob_at(end))
            return torch.cat(parts).cpu().numpy()

        return (yield from self.with_chance(rated()))
