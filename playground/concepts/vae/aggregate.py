"""The aggregate posterior along one dimension of the code: a mixture of one Gaussian a datum.

It is integrated where its mass is: between cuts that follow every Gaussian, however narrow. All is
done in double precision, so on the CPU.
"""

import numpy as np
from scipy.special import logsumexp, ndtr

from playground.experiments.base import Work

SPAN = 8.0  # standard deviations on each side that hold all mass
N_CUTS = 17  # one standard deviation apart
NODES, WEIGHTS = np.polynomial.legendre.leggauss(4)
LOG_ROOT = 0.5 * np.log(2 * np.pi)
PAIRS_AT_ONCE = 500_000  # of a place and a datum


def log_density(z: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Return log q(z) in nats, (G,), of the mixture of N Gaussians with equal weights."""
    scaled = (z[:, None] - mu) / sigma  # (G, N)
    return np.asarray(logsumexp(-scaled**2 / 2 - np.log(sigma), axis=1)
                      - LOG_ROOT - np.log(len(mu)))


def kl_to_prior(mu: np.ndarray, sigma: np.ndarray) -> Work[tuple[float, float]]:
    """Return KL(q || p) in nats against the standard Gaussian, and the mass of q that was found.

    Gauss and Legendre's rule between the cuts, some of them at a time; the mass is 1 if none was
    missed.

    Args:
        mu, sigma: of each datum's posterior, (N,) float64.
    """
    cuts = np.unique(mu[:, None] + sigma[:, None] * np.linspace(-SPAN, SPAN, N_CUTS))
    half = np.diff(cuts)[:, None] / 2
    z = (cuts[:-1, None] + half + half * NODES).ravel()
    log_q = np.empty(len(z))
    for start in range(0, len(z), at_once := max(1, PAIRS_AT_ONCE // len(mu))):
        rows = slice(start, start + at_once)
        log_q[rows] = log_density(z[rows], mu, sigma)
        yield start / len(z)
    share = np.exp(log_q) * (half * WEIGHTS).ravel()
    return float((share * (log_q + z**2 / 2 + LOG_ROOT)).sum()), float(share.sum())


def in_cells(edges: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Return the mean density of the mixture between neighbouring edges (G + 1,), (G,).

    A Gaussian that is narrower than a cell still has all its mass there.
    """
    below = ndtr((edges[:, None] - mu) / sigma).mean(axis=1)
    return np.asarray(np.diff(below) / np.diff(edges))
