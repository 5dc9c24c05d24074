"""The judge of the arena: how alike samples and held-out points are, and what real points get."""

import numpy as np

from playground.experiments.base import Work
from playground.metrics import clouds

MOST = 1_000
NAMES = ("transport", "precision", "recall", "density", "coverage", "c2st")


class PointJudge:
    """Compares as many samples as there are points on the smaller side, `MOST` at most.

    Args:
        train: the points that were learned from, (N, 2).
        held_out: the points to compare with, (M, 2).

    Attributes:
        n: how many samples it wants.
        floor: what training points get in place of samples: about what other points of the same
            density would get; empty until `measure_floor`.
    """

    def __init__(self, train: np.ndarray, held_out: np.ndarray) -> None:
        self.n = min(len(train), len(held_out), MOST)
        self._real = held_out[: self.n]
        self._learned = train[: self.n]
        self.floor: dict[str, float] = {}

    def measure_floor(self) -> Work[None]:
        """Measure the training points."""
        self.floor = yield from self.measure(self._learned)

    def measure(self, samples: np.ndarray) -> Work[dict[str, float]]:
        """Measure samples (n, 2).

        Returns:
            `transport`, the sliced Wasserstein-2 distance in the unit of the axes; and those of
            `clouds.overlap`.
        """
        transport = clouds.sliced_wasserstein(samples, self._real)
        yield None
        return {"transport": transport, **(yield from clouds.overlap(samples, self._real))}
