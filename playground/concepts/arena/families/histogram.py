"""A histogram: count the points in boxes."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Count at once."""
    from playground.algorithms.density import fit_histogram
    from playground.concepts.arena.fitted import Fitted

    low, high = points.min(axis=0), points.max(axis=0)
    return Fitted(lambda: iter([fit_histogram(points, settings.bins, low, high)]),
                  settings.bins**2)


FAMILY = Family(
    title=N_("Histogram"), claim=Claim("exact", "reals"), build=build, page="density_estimation",
    color="#808080",
    why=N_("the share of points in the box, divided by the size of the box"),
)
