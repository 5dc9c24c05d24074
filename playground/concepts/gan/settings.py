"""What a visitor can turn on the page of the GAN."""

from playground.datasets import toys
from playground.datasets.own import OwnPointsSettings
from playground.experiments.game_settings import GameSettings
from playground.knobs import dataset_knob, hidden_knob, layers_knob, noise_knob, titles
from playground.language import N_

DATASETS = ("ring", "tight_ring", "grid", "blobs", "line", "disjoint", "moons", "circles",
            "spiral", "checkerboard", "mine")


class GANSettings(GameSettings, OwnPointsSettings):
    """The data on a plane, and the players."""

    dataset: str = dataset_knob("ring", titles(DATASETS), N_(
        "Try the grid of 25: so many groups are hard to find. Try the tight ring: hard to hit."))
    noise: float = noise_knob(
        1.0, N_("Try 0.2: the groups become needles, and the discriminator is soon sure."),
        dataset=toys.among(DATASETS))
    hidden: int = hidden_knob(
        128, N_("Units in each layer of both players. Try 16: a clumsy game, slow to turn."))
    layers: int = layers_knob(
        3, N_("Layers of both players. Try 1: the surface becomes a few folds."))
