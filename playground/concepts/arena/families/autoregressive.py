"""An autoregressive model of the two coordinates: p(x1), then p(x2 | x1)."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """One net tells the mixture of x2 from x1."""
    from model_zoo.autoregressive_mixture import AutoregressiveMixture
    from playground.concepts.arena.trained_points import TrainedPoints

    model = AutoregressiveMixture((2,), settings.components, (settings.hidden,) * 2)
    return TrainedPoints(model, points, rate=5e-3, device=device)


FAMILY = Family(
    title=N_("Autoregressive"), claim=Claim("exact", "reals"), build=build, page="pixel_cnn",
    color="#5888F8",
    why=N_("the chain rule: log p(x₁) + log p(x₂ | x₁), both known"),
)
