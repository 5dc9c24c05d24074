"""What a visitor can turn in the arena."""

from playground.datasets import toys
from playground.datasets.labels import LABELS
from playground.datasets.own import OwnPointsSettings
from playground.experiments.contest_settings import ContestSettings
from playground.language import N_
from playground.settings import knob

DATASETS = ("moons", "circles", "spiral", "ring", "grid", "blobs", "smiley", "line", "disjoint",
            "mine")
TOYS = tuple(name for name in DATASETS if name in toys.NAMES)


class ArenaSettings(ContestSettings, OwnPointsSettings):
    """The data that all families learn from, the budget of each, and how fine they are."""

    dataset: str = knob(
        "moons", N_("Data set"), group="Data",
        choices={name: LABELS[name].title for name in DATASETS},
        help=N_("Try the ring of 8: the mixture is of the right family there, and wins. Try the "
                "spiral: it is no longer."),
    )
    noise: float = knob(
        1.0, N_("Spread"), group="Data", low=0, high=3, step=0.1, when={"dataset": TOYS},
        help=N_("Try 0.3: thin curves. A density that is too smooth now pays dearly."),
    )
    n_points: int = knob(
        1000, N_("Points"), group="Data", low=20, high=2000, log=True, when={"dataset": TOYS},
        help=N_("What every family learns from. Try 20: all of them learn the sample by heart, "
                "each in its way."),
    )
    bins: int = knob(
        20, N_("Bins"), low=1, high=100, log=True,
        help=N_("Boxes of the histogram along each axis. Try 100: most boxes are empty, and say "
                "that nothing can ever fall there."),
    )
    rule: str = knob(
        "cross_validation", N_("Bandwidth of the kernels"),
        choices={"cross_validation": N_("cross-validation"), "scott": N_("Scott's rule"),
                 "hand": N_("by hand")},
        help=N_("Who chooses how wide the bumps of the kernel density estimate are."),
    )
    bandwidth: float = knob(
        0.2, N_("Bandwidth h"), low=0.01, high=3, log=True, when={"rule": ("hand",)},
        help=N_("Try 0.01: its samples are the data all over again, and new points have no "
                "chance."),
    )
    components: int = knob(
        8, N_("Gaussians"), low=1, high=10, step=1,
        help=N_("How many Gaussians the mixture has, and each factor of the autoregressive "
                "model. Try 1."),
    )
    hidden: int = knob(
        64, N_("Hidden width"), low=16, high=1024, log=True,
        help=N_("Units in each hidden layer of the nets: autoregressive model, VAE, GAN."),
    )
    importance: int = knob(
        5, N_("Codes per datum in the loss, K"), low=1, high=50, log=True,
        help=N_("Of the VAE. Try 1, the plain VAE: its bound is loose here, and its samples blur "
                "the gap between the moons."),
    )
