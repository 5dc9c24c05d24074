"""What a visitor can turn on the page of the Boltzmann machine."""

from playground.claim import Claim
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    batch_size_knob,
    dataset_knob,
    learning_rate_knob,
    noise_knob,
    seed_knob,
    steps_knob,
    titles,
)
from playground.language import N_
from playground.settings import knob

POINTS = ("blobs", "moons", "ring", "circles")
PIXELS = {"bars": 16, "digits": 64, "mnist_14": 196, "mnist": 784, "mnist_full": 784}
DATA = (*PIXELS, *POINTS)
GREY = tuple(PIXELS)[1:]
PERSISTENT = ("pcd", "tempered")
MOST_SUMMED = 16  # units of the smaller layer, whose states are summed over at each look


class RBMSettings(ModelSettings):
    """Data, machine, the rule of its gradient, and how its fantasies are drawn."""

    dataset: str = dataset_knob("bars", titles(DATA), N_(
        "On bars and stripes all is known exactly, log Z too. Digits are made black or white. "
        "Points have Gaussian visible units."))
    noise: float = noise_knob(
        1.0, N_("Try 0.5: deep and narrow wells, which chains hardly leave."), dataset=POINTS)
    pixels: str = knob(
        "levels", N_("Pixels"), group="Data", when={"dataset": GREY},
        choices={"levels": N_("black or white, whichever is nearer"),
                 "dynamic": N_("black or white, drawn anew in each batch")},
        help=N_("Drawn anew, a grey value is the chance of white, and every batch is new data. "
                "What is scored is another draw too: never compare the two."))
    model: str = knob(
        "rbm", N_("Machine"), when={"dataset": tuple(PIXELS)},
        choices={"rbm": N_("one hidden layer"), "dbm": N_("two hidden layers: a deep one")},
        help=N_("In a deep machine the layers of hidden units depend on each other: given a "
                "picture, what they are is a guess of its own, by mean field."))
    n_hidden: int = knob(
        24, N_("Hidden units of the machine"), low=2, high=512, log=True, also=(8, 16, 64),
        help=N_("Try 2: the machine can hardly tell rows from columns."))
    n_upper: int = knob(
        10, N_("Units of the second hidden layer"), low=2, high=200, log=True,
        when={"model": ("dbm",)},
        help=N_("They see the first hidden layer alone. Try 2: hardly more than a machine with "
                "one."))
    rule: str = knob(
        "pcd", N_("Fantasies start"), when={"model": ("rbm",)},
        choices={"cd": N_("at the data: contrastive divergence"),
                 "pcd": N_("where they ended: persistent chains"),
                 "tempered": N_("likewise, and swap with hotter ones: parallel tempering")},
        help=N_("The gradient needs samples of the model. Chains that start at the data are "
                "quick, but biased; chains that go on are better, if they mix; hotter ones help."))
    cd_steps: int = knob(
        10, N_("Gibbs steps in an update, k"), low=1, high=100, log=True, unit="steps",
        help=N_("Try 1 at the data: fantasies hardly leave it, and the gradient is wrong."))
    n_chains: int = knob(
        200, N_("Persistent chains"), low=1, high=1000, log=True, when={"rule": PERSISTENT},
        help=N_("How many go on side by side. Try 1: the mean over the model is that of one "
                "picture."))
    n_temperatures: int = knob(
        10, N_("Temperatures of the chains"), low=2, high=15, step=1,
        when={"rule": ("tempered",)},
        help=N_("So many sets of chains, at inverse temperatures from 1 down by equal steps; "
                "neighbours swap. Try 2: the hot one is so far away that hardly a swap is "
                "taken."))
    weight_decay: float = knob(
        0.0, N_("Weight decay"), low=0, high=0.05, step=0.001, group="Training",
        help=N_("Pulls weights to 0. Try 0.01: chains mix easily, and the machine is vaguer."))
    gibbs_steps: int = knob(
        200, N_("Steps of the shown chains"), group="Sampling", low=1, high=1000, log=True,
        live=True, unit="steps",
        help=N_("They start from noise. Try 1: there is no time to forget it."))
    temperature: float = knob(
        1.0, N_("Temperature"), group="Sampling", low=0.1, high=2, step=0.1, live=True,
        help=N_("What the energy of the shown chains is divided by; 1 is the model itself. Try "
                "0.3: chains freeze. Try 2: noise."))
    optimizer: str = knob(
        "adam", N_("Optimiser"), group="Training",
        choices={"adam": N_("Adam"), "sgd": N_("gradient descent")},
        help=N_("Adam takes steps of about one size for all weights, also to pixels that hardly "
                "ever are white, where the gradient is mostly chance. Try gradient descent on "
                "MNIST, at a rate of 0.1."))
    learning_rate: float = learning_rate_knob(
        0.005, N_("Step size at the start; it falls to 0 along half a cosine."))
    batch_size: int = batch_size_knob(
        32, N_("Pictures per step. Bars and stripes have 32 in all: each step sees them all."))
    steps: int = steps_knob(5000, N_("When the run is finished."))
    seed: int = seed_knob()

    @property
    def is_bars(self) -> bool:
        """Whether the data are bars and stripes, of which the distribution is known."""
        return self.dataset == "bars"

    @property
    def is_drawn_anew(self) -> bool:
        """Whether black and white are drawn in each batch."""
        return self.dataset in GREY and self.pixels == "dynamic"

    @property
    def is_points(self) -> bool:
        """Whether the data are points of the plane."""
        return self.dataset in POINTS

    @property
    def is_deep(self) -> bool:
        """Whether there are two hidden layers, which learn by persistent chains."""
        return self.model == "dbm" and not self.is_points

    @property
    def is_tempered(self) -> bool:
        """Whether fantasies come from chains at several temperatures."""
        return self.rule == "tempered" and not self.is_deep

    @property
    def is_exact(self) -> bool:
        """Whether Z is known: all states are summed over, or an integral over the plane."""
        if self.is_deep:
            return self.is_bars and self.n_hidden <= MOST_SUMMED
        return self.is_points or min(PIXELS[self.dataset], self.n_hidden) <= MOST_SUMMED

    @property
    def claim(self) -> Claim:
        """A probability of pixels, exact for few units; of points a density, exact."""
        if self.is_points:
            return Claim("exact", "reals")
        return Claim("exact" if self.is_exact else "estimate")
