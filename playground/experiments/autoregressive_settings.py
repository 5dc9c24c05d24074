"""What a visitor can turn of a model that draws pixel by pixel."""

from playground.claim import Claim
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    batch_size_knob,
    dataset_knob,
    know_class_knob,
    learning_rate_knob,
    levels_knob,
    seed_knob,
    steps_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

DATASETS = ("digits", "mnist_14", "fashion_14", "sprites", "mnist", "fashion", "mnist_full",
            "fashion_full", "cifar10")
CONVOLUTIONAL = ("pixel_cnn", "gated")


class AutoregressiveSettings(ModelSettings):
    """Data and training of models that draw pixel by pixel; which ones, their pages say."""

    model: str = ""

    dataset: str = dataset_knob("digits", titles(DATASETS), N_(
        "Try MNIST, 14 x 14: three times as many pixels, one after the other. Try the sprites: "
        "red, green and blue of a pixel come one after the other too."))
    pixels: str = knob(
        "dynamic", N_("Pixels"), group="Data",
        choices={"dynamic": N_("black or white, drawn anew in each batch"),
                 "fixed": N_("black or white, drawn once"),
                 "levels": N_("several levels")},
        help=N_("A grey value is the chance of white. Drawn anew, every batch is new data, and "
                "what it is scored on is another draw too: never compare the two."),
    )
    levels: int = levels_knob(pixels=("levels",))
    know_class: bool = know_class_knob(
        N_("The model is told which class each picture is of, and learns p(x | class). Then you "
           "choose what it draws. Try it: a row of samples for each class."))
    temperature: float = knob(
        1.0, N_("Temperature"), group="Training", low=0.1, high=2, step=0.1, live=True,
        help=N_("Of the samples. Try 0.5: the likeliest strokes only. Try 2: noise."),
    )
    learning_rate: float = learning_rate_knob(
        0.005, N_("Step size of Adam at the start; it falls to 0 along half a cosine."))
    batch_size: int = batch_size_knob(64)
    steps: int = steps_knob(
        1000, N_("When the run is finished. The default takes about twenty seconds."))
    seed: int = seed_knob()

    @property
    def n_levels(self) -> int:
        """How many values a pixel has."""
        return self.levels if self.pixels == "levels" else 2

    @property
    def scan(self) -> str:
        """The order in which pixels are drawn, one of `model_zoo.pixel_orders.ORDERS`."""
        return "raster"

    @property
    def claim(self) -> Claim:
        """The chain rule is exact."""
        return Claim("exact", given="class" if self.know_class else "")


def is_past(row: int, column: int) -> bool:
    """Tell whether a cell, seen from the middle of a kernel, is drawn before the middle."""
    return row < 0 or (row == 0 and column < 0)
