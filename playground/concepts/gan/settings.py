"""What a visitor can turn on the page of the GAN."""

from playground.datasets import toys
from playground.datasets.labels import LABELS
from playground.datasets.own import OwnPointsSettings
from playground.experiments.game_settings import GameSettings
from playground.language import N_
from playground.settings import knob

DATASETS = ("ring", "tight_ring", "grid", "blobs", "line", "disjoint", "moons", "circles",
            "spiral", "mine")
TOYS = tuple(name for name in DATASETS if name in toys.NAMES)


class GANSettings(GameSettings, OwnPointsSettings):
    """The data on a plane, and the players."""

    dataset: str = knob(
        "ring", N_("Data set"), group="Data",
        choices={name: LABELS[name].title for name in DATASETS},
        help=N_("Try the grid of 25: so many groups are hard to find. Try the tight ring: hard "
                "to hit."),
    )
    noise: float = knob(
        1.0, N_("Spread"), group="Data", low=0, high=3, step=0.1, when={"dataset": TOYS},
        help=N_("Try 0.2: the groups become needles, and the discriminator is soon sure."),
    )
    hidden: int = knob(
        128, N_("Hidden width"), low=16, high=1024, log=True,
        help=N_("Units in each layer of both players. Try 16: a clumsy game, slow to turn."),
    )
    layers: int = knob(
        3, N_("Hidden layers"), low=1, high=4, step=1,
        help=N_("Layers of both players. Try 1: the surface becomes a few folds."),
    )
