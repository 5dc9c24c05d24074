"""As many points as one likes from the density that a data set was drawn from."""

import numpy as np

from playground.algorithms import bandwidth
from playground.concepts.gan.settings import GANSettings
from playground.datasets import toys
from playground.experiments.base import Work

FIRST_SEED = 1000  # far from those of data that are learned from


def fresh_points(settings: GANSettings, n: int) -> Work[tuple[np.ndarray, float]]:
    """Draw points that no model has learned from.

    Nobody knows what density a visitor's own points are from: it is taken to be these points, each
    blurred by a Gaussian, as wide as cross-validation wants it.

    Returns:
        Points (n, 2) float32, and the standard deviation of that Gaussian, 0 where none is needed.
    """
    if settings.dataset == "mine":
        own = settings.own_points().train.astype(np.float64)
        width = bandwidth.choose("cross_validation", own, "gaussian")
        rng = np.random.default_rng(FIRST_SEED)
        around = own[rng.integers(len(own), size=n)]
        return (around + width * rng.standard_normal((n, 2))).astype(np.float32), width
    parts = []
    for number, done in enumerate(range(0, n, toys.MAX_POINTS)):
        yield None
        parts.append(toys.make(settings.dataset, n_points=min(toys.MAX_POINTS, n - done),
                               noise=settings.noise, seed=FIRST_SEED + number)[0])
    return np.concatenate(parts), 0.0
