"""How wide should the kernels be? Rules of thumb, cross-validation, and a plug-in rule.

All rules are made for the Gaussian kernel; `choose` gives another kernel the same spread.
"""

import numpy as np
from scipy.fft import dct
from scipy.spatial.distance import cdist

from playground.algorithms.kde import REACH, mean_log_probs, shape

RULES = ("scott", "silverman", "cross_validation", "sheather_jones")
CANDIDATES = np.geomspace(0.01, 3, 31)
NARROWEST, WIDEST = float(CANDIDATES[0]), float(CANDIDATES[-1])
MAX_LEFT_OUT = 500
BINS = 4096
STAGES = 7


class NoBandwidth(ValueError):
    """A rule finds no bandwidth for these points; the message says why."""


def choose(rule: str, points: np.ndarray, kernel: str) -> float:
    """The bandwidth that a rule chooses for points (N, D), between `NARROWEST` and `WIDEST`.

    Raises:
        NoBandwidth: The rule has no answer for these points.
        ValueError: There is no such rule.
    """
    rules = {"scott": scott, "silverman": silverman, "cross_validation": cross_validation,
             "sheather_jones": sheather_jones}
    if rule not in rules:
        raise ValueError(f"rule must be one of {RULES!r}, got {rule!r}")
    width = rules[rule](points) / spread(kernel, points.shape[1])
    return float(np.clip(width, NARROWEST, WIDEST))


def scott(points: np.ndarray) -> float:
    """Scott's rule: sigma n^(-1 / (D + 4)), with sigma the root of the mean variance.

    D. W. Scott, "Multivariate Density Estimation", 1992, https://doi.org/10.1002/9780470316849
    """
    n, dimension = points.shape
    return _sigma(points) * n ** (-1 / (dimension + 4))


def silverman(points: np.ndarray) -> float:
    """Silverman's rule: sigma (n (D + 2) / 4)^(-1 / (D + 4)), best for one Gaussian.

    B. W. Silverman, "Density Estimation for Statistics and Data Analysis", 1986.
    """
    n, dimension = points.shape
    return _sigma(points) * (n * (dimension + 2) / 4) ** (-1 / (dimension + 4))


def cross_validation(points: np.ndarray) -> float:
    """Of `CANDIDATES`, the one with the largest leave-one-out log-likelihood."""
    return float(CANDIDATES[leave_one_out(points, CANDIDATES).argmax()])


def leave_one_out(points: np.ndarray, bandwidths: np.ndarray) -> np.ndarray:
    """Mean log density of each point under the Gaussian kernels of all others, (B,), in nats.

    Up to `MAX_LEFT_OUT` points, spread evenly over the given ones, are left out in turn.
    """
    n, dimension = points.shape
    if n < 2:
        return -np.asarray(bandwidths)  # nothing to compare: the narrowest
    left_out = np.unique(np.linspace(0, n - 1, min(n, MAX_LEFT_OUT)).astype(int))
    distances = cdist(points[left_out], points)
    distances[np.arange(len(left_out)), left_out] = np.inf
    return mean_log_probs(distances, bandwidths, "gaussian", dimension)


def sheather_jones(points: np.ndarray) -> float:
    """The improved Sheather-Jones rule, which does not think of the density as one Gaussian.

    Made for one dimension; on the plane, the mean of both axes' bandwidths.
    Z. I. Botev, J. F. Grotowski, D. P. Kroese, "Kernel density estimation via diffusion", 2010,
    https://doi.org/10.1214/10-AOS799
    """
    return float(np.mean([_sheather_jones(axis) for axis in points.T]))


def _sheather_jones(x: np.ndarray) -> float:
    """Solve t = t(gamma), the fixed point of the paper's section 4, for the points x (N,)."""
    from scipy.optimize import brentq  # a page would wait for it

    low, high = x.min(), x.max()
    reach = 2 * (high - low)
    if not reach:
        raise NoBandwidth("all points are at one place")
    counts, _ = np.histogram(x, BINS, (low - reach / 4, high + reach / 4))
    n = len(np.unique(x))
    frequency = np.pi**2 * np.arange(1, BINS) ** 2.0
    power = (dct(counts / len(x))[1:] / 2) ** 2

    def roughness(order: int, t: float) -> float:
        """The integral of the squared derivative of this order, smoothed over a time t."""
        return float(2 * (frequency**order * power * np.exp(-frequency * t)).sum())

    def excess(t: float) -> float:
        rough = roughness(STAGES, t)
        for order in range(STAGES - 1, 1, -1):
            odd = np.prod(np.arange(1, 2 * order, 2.0)) / np.sqrt(2 * np.pi)
            constant = 2 * odd * (1 + 0.5 ** (order + 0.5)) / 3
            rough = roughness(order, (constant / (n * rough)) ** (2 / (3 + 2 * order)))
        return float(t - (2 * n * np.sqrt(np.pi) * rough) ** -0.4)

    with np.errstate(divide="ignore"):
        for latest in np.geomspace(1e-6, 0.1, 61):
            if excess(latest) > 0:
                return float(np.sqrt(brentq(excess, 1e-9, latest)) * reach)
    raise NoBandwidth("the rule's equation has no solution for these points")


def spread(kernel: str, dimension: int) -> float:
    """The standard deviation along one axis of a kernel of bandwidth 1."""
    radius = np.linspace(0, 2 * REACH.get(kernel, 0.5), 40_001)
    height = shape(kernel, radius) * radius ** (dimension - 1)
    return float(np.sqrt((height * radius**2).sum() / height.sum() / dimension))


def _sigma(points: np.ndarray) -> float:
    return float(np.sqrt(points.var(axis=0, ddof=min(1, len(points) - 1)).mean()))
