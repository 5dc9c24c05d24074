"""What a visitor can turn on the PixelCNN page."""

from playground.datasets.labels import LABELS
from playground.language import N_
from playground.settings import Settings, knob

DATASETS = ("digits", "mnist_14", "mnist", "mnist_full")
CONVOLUTIONAL = ("pixel_cnn", "gated")
WITH_HIDDEN = ("made", "nade")


class AutoregressiveSettings(Settings):
    """Data and training of models that draw pixel by pixel; which ones, their pages say."""

    model: str = ""

    dataset: str = knob(
        "digits", N_("Data set"), group="Data",
        choices={name: LABELS[name].title for name in DATASETS},
        help=N_("Try MNIST, 14 x 14: three times as many pixels, one after the other."),
    )
    pixels: str = knob(
        "dynamic", N_("Pixels"), group="Data",
        choices={"dynamic": N_("black or white, drawn anew in each batch"),
                 "fixed": N_("black or white, drawn once"),
                 "levels": N_("several levels")},
        help=N_("A grey value is the chance of white. Drawn anew, every batch is new data, and "
                "the held-out score is one to two nats better: never compare the two."),
    )
    levels: int = knob(
        17, N_("Levels"), group="Data", low=2, high=256, log=True, when={"pixels": ("levels",)},
        help=N_("How many values a pixel can have. The digits of 8 x 8 have 17. Each pixel is a "
                "choice among so many, not a number."),
    )
    temperature: float = knob(
        1.0, N_("Temperature"), group="Training", low=0.1, high=2, step=0.1, live=True,
        help=N_("Of the samples. Try 0.5: the likeliest strokes only. Try 2: noise."),
    )
    learning_rate: float = knob(
        0.005, N_("Learning rate"), group="Training", low=1e-5, high=10, log=True, live=True,
        help=N_("Step size of Adam at the start; it falls to 0 along half a cosine."),
    )
    batch_size: int = knob(
        64, N_("Batch size"), group="Training", low=8, high=1024, log=True,
        help=N_("Pictures per step. Try 8: fast steps, but a noisy loss."),
    )
    steps: int = knob(
        1000, N_("Steps"), group="Training", low=100, high=20_000, log=True, unit="steps",
        help=N_("When the run is finished. The default takes about twenty seconds."),
    )
    seed: int = knob(
        0, N_("Seed"), group="Training", low=0, high=9999, step=1,
        help=N_("The chance in weights, batches and samples; the data stay. The same seed "
                "gives the same numbers."),
    )

    @property
    def n_levels(self) -> int:
        """How many values a pixel has."""
        return self.levels if self.pixels == "levels" else 2


class PixelCNNSettings(AutoregressiveSettings):
    """Data, model and training of PixelCNN and its relatives."""

    model: str = knob(
        "pixel_cnn", N_("Model"),
        choices={"fvsbn": N_("FVSBN: a logistic regression for each pixel"),
                 "nade": N_("NADE: one shared hidden layer"),
                 "made": N_("MADE: a masked net"),
                 "pixel_cnn": N_("PixelCNN: masked convolutions"),
                 "gated": N_("Gated PixelCNN: two stacks")},
        help=N_("All write p(x) as a product, pixel by pixel. The first three learn each place "
                "anew; convolutions share what they learn among all places."),
    )
    hidden: int = knob(
        256, N_("Hidden width"), low=16, high=1024, log=True, when={"model": WITH_HIDDEN},
        help=N_("Units in each hidden layer. Try 16: each pixel can mind little of its past."),
    )
    features: int = knob(
        24, N_("Features"), low=8, high=64, step=8, when={"model": CONVOLUTIONAL},
        help=N_("Feature maps in each block. Try 8: fast, and it forgets what it began."),
    )
    blocks: int = knob(
        4, N_("Blocks"), low=0, high=8, step=1, when={"model": CONVOLUTIONAL},
        help=N_("Each one lets a pixel look one pixel farther. Try 0: only the first kernel."),
    )
    dropout: float = knob(
        0.0, N_("Dropout"), low=0, high=0.9, step=0.1, when={"model": ("gated",)},
        help=N_("Share of the features that are blanked out in training, others each time. "
                "Try 0.3 with 5000 steps: slower to learn, and less by heart."),
    )
    kernel: int = knob(
        7, N_("First kernel"), low=3, high=9, step=2, unit="pixels",
        when={"model": CONVOLUTIONAL},
        help=N_("Side of the first kernel. Try 3 with 0 blocks: a pixel sees four neighbours."),
    )
    mask: str = knob(
        "honest", N_("Mask"), when={"model": ("pixel_cnn",)},
        choices={"honest": N_("only the past"), "next": N_("one cell open: the next pixel"),
                 "itself": N_("one cell open: the pixel itself")},
        help=N_("Which cells of the first kernel are open. Open the next pixel, and the score "
                "becomes too good to be true; the samples tell."),
    )
