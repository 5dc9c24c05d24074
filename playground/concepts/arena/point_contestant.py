"""What a contestant of the arena must be able to do: draw points of the plane, rate a place."""

from abc import abstractmethod

import numpy as np

from playground.experiments.base import Work
from playground.experiments.contestant import Contestant


class PointContestant(Contestant):
    """A model that learns from points of the plane, draws new ones, and may rate a place.

    Both are done in pieces.
    """

    @abstractmethod
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new points, (n, 2)."""

    @abstractmethod
    def log_prob(self, places: np.ndarray, n_samples: int) -> Work[np.ndarray | None]:
        """log p(x) in nats of places (M, 2), (M,); minus infinity where nothing can fall.

        Args:
            n_samples: how hard to try where it is a bound that gets tighter with more samples.

        Returns:
            The exact value or a lower bound, as its family says; None if it cannot say.
        """
