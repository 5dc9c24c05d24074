"""What a visitor can turn on the page of the GAN on images."""

from playground.experiments.game_settings import GameSettings
from playground.knobs import dataset_knob, features_knob, know_class_knob, titles
from playground.language import N_
from playground.settings import knob

DATASETS = ("digits", "mnist_14", "fashion_14", "sprites", "mnist", "fashion", "mnist_full",
            "fashion_full")


class DCGANSettings(GameSettings):
    """The images, and the players."""

    dataset: str = dataset_knob("mnist_14", titles(DATASETS), N_(
        "Try the sprites: in colour, and each has one shape. Try Fashion-MNIST: more greys, "
        "harder to fake."))
    know_class: bool = know_class_knob(
        N_("Both players are told which class each picture is of. Then you choose what it draws. "
           "Try it: a row of samples for each class, each column the same noise."))
    features: int = features_knob(
        32, N_("Feature maps of both nets at half the size. Try 8: fast, and shapes fall apart."))
    pack: int = GameSettings.knob_again("pack", 1, when={"know_class": (False,)})
    latent_dim: int = GameSettings.knob_again("latent_dim", 20)
    spectral: bool = GameSettings.knob_again("spectral", True)
    discriminator_rate: float = GameSettings.knob_again("discriminator_rate", 0.005)
    generator_rate: float = GameSettings.knob_again("generator_rate", 0.0005)
    batch_size: int = GameSettings.knob_again("batch_size", 64)
    steps: int = GameSettings.knob_again("steps", 2000)
    average: int = knob(
        100, N_("Average of G over"), group="Training", low=1, high=2000, log=True, live=True,
        unit="steps",
        help=N_("Samples come from a generator averaged over so many steps. Try 1, the newest "
                "one alone: the samples flicker."),
    )

    @property
    def judged_together(self) -> int:
        """How many pictures D sees at once: one, if it is told its class."""
        return 1 if self.know_class else self.pack
