"""What a visitor can turn in the arena."""

from playground.datasets import toys
from playground.datasets.own import OwnPointsSettings
from playground.experiments.contest_settings import ContestSettings
from playground.knobs import (
    bandwidth_knob,
    bins_knob,
    components_knob,
    dataset_knob,
    hidden_knob,
    importance_knob,
    n_points_knob,
    noise_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

DATASETS = ("moons", "circles", "spiral", "ring", "grid", "blobs", "smiley", "line", "disjoint",
            "checkerboard", "mine")
TOYS = toys.among(DATASETS)


class ArenaSettings(ContestSettings, OwnPointsSettings):
    """The data that all families learn from, the budget of each, and how fine they are."""

    dataset: str = dataset_knob("moons", titles(DATASETS), N_(
        "Try the ring of 8: the mixture is of the right family there, and wins. Try the spiral: "
        "it is no longer."))
    noise: float = noise_knob(
        1.0, N_("Try 0.3: thin curves. A density that is too smooth now pays dearly."),
        dataset=TOYS)
    n_points: int = n_points_knob(
        1000, N_("What every family learns from. Try 20: all of them learn the sample by heart, "
                 "each in its way."),
        dataset=TOYS)
    bins: int = bins_knob(
        20, N_("Boxes of the histogram along each axis. Try 100: most boxes are empty, and say "
               "that nothing can ever fall there."))
    rule: str = knob(
        "cross_validation", N_("Bandwidth of the kernels"),
        choices={"cross_validation": N_("cross-validation"), "scott": N_("Scott's rule"),
                 "hand": N_("by hand")},
        help=N_("Who chooses how wide the bumps of the kernel density estimate are."),
    )
    bandwidth: float = bandwidth_knob(
        N_("Try 0.01: its samples are the data all over again, and new points have no chance."),
        rule=("hand",))
    components: int = components_knob(
        8, N_("How many Gaussians the mixture has, each factor of the autoregressive model, and "
              "each guess of the stochastic network. Try 1."))
    hidden: int = hidden_knob(
        64, N_("Units in each hidden layer of all nets. Try 16: quick, and vague."))
    importance: int = importance_knob(
        5, N_("Of the VAE. Try 1, the plain VAE: its bound is loose here, and its samples blur "
              "the gap between the moons."))
