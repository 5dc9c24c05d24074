"""The curse of dimension: what estimates lose against a density that is known in any dimension."""

import math

import numpy as np
from scipy.special import logsumexp

from playground.algorithms import bandwidth, kde
from playground.algorithms.density import fit_gaussian
from playground.experiments.base import Work

DIMENSIONS = (1, 2, 3, 5, 8, 12, 20, 30)
N_POINTS = 1_000
APART = 2.5


_found: dict[str, list[float]] = {}


def over_dimensions() -> Work[dict[str, list[float]]]:
    """Return what `_measured` does; who asks again need not wait."""
    if not _found:
        _found.update((yield from _measured()))
    return _found


def _measured() -> Work[dict[str, list[float]]]:
    """Fit three estimates to as many points in every one of `DIMENSIONS`.

    The points are of two round groups, `APART` standard deviations to both sides of the middle.

    Returns:
        For "gaussian", "mixture" (of 2 full Gaussians) and "kde" (cross-validated): how many nats
        a fresh point gets less from it than from the true density, in the mean over `N_POINTS` of
        them; "..._error", the standard errors of these means; and `widths`, the kernels'
        bandwidths. A value for each dimension.
    """
    from sklearn.mixture import GaussianMixture  # takes seconds to import

    reply: dict[str, list[float]] = {"widths": []}
    for done, d in enumerate(DIMENSIONS):
        yield done / len(DIMENSIONS)
        rng = np.random.default_rng(d)
        known, new = draw(N_POINTS, d, rng), draw(N_POINTS, d, rng)
        width = bandwidth.cross_validation(known)
        yield done / len(DIMENSIONS)
        two = GaussianMixture(2, random_state=0, reg_covar=1e-4, max_iter=50).fit(known)
        truth = log_truth(new)
        for name, found in (
                ("gaussian", fit_gaussian(known).log_prob(new)),
                ("mixture", two.score_samples(new)),
                ("kde", kde.KernelDensity(known, width, "gaussian").log_prob(new))):
            lost = truth - found
            reply.setdefault(name, []).append(float(lost.mean()))
            reply.setdefault(f"{name}_error", []).append(
                float(lost.std() / math.sqrt(len(lost))))
        reply["widths"].append(width)
    return reply


def draw(n: int, dimension: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n points of the two groups, (n, D)."""
    points = rng.standard_normal((n, dimension))
    points[:, 0] += APART * rng.choice([-1, 1], size=n)
    return points


def log_truth(points: np.ndarray) -> np.ndarray:
    """The true log density of points (N, D) in nats, (N,)."""
    dimension = points.shape[1]
    squares = (points[:, 1:] ** 2).sum(axis=1)
    parts = [-((points[:, 0] - side) ** 2) / 2 for side in (-APART, APART)]
    groups = logsumexp(parts, axis=0) - math.log(2)
    return np.asarray(groups - squares / 2 - dimension / 2 * math.log(2 * math.pi))
