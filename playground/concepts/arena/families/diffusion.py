"""Diffusion: a net that takes noise off, walked from noise to points."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_

BLOCKS = 3


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """The cosine schedule, v, and DDIM with 50 steps."""
    from model_zoo.diffusion import PointDiffusion
    from model_zoo.time_nets import PointNet
    from playground.concepts.arena.diffused_points import DiffusedPoints

    model = PointDiffusion((2,), PointNet(2, settings.hidden, BLOCKS))
    return DiffusedPoints(model, points, rate=3e-3, device=device)


FAMILY = Family(
    title=N_("Diffusion"), claim=Claim("exact", "reals"), build=build, page="diffusion",
    color="#2E8B8B",
    why=N_("its differential equation leads each point back to noise, whose density is known; "
           "what it has stretched on the way is added up"),
)
