"""Two-dimensional toy sets: the same shapes on every page, from one seed each.

All sets share one scale: the shape without noise lies in the square [-1.5, 1.5] x [-1.5, 1.5],
around the origin. The scale is fixed and not measured on the sample, so that two draws of a set
come from the same distribution.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

MAX_POINTS = 100_000
MAX_NOISE = 3.0

_BLOBS = np.array([[-0.95, 0.8], [0.85, 0.95], [-0.6, -0.9], [0.95, -0.6]])
_RING = 1.4 * np.array([[np.cos(a), np.sin(a)] for a in np.arange(8) * np.pi / 4])
_DISJOINT = np.array([[-1.1, -1.1], [1.1, 1.1]])
_GRID = np.array([[x, y] for y in np.linspace(-1.3, 1.3, 5) for x in np.linspace(-1.3, 1.3, 5)])
_ALONG, _ACROSS = np.array([1.0, 1.0]) / np.sqrt(2), np.array([1.0, -1.0]) / np.sqrt(2)

_CENTERS = {"blobs": _BLOBS, "ring": _RING, "grid": _GRID, "tight_ring": _RING,
            "disjoint": _DISJOINT}
_SPREADS = {"blobs": 0.22, "ring": 1.4 / 8, "grid": 0.06, "tight_ring": 1.4 / 100,
            "disjoint": 0.15}
ROUND = tuple(_CENTERS)


class Curve(NamedTuple):
    """Lines along which points lie evenly, one a label, and the usual spread around each.

    Attributes:
        at: maps labels and shares of the way along them, both (N,), to places (N, 2).
        spreads: standard deviation of each line's points along each axis.
    """

    at: Callable[[np.ndarray, np.ndarray], np.ndarray]
    spreads: tuple[float, ...]


class Boxes(NamedTuple):
    """Squares that points fill evenly, one a label: their lower corners (K, 2) and their side."""

    corners: np.ndarray
    side: float


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.asarray(radius)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _moons(labels: np.ndarray, share: np.ndarray) -> np.ndarray:
    angle = np.pi * share
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    return np.where(labels[:, None] == 0, upper, -upper)


def _circles(labels: np.ndarray, share: np.ndarray) -> np.ndarray:
    return _polar(np.array([1.4, 0.7])[labels], 2 * np.pi * share)


def _smiley(labels: np.ndarray, share: np.ndarray) -> np.ndarray:
    angle = np.select([labels == 0, labels == 3],
                      [2 * np.pi * share, np.pi * (1.2 + 0.6 * share)])
    center = np.array([[0.0, 0.0], [-0.5, 0.45], [0.5, 0.45], [0.0, 0.0]])[labels]
    return center + _polar(np.array([1.4, 0.0, 0.0, 0.8])[labels], angle)


def _spiral(labels: np.ndarray, share: np.ndarray) -> np.ndarray:
    turn = np.sqrt(0.03 + 0.97 * share)
    return _polar(1.4 * turn, 3 * np.pi * turn + np.pi * labels)


def _line(labels: np.ndarray, share: np.ndarray) -> np.ndarray:
    along = -1.4 + 2.8 * share
    return np.stack([along, 0.5 * along], axis=1)


CURVES = {
    "moons": Curve(_moons, (0.07, 0.07)),
    "circles": Curve(_circles, (0.07, 0.07)),
    "smiley": Curve(_smiley, (0.05, 0.12, 0.12, 0.05)),
    "spiral": Curve(_spiral, (0.05, 0.05)),
    "line": Curve(_line, (0.05,)),
}
BOXES = {
    "uniform": Boxes(np.array([[-1.5, -1.5]]), 3.0),
    "checkerboard": Boxes(0.75 * np.array([[column, row] for row in range(-2, 2)
                                           for column in range(-2, 2)
                                           if (row + column) % 2 == 0]), 0.75),
}
LONG_CENTERS = np.outer([-0.8, 0.0, 0.8], _ACROSS)
LONG_AXES = np.stack([0.65 * _ALONG, 0.1 * _ACROSS], axis=1)  # columns: one deviation each
_SHARES = {"circles": (2.0, 1.0), "smiley": (5.0, 1.0, 1.0, 2.0)}
_N_LABELS = {
    "blobs": 4, "anisotropic": 3, "moons": 2, "circles": 2, "smiley": 4, "uniform": 1, "spiral": 2,
    "checkerboard": 8, "ring": 8, "grid": 25, "tight_ring": 8, "line": 1, "disjoint": 2,
}


def _draw(name: str, labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    n = len(labels)
    if name in BOXES:
        return BOXES[name].corners[labels] + BOXES[name].side * rng.random((n, 2))
    if name in CURVES:
        shape = CURVES[name].at(labels, rng.random(n))
        spread = noise * np.array(CURVES[name].spreads)[labels]
        return shape + spread[:, None] * rng.standard_normal((n, 2))
    if name in _CENTERS:
        return _CENTERS[name][labels] + noise * _SPREADS[name] * rng.standard_normal((n, 2))
    along, across = rng.standard_normal((2, n))
    return LONG_CENTERS[labels] + noise * (np.stack([along, across], axis=1) @ LONG_AXES.T)


NAMES = tuple(_N_LABELS)


def among(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of these data sets that are toys: their points are drawn, with a spread."""
    return tuple(name for name in names if name in _N_LABELS)


def _labels(name: str, n_points: int, rng: np.random.Generator) -> np.ndarray:
    edges = np.cumsum(shares(name))
    evenly = (np.arange(n_points) + 0.5) / n_points
    return rng.permutation(np.searchsorted(edges, evenly).clip(max=len(edges) - 1))


def shares(name: str) -> np.ndarray:
    """How much of a set belongs to each of its labels, (K,); they sum to 1."""
    parts = np.array(_SHARES.get(name, (1.0,) * _N_LABELS[name]))
    return parts / parts.sum()


def centers(name: str) -> np.ndarray:
    """The true centres of a set that is a mixture of round gaussians.

    Args:
        name: "blobs", "ring", "tight_ring", "grid" or "disjoint".

    Returns:
        Centres, shape (K, 2), float32, in the order of the labels.

    Raises:
        ValueError: If the set is not made of round gaussians.
    """
    if name not in _CENTERS:
        raise ValueError(f"name must be one of {tuple(_CENTERS)!r}, got {name!r}")
    return _CENTERS[name].astype(np.float32)


def spread(name: str) -> float:
    """The standard deviation of each round gaussian of a set of `centers`, along each axis.

    Raises:
        ValueError: If the set is not made of round gaussians.
    """
    if name not in _SPREADS:
        raise ValueError(f"name must be one of {tuple(_SPREADS)!r}, got {name!r}")
    return _SPREADS[name]


def make(
    name: str, *, n_points: int = 500, noise: float = 1.0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a toy set.

    Args:
        name: One of `NAMES`.
        n_points: Number of points N, 1 to 100,000, shared out among the parts of the shape.
        noise: Spread of the points around the shape, as a multiple of the set's usual spread:
            0 puts every point on the shape or on the centre of its group, 1 is the usual set,
            3 is the most. "uniform" and "checkerboard" have no shape to leave, their usual spread
            is 0 and they do not change.
        seed: Seed of the draw, 0 or more. The same arguments give the same points.

    Returns:
        Points, shape (N, 2), float32, on the common scale of this module, and the part of the
        shape that each point belongs to, shape (N,), int64.

    Raises:
        ValueError: If an argument is outside its range.
    """
    if name not in _N_LABELS:
        raise ValueError(f"name must be one of {NAMES!r}, got {name!r}")
    if not 1 <= n_points <= MAX_POINTS:
        raise ValueError(f"n_points must be between 1 and {MAX_POINTS}, got {n_points!r}")
    if not 0 <= noise <= MAX_NOISE:
        raise ValueError(f"noise must be between 0 and {MAX_NOISE}, got {noise!r}")
    if seed < 0:
        raise ValueError(f"seed must be >= 0, got {seed!r}")
    rng = np.random.default_rng(seed)
    labels = _labels(name, n_points, rng)
    return _draw(name, labels, noise, rng).astype(np.float32), labels.astype(np.int64)
