"""A coupling flow: one coordinate tells along which spline the other is moved, in turn."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_

LAYERS = 3


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """In the same time splines come closer than shifts and scales do."""
    from model_zoo.coupling_flow import CouplingFlow
    from playground.concepts.arena.trained_points import started

    model = CouplingFlow((2,), LAYERS, (settings.hidden,) * 2, bend="spline")
    return started(model, points, rate=3e-3, device=device)


FAMILY = Family(
    title=N_("Coupling flow"), claim=Claim("exact", "reals"), build=build, page="flow",
    color="#6B8E23",
    why=N_("each point comes from one place of the noise; one coordinate moves at a time, so the "
           "stretching of all layers is a sum"),
)
