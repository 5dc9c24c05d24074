"""DBSCAN: clusters that grow from dense places, one wave at a time.

M. Ester, H.-P. Kriegel, J. Sander, X. Xu, "A density-based algorithm for discovering clusters in
large spatial databases with noise", 1996, https://dl.acm.org/doi/10.5555/3001460.3001507
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors

NOISE = -1


@dataclass(frozen=True, eq=False)
class State:
    """Where DBSCAN stands after a wave.

    Attributes:
        labels: Cluster of each point, (N,), int64; -1 for what no cluster has reached.
        core: Which points have enough neighbours, (N,), bool; the same in all states.
        wave: Indices of the points that joined last.
    """

    labels: np.ndarray
    core: np.ndarray
    wave: np.ndarray


def dbscan(points: np.ndarray, eps: float, min_samples: int) -> Iterator[State]:
    """Let clusters grow: from a core point to all within `eps`, and on from the cores among them.

    One cluster after the other grows to its end. A border point belongs to the first that reaches
    it. The labels are scikit-learn's, number by number.

    Args:
        points: (N, D).
        eps: How far a neighbour may be.
        min_samples: How many points within `eps`, itself included, make a core point.
    """
    neighbours = NearestNeighbors(radius=eps).fit(points).radius_neighbors(
        points, return_distance=False)
    core = np.array([len(near) for near in neighbours]) >= min_samples
    labels = np.full(len(points), NOISE)
    yield State(labels.copy(), core, np.zeros(0, np.int64))
    cluster = 0
    for seed in np.flatnonzero(core):
        if labels[seed] != NOISE:
            continue
        wave = np.array([seed])
        while len(wave):
            labels[wave] = cluster
            yield State(labels.copy(), core, wave)
            reached = np.zeros(len(points), bool)
            for near in neighbours[wave[core[wave]]]:
                reached[near] = True
            wave = np.flatnonzero(reached & (labels == NOISE))
        cluster += 1


def k_distances(points: np.ndarray, k: int) -> np.ndarray:
    """The distance from each point to its k-th nearest, itself the first, largest first, (N,)."""
    k = min(k, len(points))
    distances, _ = NearestNeighbors(n_neighbors=k).fit(points).kneighbors(points)
    return np.sort(distances[:, -1])[::-1]
