"""A mixture of Gaussians, by expectation maximisation."""

from collections.abc import Iterator

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Start at k-means++ centres; each step is an E-step or an M-step."""
    from playground.algorithms import gaussian_mixture as gm
    from playground.algorithms.density import Density, MixtureDensity
    from playground.algorithms.kmeans import STARTS
    from playground.concepts.arena.fitted import Fitted

    k = min(settings.components, len(points))

    def fits() -> Iterator[Density]:
        centers = STARTS["kmeans++"](points, k, np.random.default_rng(settings.seed))
        start = gm.start_at(points, centers, "full")
        for state in gm.expectation_maximisation(points, start, tolerance=1e-4):
            yield MixtureDensity(state.mixture)

    return Fitted(fits, gm.n_parameters(k, 2, "full"))


FAMILY = Family(
    title=N_("Gaussian mixture"), claim=Claim("exact", "reals"), build=build, page="clustering",
    color="#8E5FD0",
    why=N_("the weighted sum of its Gaussians is a formula"),
)
