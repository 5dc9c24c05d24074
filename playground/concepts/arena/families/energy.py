"""An energy-based model: how low its energy is, and a Z that a grid of the plane gives."""

import numpy as np

from playground.claim import Claim
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_

LAYERS = 2
WIDTH, NOISE_WIDTH = 1.0, 1.5  # of what confines, and of the noise, a multiple of the data's
STEP, STEPS = 0.002, 300  # of the chains that draw


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Told from noise: in the same time that comes closer than chains in each update do.

    Without Fourier features there are no shallow wells far out in which chains would stay.
    """
    from model_zoo.energy import PointEnergy, Rule
    from model_zoo.energy_nets import PointEnergyNet
    from playground.concepts.arena.energy_points import EnergyPoints
    from playground.concepts.arena.trained_points import tensor

    net = PointEnergyNet(2, settings.hidden, LAYERS, n_waves=0)
    rule = Rule("contrastive", noise_width=NOISE_WIDTH)
    model = PointEnergy((2,), net, rule, width=WIDTH, step=STEP, path_steps=STEPS)
    model.start_at(tensor(points))
    return EnergyPoints(model, points, rate=0.01, device=device)


FAMILY = Family(
    title=N_("Energy-based"), claim=Claim("exact", "reals"), build=build, page="energy",
    color="#B020A0",
    why=N_("how low its energy is, less log Z; on the plane Z is a sum over a fine grid"),
)
