"""Knobs that many concepts have: one name, one range and one unit wherever they stand.

A concept says the default, what one may try, and, by name, the other knobs' values with which it
counts: `hidden_knob(64, N_("Try 16: blurry copies."), coder=("dense",))`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from playground.datasets.labels import LABELS
from playground.language import N_
from playground.settings import Value, knob

When = tuple[Value, ...]
CODERS = {"dense": N_("dense layers"),
          "transposed": N_("convolutions, transposed convolutions"),
          "upsampling": N_("convolutions, upsampling"),
          "residual": N_("residual convolutions")}


def titles(names: Iterable[str]) -> dict[str, str]:
    """Return what a visitor reads for each of these data sets."""
    return {name: LABELS[name].title for name in names}


def dataset_knob(default: str, choices: Mapping[str, str], help: str) -> Any:
    """Declare which data set is learned from; the choices are its `titles`."""
    return knob(default, N_("Data set"), group="Data", choices=choices, help=help)


def n_points_knob(default: int, help: str = N_("How many points there are."),
                  **when: When) -> Any:
    """Declare how many points are drawn."""
    return knob(default, N_("Points"), group="Data", low=20, high=2000, log=True, when=when,
                help=help)


def noise_knob(default: float, help: str = N_("Try 2: the groups melt into each other."),
               **when: When) -> Any:
    """Declare how far points lie from where they would be without chance."""
    return knob(default, N_("Spread"), group="Data", low=0, high=3, step=0.1, when=when,
                help=help)


def levels_knob(**when: When) -> Any:
    """Declare how many values a pixel has."""
    return knob(
        17, N_("Levels"), group="Data", low=2, high=256, log=True, when=when,
        help=N_("How many values a pixel can have. The digits of 8 x 8 have 17. Each pixel is a "
                "choice among so many, not a number."))


def know_class_knob(help: str, **when: When) -> Any:
    """Declare whether the model is told of which class each datum is."""
    return knob(False, N_("Know the class"), when=when, help=help)


def latent_dim_knob(default: int, help: str) -> Any:
    """Declare how many numbers a code, or the noise of a generator, has."""
    return knob(default, N_("Latent dimensions"), low=1, high=64, log=True, help=help)


def coder_knob(*kinds: str, **when: When) -> Any:
    """Declare of which kind encoder and decoder are; the first kind is the default."""
    return knob(
        kinds[0], N_("Encoder and decoder"), when=when,
        choices={kind: CODERS[kind] for kind in kinds},
        help=N_("Try convolutions on MNIST: fewer weights, slower steps, cleaner strokes."))


def hidden_knob(default: int, help: str, **when: When) -> Any:
    """Declare how many units a hidden layer has."""
    return knob(default, N_("Hidden width"), low=16, high=1024, log=True, also=(128, 256),
                when=when, help=help)


def layers_knob(default: int, help: str, **when: When) -> Any:
    """Declare how many hidden layers there are."""
    return knob(default, N_("Hidden layers"), low=1, high=4, step=1, when=when, help=help)


def features_knob(default: int, help: str, **when: When) -> Any:
    """Declare how many feature maps a convolution has."""
    return knob(default, N_("Features"), low=8, high=64, step=8, when=when, help=help)


def kernel_knob(help: str, **when: When) -> Any:
    """Declare the side of the first kernel of a model that draws pixel by pixel."""
    return knob(7, N_("First kernel"), low=3, high=9, step=2, unit="pixels", when=when, help=help)


def importance_knob(default: int, help: str, **when: When) -> Any:
    """Declare how many codes the bound of a VAE takes for each datum."""
    return knob(default, N_("Codes per datum in the loss, K"), low=1, high=50, log=True,
                when=when, help=help)


def bandwidth_knob(help: str, **when: When) -> Any:
    """Declare how wide the bumps of a kernel density estimate are."""
    return knob(0.2, N_("Bandwidth h"), low=0.01, high=3, log=True, when=when, help=help)


def bins_knob(default: int, help: str, **when: When) -> Any:
    """Declare how many boxes a histogram has along each axis."""
    return knob(default, N_("Bins"), low=1, high=100, log=True, when=when, help=help)


def components_knob(default: int, help: str, **when: When) -> Any:
    """Declare how many Gaussians are mixed."""
    return knob(default, N_("Gaussians"), low=1, high=10, step=1, when=when, help=help)


def learning_rate_knob(default: float, help: str) -> Any:
    """Declare a learning rate that may change while the model trains."""
    return knob(default, N_("Learning rate"), group="Training", low=1e-5, high=10, log=True,
                live=True, help=help)


def batch_size_knob(
    default: int, help: str = N_("Pictures per step. Try 8: fast steps, but a noisy loss."), *,
    also: tuple[float, ...] = (),
) -> Any:
    """Declare how many data a step takes."""
    return knob(default, N_("Batch size"), group="Training", low=8, high=1024, log=True,
                also=also, help=help)


def arithmetic_knob(**when: When) -> Any:
    """Declare in which numbers the nets compute while they learn."""
    return knob(
        "float32", N_("Arithmetic"), group="Training", when=when,
        choices={"float32": N_("32 bits"), "bfloat16": N_("16 bits in the nets")},
        help=N_("16 bits (bfloat16) are half the work to move and to multiply, where the "
                "processor knows them, and only three digits. The weights and the loss keep 32, "
                "and whatever is measured."))


def steps_knob(default: int, help: str = N_("When the run is finished."), *,
               also: tuple[float, ...] = (), **when: When) -> Any:
    """Declare when the training is finished."""
    return knob(default, N_("Steps"), group="Training", low=100, high=20_000, log=True,
                also=also, unit="steps", when=when, help=help)


def seed_knob(
    help: str = N_("The chance in weights, batches and samples; the data stay. The same seed "
                   "gives the same numbers."),
) -> Any:
    """Declare the seed of all that is drawn at random; the help says what that is."""
    return knob(0, N_("Seed"), group="Training", low=0, high=9999, step=1, help=help)
