"""A variational autoencoder with two latent dimensions."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """With more than one code per datum it is importance weighted."""
    from model_zoo.vae import VAE
    from playground.concepts.arena.trained_points import TrainedPoints

    model = VAE((2,), latent_dim=2, hidden=(settings.hidden,) * 2,
                n_importance=settings.importance)
    return TrainedPoints(model, points, rate=3e-3, device=device)


FAMILY = Family(
    title=N_("VAE"), claim=Claim("bound", "reals"), build=build, page="vae",
    color="#009E73",
    why=N_("p(x) is an integral over all codes that nobody can work out; some codes give a "
           "lower bound"),
)
