"""A generative stochastic network and its data: built and trained."""

import torch
from torch import Tensor

from model_zoo.gsn import GSN, AddedNoise, PictureDenoiser, PointDenoiser, ReplacedPixels
from playground import datasets
from playground.concepts.gsn.settings import GSNSettings
from playground.device import shared
from playground.experiments import pixels
from playground.experiments.base import Work
from playground.experiments.drawing import Draws
from playground.experiments.model_experiment import ModelExperiment
from playground.experiments.pieces import to_the_end
from playground.training.batches import Batches
from playground.training.schedules import cosine
from playground.training.trainer import Trainer

N_DATA = 10_000
N_KNOWN = 1500
FAR = 100.0  # beyond which nobody asks where a chain is


class TrainedGSN(Draws, ModelExperiment[GSNSettings]):
    """Trains the net that the settings name.

    Attributes:
        held_out: data that it does not learn from, (M, *shape).
        known: some that it learns from, (K, *shape), to which others are compared.
    """

    model: GSN

    def __init__(self, settings: GSNSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        train = shared(self.data.train, device)
        self.model = _model(settings, self.data.shape).to(device)
        self.trainer = Trainer(self.model, Batches(train, settings.batch_size))
        self.held_out = torch.from_numpy(self.data.test[:N_KNOWN]).to(device)
        self.known = train[:N_KNOWN]

    @classmethod
    def prepare(cls, settings: GSNSettings) -> None:
        """Load the data set."""
        load(settings)

    def rate(self, player: str) -> float:
        """Return the learning rate now: it falls along half a cosine."""
        return self.settings.learning_rate * cosine(self.share)

    def take_knobs(self) -> None:
        """Let chains be walked as the live knobs say."""
        self.model.n_steps = self.settings.chain_steps
        self.model.draws = self.settings.chain_goes_on == "draw"

    def draw(self, n: int) -> Tensor:
        """Draw data by chains from where nothing is known."""
        self.take_knobs()
        return self.model.sample(n)

    def drawing(self, n: int) -> Work[object]:
        """Do the same, a step of the chains in each piece."""
        self.take_knobs()
        state = yield from to_the_end(self.model.path(n), self.settings.chain_steps)
        return state.x

    def kept(self, x: Tensor) -> Tensor:
        """Return data with those of chains that have run away at the edge of a large square."""
        return x.nan_to_num(FAR, FAR, -FAR).clamp(-FAR, FAR)

    def places(self, x: Tensor) -> Tensor:
        """Return near which class data are, (B, *shape) -> (B,): that of the nearest known one."""
        return torch.cdist(self.kept(x).flatten(1), self.known.flatten(1)).argmin(1)


def load(settings: GSNSettings) -> datasets.Dataset:
    """Return the data, the same for every seed; pictures are black or white."""
    if settings.is_image:
        return pixels.load(settings.dataset, "levels", 2)
    return datasets.load(settings.dataset, n_points=N_DATA, noise=settings.noise)


def _model(s: GSNSettings, shape: tuple[int, ...]) -> GSN:
    if s.is_image:
        return GSN(shape, corruption=ReplacedPixels(s.replaced), walk_back=s.walk_back,
                   denoiser=PictureDenoiser(shape, s.hidden, s.layers))
    return GSN(shape, corruption=AddedNoise(s.corrupting_noise), walk_back=s.walk_back,
               denoiser=PointDenoiser(shape[0], s.hidden, s.layers, s.components))
