"""Are there groups at all? The gap statistic compares k-means on the data with k-means on noise.

R. Tibshirani, G. Walther, T. Hastie, "Estimating the number of clusters in a data set via the gap
statistic", 2001, https://doi.org/10.1111/1467-9868.00293
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from playground.algorithms.kmeans import State as Clustering
from playground.algorithms.kmeans import kmeans, start_kmeans_plus_plus

STARTS = 3


@dataclass(frozen=True, eq=False)
class State:
    """Where the comparison stands after some sets of noise.

    Attributes:
        clusterings: The best end of k-means on the data for k = 1 ... K.
        noise: log inertia on each set of noise for each k, (B, K), in nats.
    """

    clusterings: list[Clustering]
    noise: np.ndarray

    @property
    def data(self) -> np.ndarray:
        """log inertia on the data for each k, (K,), in nats."""
        return np.log([max(end.inertia, 1e-300) for end in self.clusterings])

    @property
    def gaps(self) -> np.ndarray:
        """By how much the data lie below the mean of the noise, (K,), in nats; NaN without any."""
        return self.noise.mean(axis=0) - self.data if len(self.noise) else self.data + np.nan

    @property
    def errors(self) -> np.ndarray:
        """Standard deviations over the noise, widened by sqrt(1 + 1/B), (K,), in nats."""
        n = len(self.noise)
        return self.noise.std(axis=0) * np.sqrt(1 + 1 / n) if n else self.data + np.nan

    @property
    def chosen(self) -> int:
        """The smallest k whose gap the next one does not beat by more than its error."""
        enough = self.gaps[:-1] >= (self.gaps - self.errors)[1:]
        return 1 + int(np.argmax(enough)) if enough.any() else len(self.clusterings)


def gap_statistic(points: np.ndarray, max_k: int, rng: np.random.Generator, *,
                  n_sets: int = 20) -> Iterator[State | None]:
    """Group the data, then one set of uniform noise after the other.

    The noise fills a box along the principal components of the data, the paper's choice (b).

    Args:
        points: (N, D), finite.
        max_k: The largest number of clusters K, 1 to N.
        rng: Draws the noise and the starts of k-means.
        n_sets: How many sets of noise B.

    Returns:
        An iterator over the state without noise and after each of the sets; None comes between,
        after each k.
    """
    middle = points.mean(axis=0)
    axes = np.linalg.svd(points - middle, full_matrices=False)[2]
    turned = (points - middle) @ axes.T
    clusterings = []
    for k in range(1, max_k + 1):
        clusterings.append(_best(points, k, rng))
        yield None
    state = State(clusterings, np.zeros((0, max_k)))
    yield state
    for _ in range(n_sets):
        noise = rng.uniform(turned.min(axis=0), turned.max(axis=0), points.shape) @ axes + middle
        found = []
        for k in range(1, max_k + 1):
            found.append(np.log(max(_best(noise, k, rng).inertia, 1e-300)))
            yield None
        state = State(clusterings, np.vstack([state.noise, found]))
        yield state


def _best(points: np.ndarray, k: int, rng: np.random.Generator) -> Clustering:
    """The lowest end of a few runs of k-means from k-means++."""
    ends = []
    for _ in range(STARTS if k > 1 else 1):
        *_, end = kmeans(points, start_kmeans_plus_plus(points, k, rng), max_iter=30)
        ends.append(end)
    return min(ends, key=lambda end: end.inertia)
