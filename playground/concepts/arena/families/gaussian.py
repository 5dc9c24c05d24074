"""One Gaussian, by maximum likelihood: the mean and the covariance of the points."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Fit it at once."""
    from playground.algorithms.density import fit_gaussian
    from playground.algorithms.gaussian_mixture import n_parameters
    from playground.concepts.arena.fitted import Fitted

    return Fitted(lambda: iter([fit_gaussian(points)]), n_parameters(1, 2, "full"))


FAMILY = Family(
    title=N_("Gaussian"), claim=Claim("exact", "reals"), build=build, page="density_estimation",
    color="#C07F00",
    why=N_("its density is a formula"),
)
