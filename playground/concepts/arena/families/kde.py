"""A kernel density estimate: a Gaussian bump on every point."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Choose the bandwidth at once; there is nothing else to learn."""
    from playground.algorithms import bandwidth
    from playground.algorithms.kde import KernelDensity
    from playground.concepts.arena.fitted import Fitted

    width = (settings.bandwidth if settings.rule == "hand"
             else bandwidth.choose(settings.rule, points, "gaussian"))
    return Fitted(lambda: iter([KernelDensity(points, width, "gaussian")]), points.size + 1)


FAMILY = Family(
    title=N_("Kernel density"), claim=Claim("exact", "reals"), build=build,
    page="density_estimation",
    color="#CC79A7",
    why=N_("the mean of the bumps on all points, at this place"),
)
