"""A masked autoregressive flow: x1 by a spline, x2 by a spline that depends on x1."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_

LAYERS = 2


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Two layers; between them the coordinates change places."""
    from model_zoo.autoregressive_flow import MAF
    from playground.concepts.arena.trained_points import started

    model = MAF((2,), LAYERS, (settings.hidden,) * 2, bend="spline")
    return started(model, points, rate=3e-3, device=device)


FAMILY = Family(
    title=N_("MAF"), claim=Claim("exact", "reals"), build=build,
    page="flow", color="#692DFF",
    why=N_("each coordinate is moved by what those before it say, so the Jacobian is triangular, "
           "and its determinant a product"),
)
