"""What a visitor can turn on the page of super-resolution and colourisation."""

from playground.concepts.dcgan.settings import DCGANSettings
from playground.concepts.vae.settings import VAESettings
from playground.experiments.contest_settings import ContestSettings
from playground.experiments.game_settings import GameSettings
from playground.knobs import dataset_knob, titles
from playground.language import N_
from playground.settings import knob

DATASETS = ("digits", "mnist_14", "fashion_14", "sprites", "mnist", "fashion", "olivetti",
            "cifar10")
IN_COLOUR = ("sprites", "cifar10")
BLACK_OR_FULL = ("sprites",)  # each number of an image is 0 or 1
LEVELS = 17


class ApplicationsSettings(ContestSettings):
    """What is lost of each picture, and the families that restore it."""

    task: str = knob(
        "super_resolution", N_("Task"), group="Data",
        choices={"super_resolution": N_("super-resolution"),
                 "colourisation": N_("colourisation")},
        help=N_("From small to large, or from grey to colour. Try to colour the sprites: six "
                "answers are right."),
    )
    dataset: str = dataset_knob("mnist_14", titles(DATASETS), N_(
        "Grey pictures have no colours to guess: for colourisation each is tinted with one of "
        "six, by a draw. Faces and CIFAR-10 are downloaded on first use, which needs a network; "
        "offline, take the sprites."))
    factor: str = knob(
        "4", N_("Smaller by"), group="Data", choices={"2": "2 x 2", "4": "4 x 4"},
        when={"task": ("super_resolution",)},
        help=N_("So many pixels become one, their mean. Try 2 x 2: little is open, and all "
                "answers are nearly alike."),
    )
    grey: str = knob(
        "value", N_("Grey is"), group="Data", when={"task": ("colourisation",)},
        choices={"value": N_("the brightest of red, green, blue"),
                 "luma": N_("their weighted sum, as in old films")},
        help=N_("Try the weighted sum: each of the six pure colours has a grey of its own, which "
                "tells the colour."),
    )
    features: int = DCGANSettings.knob_again(
        "features", 16,
        help=N_("Feature maps of all nets at the full size. Try 8: fast, and shapes fall apart."))
    latent_dim: int = GameSettings.knob_again(
        "latent_dim", 8,
        help=N_("Numbers in a code of the VAE, and of noise for the GAN: what decides among the "
                "answers. Try 1: a row of answers, no more."))
    beta: float = VAESettings.knob_again(
        "beta", 1.0, live=False, when={},
        help=N_("Weight of the KL term of the VAE. Try 20: the code collapses, and its answers "
                "are all alike."))
    first_moment: float = knob(
        30.0, N_("Pull on the mean answer"), low=0, high=100, log=True,
        help=N_("How strongly the mean of the GAN's answers is pulled to the truth. One answer "
                "may still be far from it. Try 0: the game alone."),
    )
    l1: float = knob(
        0.0, N_("Pull on each answer (L1)"), low=0, high=100, log=True,
        help=N_("How strongly each answer of the GAN is pulled to the truth, as in pix2pix. Try "
                "100: it has only one answer left, a blurred one."),
    )
    batch_size: int = GameSettings.knob_again(
        "batch_size", 32, help=N_("Pictures per update of each net. Try 8: fast and unsteady."))
    steps: int = ContestSettings.knob_again(
        "steps", 800,
        help=N_("Updates of each net. Try 100: the answers fit what is given, and hardly look "
                "like anything. To judge the answers takes some hundred steps more."))

    @property
    def in_colour(self) -> bool:
        """Whether the pictures to be restored have colours."""
        return self.task == "colourisation" or self.dataset in IN_COLOUR

    @property
    def source(self) -> str:
        """Which data set it is: for colourisation, grey ones are tinted."""
        tinted = self.task == "colourisation" and self.dataset not in IN_COLOUR
        return f"{self.dataset}_tinted" if tinted else self.dataset

    @property
    def levels(self) -> int:
        """How many values a number of an image can have."""
        return 2 if self.dataset in BLACK_OR_FULL else LEVELS
