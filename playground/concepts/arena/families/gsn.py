"""A generative stochastic network: corrupt, guess what it was, and again."""

import numpy as np

from playground.claim import NO_CLAIM
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments.contestant import DrawingContestant, Family
from playground.language import N_

LAYERS = 3
SIGMA = 0.5  # of the noise that corrupts
STEPS = 100  # of the chains that draw


def build(points: np.ndarray, settings: ArenaSettings, device: str) -> DrawingContestant:
    """Without walk-back; what the net answers is a mixture of Gaussians."""
    from model_zoo.gsn import GSN, AddedNoise, PointDenoiser
    from playground.concepts.arena.chain_points import ChainPoints

    denoiser = PointDenoiser(2, settings.hidden, LAYERS, settings.components)
    model = GSN((2,), corruption=AddedNoise(SIGMA), denoiser=denoiser, n_steps=STEPS)
    return ChainPoints(model, points, rate=3e-3, device=device)


FAMILY = Family(
    title=N_("GSN"), claim=NO_CLAIM, build=build, page="gsn",
    color="#507040",
    why=N_("its chain visits places as often as they are likely; how often that is, is written "
           "down nowhere"),
)
