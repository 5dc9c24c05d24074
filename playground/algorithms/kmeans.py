"""K-means by Lloyd's algorithm, one half-step at a time.

S. Lloyd, "Least squares quantization in PCM", 1982, https://doi.org/10.1109/TIT.1982.1056489
D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", 2007,
https://theory.stanford.edu/~sergei/papers/kMeansPP-soda.pdf
T. F. Gonzalez, "Clustering to minimize the maximum intercluster distance", 1985,
https://doi.org/10.1016/0304-3975(85)90224-5
"""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

UNASSIGNED = -1


@dataclass(frozen=True, eq=False)
class State:
    """Where k-means stands after a half-step.

    Attributes:
        half_step: Half-steps done so far; 0 is the start.
        phase: What was done last: "start", "assign" (each point to its nearest centroid) or
            "update" (each centroid to the mean of its points).
        centroids: Centres of the clusters, (K, D), float64.
        labels: Cluster of each point, (N,), int64; -1 for all at the start.
        inertia: Sum of the squared distances from each point to the centroid of its cluster; at
            the start, to the nearest centroid. It never rises.
        moved: Distance by which the centroid that moved most moved in this half-step.
        converged: Whether the assignment did not change, so that nothing will change any more.
    """

    half_step: int
    phase: Literal["start", "assign", "update"]
    centroids: np.ndarray
    labels: np.ndarray
    inertia: float
    moved: float
    converged: bool


def squared_distances(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The squared distance from each point to each centroid, shape (N, K)."""
    columns = np.ascontiguousarray(points.T)  # D times (N,), which add up fast
    distances = np.zeros((len(centroids), len(points)))
    for distance, centroid in zip(distances, centroids, strict=True):
        for column, coordinate in zip(columns, centroid, strict=True):
            distance += (column - coordinate) ** 2
    return distances.T


def assign(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The nearest centroid of each point, shape (N,); of equally near ones, the first."""
    distances = squared_distances(points, centroids).T
    labels = np.zeros(len(points), np.int64)
    nearest = distances[0].copy()
    for cluster, distance in enumerate(distances[1:], start=1):
        np.copyto(labels, cluster, where=distance < nearest)
        np.minimum(nearest, distance, out=nearest)
    return labels


def inertia(points: np.ndarray, centroids: np.ndarray, labels: np.ndarray) -> float:
    """The sum of the squared distances from each point to the centroid of its cluster."""
    return float(sum(((column - center[labels]) ** 2).sum()
                     for column, center in zip(points.T, centroids.T, strict=True)))


def fill_empty_clusters(
    points: np.ndarray, centroids: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Give each empty cluster a point of its own: those that lie farthest from their centroid.

    scikit-learn does the same. A point that sits on its centroid or is alone in its cluster is
    left where it is, so with fewer distinct points than clusters some clusters remain empty.

    Returns:
        Cluster of each point, shape (N,).
    """
    sizes = np.bincount(labels, minlength=len(centroids))
    empty = np.flatnonzero(sizes == 0).tolist()
    if not empty:
        return labels
    labels = labels.copy()
    distances = np.square(points - centroids[labels]).sum(axis=1)
    for point in np.argsort(-distances, kind="stable"):
        if not empty or distances[point] == 0:
            break
        if sizes[labels[point]] > 1:
            sizes[labels[point]] -= 1
            labels[point] = empty.pop(0)
    return labels


def update(points: np.ndarray, centroids: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean of each cluster, shape (K, D); an empty cluster's centroid stays where it is."""
    sizes = np.bincount(labels, minlength=len(centroids))[:, None]
    sums = np.stack([np.bincount(labels, column, len(centroids)) for column in points.T], axis=1)
    return np.where(sizes > 0, sums / np.maximum(sizes, 1), centroids)


def kmeans(points: np.ndarray, centroids: np.ndarray, *, max_iter: int = 300) -> Iterator[State]:
    """Run k-means from given centroids.

    Args:
        points: Data, (N, D), finite.
        centroids: Where to start, (K, D), finite, 1 <= K <= N: from one of `STARTS` or by hand.
        max_iter: Most rounds of an update and an assignment.

    Returns:
        An iterator over the start and every half-step. It ends with an assignment: the first that
        changes nothing, or the one of the last round.

    Raises:
        ValueError: If an argument is outside its range.
    """
    data = _finite_table("points", points)
    start = _finite_table("centroids", centroids)
    _check_n_clusters(len(start), data)
    if start.shape[1] != data.shape[1]:
        raise ValueError(
            f"centroids must have the {data.shape[1]} columns of points, got {start.shape[1]}"
        )
    if max_iter < 1:
        raise ValueError(f"max_iter must be >= 1, got {max_iter!r}")
    return _half_steps(data, start, max_iter)


def _half_steps(points: np.ndarray, centroids: np.ndarray, max_iter: int) -> Iterator[State]:
    labels = assign(points, centroids)
    cost = inertia(points, centroids, labels)
    yield State(0, "start", centroids, np.full_like(labels, UNASSIGNED), cost, 0.0, False)
    yield State(1, "assign", centroids, labels, cost, 0.0, False)
    for half_step in range(2, 2 * max_iter + 1, 2):
        before = centroids
        labels = fill_empty_clusters(points, centroids, labels)
        centroids = update(points, centroids, labels)
        cost = inertia(points, centroids, labels)
        moved = float(np.linalg.norm(centroids - before, axis=1).max())
        yield State(half_step, "update", centroids, labels, cost, moved, False)

        nearest = assign(points, centroids)
        converged = np.array_equal(nearest, labels)
        labels = nearest
        cost = inertia(points, centroids, labels)
        yield State(half_step + 1, "assign", centroids, labels, cost, 0.0, converged)
        if converged:
            return


Start = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


def _a_start(find: Start) -> Start:
    """Make a way to start out of what finds the centroids: it checks what it is given.

    A start takes points (N, D), finite; the number of centroids K, 1 to N; and a source of
    chance. It returns centroids (K, D), float64.
    """
    @functools.wraps(find)
    def start(points: np.ndarray, n_clusters: int, generator: np.random.Generator) -> np.ndarray:
        data = _finite_table("points", points)
        _check_n_clusters(n_clusters, data)
        return find(data, n_clusters, generator)

    return start


@_a_start
def start_random(
    points: np.ndarray, n_clusters: int, generator: np.random.Generator
) -> np.ndarray:
    """Start at points drawn at random, no point twice."""
    return points[generator.choice(len(points), n_clusters, replace=False)]


def plus_plus_probabilities(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The chance of each point to become the next centroid of k-means++, shape (N,).

    It is proportional to the squared distance to the nearest centroid so far (Arthur and
    Vassilvitskii, section 2.2). Where every point sits on a centroid, all chances are equal.
    """
    nearest = squared_distances(points, centroids).min(axis=1)
    total = nearest.sum()
    return nearest / total if total > 0 else np.full(len(points), 1 / len(points))


@_a_start
def start_kmeans_plus_plus(
    points: np.ndarray, n_clusters: int, generator: np.random.Generator
) -> np.ndarray:
    """Start by k-means++: at random, but the more likely the farther from the centroids so far.

    This is the algorithm of the paper. scikit-learn draws several candidates for each centroid
    and keeps the best one, the paper's "greedy" variant.
    """
    chosen = [int(generator.integers(len(points)))]
    while len(chosen) < n_clusters:
        chances = plus_plus_probabilities(points, points[chosen])
        chosen.append(int(generator.choice(len(points), p=chances)))
    return points[chosen]


@_a_start
def start_farthest_first(
    points: np.ndarray, n_clusters: int, generator: np.random.Generator
) -> np.ndarray:
    """Start at a random point, then always at the point farthest from the centroids so far."""
    chosen = [int(generator.integers(len(points)))]
    while len(chosen) < n_clusters:
        nearest = squared_distances(points, points[chosen]).min(axis=1)
        chosen.append(int(nearest.argmax()))
    return points[chosen]


STARTS: dict[str, Start] = {
    "random": start_random,
    "kmeans++": start_kmeans_plus_plus,
    "farthest": start_farthest_first,
}


def _finite_table(name: str, values: np.ndarray) -> np.ndarray:
    table = np.array(values, dtype=np.float64)
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(f"{name} must have a shape (N, D) with N, D >= 1, got {table.shape!r}")
    if not np.isfinite(table).all():
        bad = table[~np.isfinite(table)][0].item()
        raise ValueError(f"{name} must be finite, got {bad!r}")
    return table


def _check_n_clusters(n_clusters: int, points: np.ndarray) -> None:
    if not 1 <= n_clusters <= len(points):
        raise ValueError(
            f"n_clusters must be between 1 and the number of points, {len(points)}, "
            f"got {n_clusters!r}"
        )
