"""What a visitor can turn in the arena of images."""

from playground.concepts.pixel_cnn.settings import PixelCNNSettings
from playground.concepts.pixel_rnn.settings import PixelRNNSettings
from playground.concepts.vae.settings import VAESettings
from playground.experiments.contest_settings import ContestSettings
from playground.knobs import dataset_knob, titles
from playground.language import N_

SMALL = ("digits", "mnist_14", "fashion_14")
DATASETS = (*SMALL, "mnist", "fashion", "mnist_full")


class ImageArenaSettings(ContestSettings):
    """The images that all families learn from, the budget of each, and how large they are."""

    dataset: str = dataset_knob("digits", titles(DATASETS), N_(
        "Try MNIST, 14 x 14: whoever draws pixel by pixel now takes three times as long, the "
        "others hardly longer. At 28 x 28 choose 500 steps: on a small machine 1000 take more "
        "than the ten minutes that a run may have."))
    pixels: str = PixelCNNSettings.knob_again("pixels", "levels")
    levels: int = PixelCNNSettings.knob_again("levels", 17)
    features: int = PixelCNNSettings.knob_again(
        "features", 24, when={},
        help=N_("Feature maps of PixelCNN, of the flow, and of both players of the GAN; half as "
                "many of diffusion. Try 8: fast, and clumsy."))
    units: int = PixelRNNSettings.knob_again("units", 16)
    latent_dim: int = VAESettings.knob_again(
        "latent_dim", 20,
        help=N_("Numbers in a code of the VAE and in the noise of the GAN. Try 2: few ways to "
                "differ."))
    hidden: int = VAESettings.knob_again(
        "hidden", 128, help=N_("Units in each layer of the VAE and in the Boltzmann machine; "
                               "twice as many in the stochastic network. Try 16: vague copies."))
    seconds: float = ContestSettings.knob_again("seconds", 15.0)
    steps: int = ContestSettings.knob_again(
        "steps", 1000,
        help=N_("Updates of each net. The default takes about two minutes for all of them, "
                "judging included. Try 100: who is quick to learn?"))
    batch_size: int = PixelCNNSettings.knob_again("batch_size", 64)

    @property
    def is_small(self) -> bool:
        """Whether there are so few pixels that each can look at all those before it."""
        return self.dataset in SMALL

    @property
    def is_black_or_white(self) -> bool:
        """Whether a pixel has two values only."""
        return self.pixels != "levels" or self.levels == 2
