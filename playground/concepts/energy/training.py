"""An energy-based model and its data: built and trained."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from model_zoo.energy import EnergyModel, PictureEnergy, PointEnergy, Rule
from model_zoo.energy_nets import PictureEnergyNet, PointEnergyNet
from playground import datasets
from playground.concepts.energy.settings import EnergySettings
from playground.device import shared
from playground.experiments.base import Work, at_once
from playground.experiments.drawing import Draws
from playground.experiments.model_experiment import ModelExperiment
from playground.experiments.pieces import to_the_end
from playground.training.batches import Batches
from playground.training.schedules import cosine
from playground.training.trainer import Trainer

N_HELD_OUT = 2000


class TrainedEnergy(Draws, ModelExperiment[EnergySettings]):
    """Trains the model that the settings name.

    Attributes:
        held_out: data that are not learned from, (M, *shape).
        labels: their classes, (M,) int64.
    """

    model: EnergyModel

    def __init__(self, settings: EnergySettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = load(settings)
        train = shared(data.train, device)
        self.model = build(settings, data.shape).to(device)
        self.model.start_at(train)
        self.trainer = Trainer(self.model, Batches(train, settings.batch_size))
        self.held_out = torch.from_numpy(data.test[:N_HELD_OUT]).to(device)
        self.labels = data.test_labels[:N_HELD_OUT].astype(np.int64)

    @classmethod
    def prepare(cls, settings: EnergySettings) -> None:
        """Load the data set."""
        load(settings)

    def rate(self, player: str) -> float:
        """Return the learning rate now: it falls along half a cosine."""
        return self.settings.learning_rate * cosine(self.share)

    def take_knobs(self) -> None:
        """Let chains go as the live knobs say."""
        self.model.step = self.settings.langevin_step
        self.model.noise_scale = self.settings.langevin_noise
        self.model.path_steps = self.settings.shown_steps

    def draw(self, n: int) -> Tensor:
        """Draw by chains from noise."""
        return at_once(self.drawing(n))

    @torch.no_grad()
    def drawing(self, n: int) -> Work[Tensor]:
        """Do the same, a step of the chains in each piece."""
        self.take_knobs()
        return (yield from to_the_end(self.model.path(n))).x


def load(settings: EnergySettings) -> datasets.Dataset:
    """Return the data, the same for every seed; of points as many are held out for all."""
    if settings.is_image:
        return datasets.load(settings.dataset)
    few, many = (datasets.load(settings.dataset, n_points=n, noise=settings.noise)
                 for n in (settings.n_points, N_HELD_OUT))
    return replace(few, test=many.test, test_labels=many.test_labels)


def build(settings: EnergySettings, shape: tuple[int, ...]) -> EnergyModel:
    """Return the model that the settings name, untrained."""
    rule = Rule(settings.rule, settings.langevin_steps, settings.n_chains, settings.restarts,
                settings.energy_penalty, settings.data_noise, settings.noise_width)
    step, noise, n = settings.langevin_step, settings.langevin_noise, settings.shown_steps
    decay = 1 - 1 / settings.mean_of
    if settings.is_image:
        return PictureEnergy(shape, PictureEnergyNet(shape, settings.features), rule, step=step,
                             noise=noise, path_steps=n, decay=decay)
    net = PointEnergyNet(2, settings.hidden, settings.layers, settings.waves)
    return PointEnergy(shape, net, rule, step=step, noise=noise, path_steps=n, decay=decay)
