"""The Jensen-Shannon divergence of two densities of which there are only draws.

JS(p, q) is what a place x tells of which of the two it was drawn from: log 2 - E[H(D(x))], with
H the entropy of a coin in nats and D = p / (p + q). So cut space into cells, count in each the
points of both, and take the mean of H. Cells of equally many points are small where there are
many, and find the scale of the densities by themselves (Qing Wang, Sanjeev Kulkarni, Sergio Verdu,
"Divergence Estimation of Continuous Distributions Based on Data-Dependent Partitions", 2005,
https://doi.org/10.1109/TIT.2005.853314).
"""

import math
from collections.abc import Generator

import numpy as np

PER_CELL = 64
FINER = 4  # so many times fewer points a cell have cells half as wide in the plane
SLOWEST, FASTEST = 0.7, 0.25  # how much of a gain the next gain is; a smooth density is fastest
LEAST = PER_CELL * FINER**2 // 2


def js_of_draws(a: np.ndarray, b: np.ndarray) -> Generator[None, None, tuple[float, float]]:
    """Estimate the Jensen-Shannon divergence of two densities on the plane, in pieces.

    Cells hide whatever is finer than they are, so the sum over cells is too small, and grows as
    they shrink. Its last two gains tell where that ends (Aitken's extrapolation). The error is the
    last gain, or how far the end lies beyond the finest cells, and two standard errors.

    Args:
        a, b: draws of each, (N, 2) and (M, 2); the largest power of two that both have is used.

    Returns:
        The divergence and its error in nats, between 0 and log 2.

    Raises:
        ValueError: there are fewer than `LEAST` draws.
    """
    n = 2 ** int(math.log2(max(min(len(a), len(b)), 1)))
    if n < LEAST:
        raise ValueError(f"draws must be {LEAST} or more of each, got {n}")
    order = np.random.default_rng(0).permutation(2 * n)  # equal points in no order
    points, is_a = np.concatenate([a[:n], b[:n]])[order], order < n
    cells = []
    for step in (2, 1, 0):
        cells.append((yield from _shares(points, is_a, PER_CELL * FINER**step)))
    coarse, middle, fine = (_divergence(share, PER_CELL * FINER**step)
                            for share, step in zip(cells, (2, 1, 0), strict=True))
    ratio = np.clip((fine - middle) / max(middle - coarse, 1e-12), FASTEST, SLOWEST)
    beyond = (fine - middle) * ratio / (1 - ratio)
    error = max(abs(beyond), abs(fine - middle)) + 2 * _standard_error(cells[-1], n)
    return float(np.clip(fine + beyond, 0, math.log(2))), float(error)


def _shares(points: np.ndarray, is_a: np.ndarray,
            per_cell: int) -> Generator[None, None, np.ndarray]:
    """Halve all cells along one axis after the other; return the share of a in each, (C,)."""
    rows = np.arange(len(points))[None]
    axis = 0
    while rows.shape[1] > per_cell:
        half = rows.shape[1] // 2
        order = np.argpartition(points[rows, axis], half, axis=1)
        rows = np.take_along_axis(rows, order, 1).reshape(-1, half)
        axis = (axis + 1) % points.shape[1]
        yield
    return np.asarray(is_a[rows].mean(1))


def _divergence(share: np.ndarray, per_cell: int) -> float:
    """log 2 - the mean entropy in cells, which a count underrates by 1 / (2 n) (Miller 1955)."""
    entropy = -(share * _log(share) + (1 - share) * _log(1 - share))
    mixed = (share > 0) & (share < 1)
    return math.log(2) - float((entropy + mixed / (2 * per_cell)).mean())


def _standard_error(share: np.ndarray, n: int) -> float:
    """Of the mean of log 2 D over draws of a and of log 2 (1 - D) over those of b."""
    total = 0.0
    for part in (share, 1 - share):
        told = _log(2 * part)
        mean = np.average(told, weights=part)
        total += float(np.average((told - mean) ** 2, weights=part))
    return math.sqrt(total / n) / 2


def _log(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(np.maximum(x, 1e-300)))
