"""A generative adversarial network, non-saturating."""

import numpy as np

from playground.claim import NO_CLAIM
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_

NOISE_DIM = 8


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Both players learn in each step."""
    from model_zoo.gan import GAN
    from playground.concepts.arena.trained_points import TrainedPoints

    model = GAN((2,), NOISE_DIM, (settings.hidden,) * 3)
    return TrainedPoints(model, points, rate=1e-3, betas=(0.5, 0.9), device=device)


FAMILY = Family(
    title=N_("GAN"), claim=NO_CLAIM, build=build, page="gan",
    color="#D1304A",
    why=N_("it only turns noise into points; which noise leads to this place, and how much of "
           "it, it does not know"),
)
