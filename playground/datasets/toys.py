"""Two-dimensional toy sets: the same shapes on every page, from one seed each.

All sets share one scale: the shape without noise lies in the square [-1.5, 1.5] x [-1.5, 1.5],
around the origin. The scale is fixed and not measured on the sample, so that two draws of a set
come from the same distribution.
"""

from collections.abc import Callable, Iterable

import numpy as np

MAX_POINTS = 100_000
MAX_NOISE = 3.0

_Draw = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]

_BLOBS = np.array([[-0.95, 0.8], [0.85, 0.95], [-0.6, -0.9], [0.95, -0.6]])
_RING = 1.4 * np.array([[np.cos(a), np.sin(a)] for a in np.arange(8) * np.pi / 4])
_DISJOINT = np.array([[-1.1, -1.1], [1.1, 1.1]])
_GRID = np.array([[x, y] for y in np.linspace(-1.3, 1.3, 5) for x in np.linspace(-1.3, 1.3, 5)])


def _around(
    centers: np.ndarray, spread: float, labels: np.ndarray, noise: float, rng: np.random.Generator
) -> np.ndarray:
    return centers[labels] + noise * spread * rng.standard_normal((len(labels), 2))


def _blobs(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return _around(_BLOBS, _SPREADS["blobs"], labels, noise, rng)


def _anisotropic(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    along, across = np.array([1.0, 1.0]) / np.sqrt(2), np.array([1.0, -1.0]) / np.sqrt(2)
    centers = np.outer([-0.8, 0.0, 0.8], across)
    length = 0.65 * rng.standard_normal((len(labels), 1))
    width = 0.1 * rng.standard_normal((len(labels), 1))
    return centers[labels] + noise * (length * along + width * across)


def _moons(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    angle = np.pi * rng.random(len(labels))
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], axis=1)
    shape = np.where(labels[:, None] == 0, upper, -upper)
    return shape + noise * 0.07 * rng.standard_normal(shape.shape)


def _circles(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    angle = 2 * np.pi * rng.random(len(labels))
    radius = np.array([1.4, 0.7])[labels]
    shape = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return shape + noise * 0.07 * rng.standard_normal(shape.shape)


def _smiley(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    part = rng.random(len(labels))
    angle = np.select([labels == 0, labels == 3], [2 * np.pi * part, np.pi * (1.2 + 0.6 * part)])
    radius = np.array([1.4, 0.0, 0.0, 0.8])[labels]
    center = np.array([[0.0, 0.0], [-0.5, 0.45], [0.5, 0.45], [0.0, 0.0]])[labels]
    spread = np.array([0.05, 0.12, 0.12, 0.05])[labels]
    shape = center + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return shape + noise * spread[:, None] * rng.standard_normal(shape.shape)


def _uniform(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-1.5, 1.5, (len(labels), 2))


def _spiral(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    turn = np.sqrt(rng.uniform(0.03, 1.0, len(labels)))
    angle = 3 * np.pi * turn + np.pi * labels
    shape = 1.4 * turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return shape + noise * 0.05 * rng.standard_normal(shape.shape)


def _ring(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return _around(_RING, _SPREADS["ring"], labels, noise, rng)


def _grid(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return _around(_GRID, _SPREADS["grid"], labels, noise, rng)


def _tight_ring(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return _around(_RING, _SPREADS["tight_ring"], labels, noise, rng)


def _line(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    along = rng.uniform(-1.4, 1.4, len(labels))
    shape = np.stack([along, 0.5 * along], axis=1)
    return shape + noise * 0.05 * rng.standard_normal(shape.shape)


def _disjoint(labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return _around(_DISJOINT, _SPREADS["disjoint"], labels, noise, rng)


_SETS: dict[str, tuple[int, _Draw]] = {
    "blobs": (4, _blobs),
    "anisotropic": (3, _anisotropic),
    "moons": (2, _moons),
    "circles": (2, _circles),
    "smiley": (4, _smiley),
    "uniform": (1, _uniform),
    "spiral": (2, _spiral),
    "ring": (8, _ring),
    "grid": (25, _grid),
    "tight_ring": (8, _tight_ring),
    "line": (1, _line),
    "disjoint": (2, _disjoint),
}
_CENTERS = {"blobs": _BLOBS, "ring": _RING, "grid": _GRID, "tight_ring": _RING,
            "disjoint": _DISJOINT}
ROUND = tuple(_CENTERS)
_SPREADS = {"blobs": 0.22, "ring": 1.4 / 8, "grid": 0.06, "tight_ring": 1.4 / 100,
            "disjoint": 0.15}
_SHARES = {"circles": (2.0, 1.0), "smiley": (5.0, 1.0, 1.0, 2.0)}

NAMES = tuple(_SETS)


def among(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of these data sets that are toys: their points are drawn, with a spread."""
    return tuple(name for name in names if name in _SETS)


def _labels(name: str, n_points: int, rng: np.random.Generator) -> np.ndarray:
    n_classes = _SETS[name][0]
    shares = np.array(_SHARES.get(name, (1.0,) * n_classes))
    edges = np.cumsum(shares) / shares.sum()
    evenly = (np.arange(n_points) + 0.5) / n_points
    return rng.permutation(np.searchsorted(edges, evenly).clip(max=n_classes - 1))


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
            3 is the most. "uniform" has no shape to leave, its usual spread is 0 and it does not
            change.
        seed: Seed of the draw, 0 or more. The same arguments give the same points.

    Returns:
        Points, shape (N, 2), float32, on the common scale of this module, and the part of the
        shape that each point belongs to, shape (N,), int64.

    Raises:
        ValueError: If an argument is outside its range.
    """
    if name not in _SETS:
        raise ValueError(f"name must be one of {NAMES!r}, got {name!r}")
    if not 1 <= n_points <= MAX_POINTS:
        raise ValueError(f"n_points must be between 1 and {MAX_POINTS}, got {n_points!r}")
    if not 0 <= noise <= MAX_NOISE:
        raise ValueError(f"noise must be between 0 and {MAX_NOISE}, got {noise!r}")
    if seed < 0:
        raise ValueError(f"seed must be >= 0, got {seed!r}")
    rng = np.random.default_rng(seed)
    labels = _labels(name, n_points, rng)
    draw = _SETS[name][1]
    return draw(labels, noise, rng).astype(np.float32), labels.astype(np.int64)
