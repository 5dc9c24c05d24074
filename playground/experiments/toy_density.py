"""The density that a drawn set comes from, and its entropy: the floor of every model's loss.

No model of points has a mean -log p(x) below the entropy of their distribution, and only the true
density reaches it. What a model lies above is its Kullback-Leibler divergence from the truth.
"""

import functools
import math
from collections.abc import Callable, Iterator

import numpy as np

from playground.datasets import toys
from playground.datasets.known import KNOWN

LogDensity = Callable[[np.ndarray], np.ndarray]  # points (N, D) -> nats (N,)

_NODES = 8  # of a Gauss-Legendre panel
_PANEL = 3.0  # length of a panel, in standard deviations around the line
_AROUND = 8  # nodes of the Gauss-Hermite rule along each axis, around a place
_ALONG = 48  # places of a line from which its entropy is taken
_AT_ONCE = 200_000  # pairs of a point and a Gaussian
_FINE = 200_001  # places on a line


class _Gaussians:
    """Many Gaussians on the plane: weights (K,), means (K, 2), roots of covariances (K, 2, 2)."""

    def __init__(self, weights: np.ndarray, means: np.ndarray, roots: np.ndarray) -> None:
        inverses = np.linalg.inv(roots)
        precisions = np.einsum("kji,kjl->kil", inverses, inverses)
        pulls = np.einsum("kij,kj->ki", precisions, means)
        heights = np.log(weights * np.abs(np.linalg.det(inverses)) / (2 * math.pi))
        # -1/2 (x - m)' P (x - m) is a weighted sum of 1, x, y, x x, x y and y y.
        self.forms = np.stack([heights - np.einsum("ki,ki->k", pulls, means) / 2, *pulls.T,
                               -precisions[:, 0, 0] / 2, -precisions[:, 0, 1],
                               -precisions[:, 1, 1] / 2])

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """log p(x) in nats of points (N, 2), (N,)."""
        rows = max(1, _AT_ONCE // self.forms.shape[1])
        parts = [self._some(x[at : at + rows]) for at in range(0, len(x), rows)]
        return np.concatenate([np.zeros(0), *parts])

    def _some(self, points: np.ndarray) -> np.ndarray:
        x, y = points.T
        joint = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1) @ self.forms
        highest = joint.max(axis=1)
        joint -= highest[:, None]
        np.exp(joint, out=joint)
        return np.asarray(highest + np.log(joint.sum(axis=1)))


def log_density(dataset: str, noise: float) -> LogDensity | None:
    """Return the true log p(x) in nats, of points (N, D), (N,).

    Args:
        dataset: a toy set, (N, 2), or one of `KNOWN`, (N, 1).
        noise: its spread, as a multiple of the usual one.

    Returns:
        None where the set is not drawn from a density that is known: data from a table, or a
        spread of 0, with which all points lie on lines.
    """
    if known := KNOWN.get(dataset):
        return lambda x: _log(known.pdf(np.asarray(x, np.float64)[:, 0]))
    if boxes := toys.BOXES.get(dataset):
        return lambda x: _log_of_boxes(np.asarray(x, np.float64), boxes)
    if dataset not in toys.NAMES or not noise:
        return None
    mixture = _mixture(dataset, noise)
    return lambda x: mixture.log_prob(np.asarray(x, np.float64))


@functools.lru_cache(maxsize=64)
def entropy(dataset: str, noise: float) -> float | None:
    """Return the entropy of what a set is drawn from, in nats: the least mean -log p(x).

    It is exact for boxes, and by quadrature elsewhere: on a fine line, or around the Gaussians
    of which the density is made.

    Args:
        dataset, noise: see `log_density`, and None where that is None.
    """
    if known := KNOWN.get(dataset):
        low, high = known.even
        if high > low:
            return math.log(high - low)
        x = np.linspace(-8, 8, _FINE)
        p = known.pdf(x)
        return float(-(p * np.log(np.where(p > 0, p, 1))).sum() * (x[1] - x[0]))
    if boxes := toys.BOXES.get(dataset):
        return math.log(len(boxes.corners) * boxes.side**2)
    if dataset not in toys.NAMES or not noise:
        return None
    mixture = _mixture(dataset, noise)
    total = 0.0
    nodes, weights = np.polynomial.hermite_e.hermegauss(_AROUND if dataset in toys.CURVES else 24)
    around = np.stack(np.meshgrid(nodes, nodes), -1).reshape(-1, 2)
    shares = np.multiply.outer(weights, weights).ravel() / (2 * math.pi)
    for weight, mean, root in _places(dataset, noise):
        total -= weight * float(shares @ mixture.log_prob(mean + around @ root.T))
    return total


def _log(p: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(p))


def _log_of_boxes(x: np.ndarray, boxes: toys.Boxes) -> np.ndarray:
    beyond = x[:, None] - boxes.corners
    inside = ((beyond >= 0) & (beyond < boxes.side)).all(axis=2).any(axis=1)
    return np.where(inside, -math.log(len(boxes.corners) * boxes.side**2), -math.inf)


@functools.lru_cache(maxsize=8)
def _mixture(dataset: str, noise: float) -> _Gaussians:
    """A set as a mixture; a line is many Gaussians, at the nodes of Gauss-Legendre panels."""
    if dataset not in toys.CURVES:
        weights, means, roots = zip(*_places(dataset, noise), strict=True)
        return _Gaussians(np.array(weights), np.array(means), np.array(roots))
    found = [_line(dataset, label, share, noise, panels=None)
             for label, share in enumerate(toys.shares(dataset))]
    weights, means, roots = (np.concatenate(part) for part in zip(*found, strict=True))
    return _Gaussians(weights, means, roots)


def _places(dataset: str, noise: float) -> Iterator[tuple[float, np.ndarray, np.ndarray]]:
    """Yield the Gaussians of a set, or some along its lines, as weight, mean and root."""
    if dataset in toys.CURVES:
        for label, share in enumerate(toys.shares(dataset)):
            yield from zip(*_line(dataset, label, share, noise, panels=_ALONG // _NODES),
                           strict=True)
    elif dataset in toys.ROUND:
        centers = toys.centers(dataset).astype(np.float64)
        for share, center in zip(toys.shares(dataset), centers, strict=True):
            yield share, center, noise * toys.spread(dataset) * np.eye(2)
    else:
        for share, center in zip(toys.shares(dataset), toys.LONG_CENTERS, strict=True):
            yield share, center, noise * toys.LONG_AXES


def _line(dataset: str, label: int, share: float, noise: float, panels: int | None
          ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Gaussians along a line; as many panels as the spread wants if None is said."""
    curve = toys.CURVES[dataset]
    spread = noise * curve.spreads[label]

    def at(places: np.ndarray) -> np.ndarray:
        return curve.at(np.full(len(places), label), places)

    if panels is None:
        steps = np.linalg.norm(np.diff(at(np.linspace(0, 1, 1001)), axis=0), axis=1)
        panels = 1 + int(steps.max() * 1000 / (_PANEL * spread))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    starts = np.arange(panels)[:, None]
    places = ((starts + (nodes + 1) / 2) / panels).ravel()
    return (share * np.tile(weights / 2, panels) / panels, at(places),
            np.broadcast_to(spread * np.eye(2), (len(places), 2, 2)))
