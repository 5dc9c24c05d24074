"""The judge of the arena: how alike samples and held-out points are, and what real points get."""

import numpy as np

from playground import metrics

MOST = 1_000
NAMES = ("transport", "precision", "recall", "density", "coverage", "c2st")


class Judge:
    """Compares as many samples as there are points on the smaller side, `MOST` at most.

    Args:
        train: the points that were learned from, (N, 2).
        held_out: the points to compare with, (M, 2).

    Attributes:
        n: how many samples it wants.
        floor: what training points get in place of samples: nobody can be expected to do better,
            but by luck or by heart.
    """

    def __init__(self, train: np.ndarray, held_out: np.ndarray) -> None:
        self.n = min(len(train), len(held_out), MOST)
        self._real = held_out[: self.n]
        self._k = min(metrics.NEIGHBORS, self.n - 1)
        self.floor = self.measure(train[: self.n])

    def measure(self, samples: np.ndarray) -> dict[str, float]:
        """Measure samples (n, 2).

        Returns:
            `transport`, the sliced Wasserstein-2 distance in the unit of the axes; `precision`,
            `recall` and `coverage`, shares; `density`, about 1 for good samples; `c2st`, the
            accuracy of a classifier that tells samples from held-out points, 0.5 for good ones.
        """
        real, k = self._real, self._k
        precision, recall = metrics.precision_recall(samples, real, k)
        density, coverage = metrics.density_coverage(samples, real, k)
        return {"transport": metrics.sliced_wasserstein(samples, real), "precision": precision,
                "recall": recall, "density": density, "coverage": coverage,
                "c2st": metrics.two_sample_accuracy(samples, real)}
