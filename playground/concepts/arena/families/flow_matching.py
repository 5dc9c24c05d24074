"""Flow matching: a field of velocities that carries noise to the points."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_

BLOCKS = 3


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Straight ways, pairs by chance, the midpoint rule."""
    from model_zoo.flow_matching import FlowMatching
    from model_zoo.time_nets import PointNet
    from playground.concepts.arena.flow_points import FlowPoints

    model = FlowMatching((2,), net=PointNet(2, settings.hidden, BLOCKS))
    return FlowPoints(model, points, rate=3e-3, device=device)


FAMILY = Family(
    title=N_("Flow matching"), claim=Claim("exact", "reals"), build=build, page="flow_matching",
    color="#8A5A00",
    why=N_("each point comes from one place of the noise, whose density is known; what the flow "
           "has squeezed or stretched on the way is added up"),
)
