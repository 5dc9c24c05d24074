"""A Boltzmann machine and its data: built and trained."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from model_zoo.dbm import DBM
from model_zoo.gaussian_rbm import GaussianRBM
from model_zoo.rbm import RBM
from playground import datasets
from playground.concepts.rbm.settings import RBMSettings
from playground.device import shared
from playground.experiments import pixels
from playground.experiments.base import Work, at_once
from playground.experiments.drawing import Draws
from playground.experiments.model_experiment import ModelExperiment
from playground.experiments.pieces import to_the_end
from playground.language import N_
from playground.refusal import Refusal
from playground.training.batches import Batches
from playground.training.schedules import cosine
from playground.training.trainer import Trainer, adam

N_HELD_OUT, N_KNOWN, N_POINTS = 1000, 1500, 2000
LARGE = 2**18  # weights of a machine, from which on fewer chains are watched
MOST_STEPS, AT_ONCE = 20, 2**20  # Gibbs steps in a piece of work, or weights in all of them


def sgd(parameters: list[nn.Parameter]) -> Optimizer:
    """Return plain gradient descent; its rate is set before each step."""
    return torch.optim.SGD(parameters, lr=1.0)


OPTIMIZERS = {"adam": adam, "sgd": sgd}


class TrainedRBM(Draws, ModelExperiment[RBMSettings]):
    """Trains the machine that the settings name.

    Attributes:
        held_out: data that it does not learn from, (M, *shape); of bars and stripes there
            are no others: all of them.
        known: the first data that it learns from, likewise.
    """

    model: RBM | GaussianRBM | DBM

    def __init__(self, settings: RBMSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        train = shared(self.data.train, device)
        self.model = build(settings, self.data.shape).to(device)
        self.model.start_at(train)
        anew = torch.bernoulli if settings.is_drawn_anew else None
        self.trainer = Trainer(self.model, Batches(train, settings.batch_size, anew),
                               OPTIMIZERS[settings.optimizer])
        seen = torch.from_numpy if settings.is_points else black_and_white
        self.held_out, self.known = (
            seen(part).to(device)
            for part in (self.data.test[:N_HELD_OUT], self.data.train[:N_KNOWN]))

    @property
    def of_pictures(self) -> RBM | DBM:
        """The machine, if the data are pictures.

        Raises:
            Refusal: they are points.
        """
        if isinstance(self.model, GaussianRBM):
            raise Refusal(N_("the data must be pictures to answer this"))
        return self.model

    @property
    def restricted(self) -> RBM:
        """The machine, if the data are pictures and it has one hidden layer.

        Raises:
            Refusal: it is another one.
        """
        machine = self.of_pictures
        if isinstance(machine, DBM):
            raise Refusal(N_("the machine must have one hidden layer to answer this"))
        return machine

    @property
    def piece(self) -> int:
        """How many Gibbs steps of all chains are one piece of work."""
        return min(MOST_STEPS, max(1, AT_ONCE // self.model.weights.numel()))

    @property
    def is_large(self) -> bool:
        """Whether each Gibbs step takes so long that fewer chains are watched."""
        return self.model.weights.numel() > LARGE

    @classmethod
    def prepare(cls, settings: RBMSettings) -> None:
        """Load the data set."""
        load(settings)

    def rate(self, player: str) -> float:
        """Return the learning rate now: it falls along half a cosine."""
        return self.settings.learning_rate * cosine(self.share)

    def take_knobs(self) -> None:
        """Let samples be drawn in as many steps as the live knob says."""
        self.model.n_steps = self.settings.gibbs_steps

    def draw(self, n: int) -> object:
        """Draw data by chains from noise."""
        return at_once(self.drawing(n))

    def drawing(self, n: int) -> Work[object]:
        """Do the same, a step of the chains in each piece."""
        self.take_knobs()
        state = yield from to_the_end(self.model.path(n), self.settings.gibbs_steps)
        return state.x


def build(settings: RBMSettings, shape: tuple[int, ...]) -> RBM | GaussianRBM | DBM:
    """Return the machine that the settings name, untrained."""
    if settings.is_deep:
        return DBM(shape, settings.n_hidden, settings.n_upper, k=settings.cd_steps,
                   n_chains=settings.n_chains, decay=settings.weight_decay,
                   n_steps=settings.gibbs_steps)
    kind = GaussianRBM if settings.is_points else RBM
    return kind(shape, settings.n_hidden, rule=settings.rule, k=settings.cd_steps,
                n_chains=settings.n_chains, n_temperatures=settings.n_temperatures,
                decay=settings.weight_decay, n_steps=settings.gibbs_steps)


def load(settings: RBMSettings) -> datasets.Dataset:
    """Return the data: points; or pictures in black and white, grey where it is drawn anew."""
    if settings.is_points:
        return datasets.load(settings.dataset, n_points=N_POINTS, noise=settings.noise)
    return pixels.load(settings.dataset, "dynamic" if settings.is_drawn_anew else "levels", 2)


def black_and_white(images: np.ndarray) -> Tensor:
    """Draw pixels once, the same for every seed, by their greys; those of 0 and 1 stay."""
    rng = np.random.default_rng(0)
    return torch.from_numpy((rng.random(images.shape) < images).astype(np.float32))
