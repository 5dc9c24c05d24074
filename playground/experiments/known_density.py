"""Toy sets of round groups: their modes, and the density that they are drawn from."""

import numpy as np

from playground.algorithms.density import MixtureDensity
from playground.algorithms.gaussian_mixture import Mixture
from playground.datasets import toys


def modes(dataset: str, noise: float) -> tuple[np.ndarray, float]:
    """Return the centres of a set's groups and their standard deviation along each axis.

    Args:
        dataset: name of a toy set.
        noise: its spread, as a multiple of the usual one.

    Returns:
        Centres (K, 2) float64; none where the set is no mixture of round Gaussians.
    """
    if dataset not in toys.ROUND or not noise:
        return np.zeros((0, 2)), 0.0
    return toys.centers(dataset).astype(np.float64), noise * toys.spread(dataset)


def density(dataset: str, noise: float) -> MixtureDensity | None:
    """Return the density that a set is drawn from, or None where it is not known."""
    centers, sigma = modes(dataset, noise)
    k = len(centers)
    if not k:
        return None
    return MixtureDensity(Mixture(np.full(k, 1 / k), centers,
                                  np.broadcast_to(sigma**2 * np.eye(2), (k, 2, 2))))
