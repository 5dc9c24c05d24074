"""How well does a picture keep the neighbours? Two measures between 0 and 1.

J. Venna, S. Kaski, "Neighborhood preservation in nonlinear projection methods", 2001,
https://doi.org/10.1007/3-540-44668-0_68
"""

from collections.abc import Generator

import numpy as np
from scipy.spatial.distance import cdist

AT_ONCE = 10_000_000  # numbers of coordinates that are compared


def ranks(points: np.ndarray) -> Generator[None, None, np.ndarray]:
    """For each point i the rank of each other j among its neighbours, (N, N); the nearest is 1.

    It works in pieces.
    """
    n = len(points)
    result = np.empty((n, n), np.int32)
    for rows in in_rows(points):
        yield
        distances = cdist(points[rows], points)
        distances[np.arange(len(rows)), rows] = -1  # each point is its own neighbour of rank 0
        order = np.argsort(distances, axis=1, kind="stable")
        places = np.empty_like(order, np.int32)
        np.put_along_axis(places, order, np.arange(n, dtype=np.int32)[None], axis=1)
        result[rows] = places
    return result


def in_rows(points: np.ndarray) -> list[np.ndarray]:
    """Divide the rows of points (N, D): a part compared with all of them takes a short while."""
    n, d = points.shape
    return np.array_split(np.arange(n), -(-n * n * d // AT_ONCE) or 1)


def kept(original: np.ndarray, embedding: np.ndarray, k: int) -> tuple[float, float]:
    """Trustworthiness, and the mean share of the k nearest neighbours that stay the same.

    Args:
        original: `ranks` of the data, (N, N).
        embedding: The points of the picture, (N, 2).
        k: Neighbours that count, below N / 2.

    Raises:
        ValueError: If k is out of range.
    """
    n = len(embedding)
    if not 1 <= k < n / 2:
        raise ValueError(f"k must be between 1 and N / 2 = {n / 2:g}, got {k!r}")
    distances = cdist(embedding, embedding)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
    found = np.take_along_axis(original, nearest, axis=1)
    intruders = np.maximum(found - k, 0).sum()
    trust = 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * intruders
    return float(trust), float((found <= k).mean())
