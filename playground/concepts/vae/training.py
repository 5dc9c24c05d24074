"""A VAE or a VQ-VAE and its data: built, trained, stored. What is asked is in files of its own."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.likelihoods import (
    Bernoulli,
    Categorical,
    FixedGaussian,
    FreeGaussian,
    Gaussian,
    Likelihood,
)
from model_zoo.vae import VAE
from model_zoo.vq_vae import VQVAE
from playground import datasets
from playground.concepts.vae.settings import VAESettings
from playground.device import kind, shared
from playground.experiments.drawing import Draws
from playground.experiments.model_experiment import ModelExperiment
from playground.experiments.pixels import in_levels
from playground.language import N_
from playground.refusal import Refusal
from playground.training import threads
from playground.training.batches import Batches
from playground.training.schedules import SCHEDULES
from playground.training.trainer import Trainer
from playground.training.updates import PRECISIONS

N_HELD_OUT = 200
N_POINTS = 1000


class TrainedVAE(Draws, ModelExperiment[VAESettings]):
    """Trains the model that the settings name.

    Attributes:
        held_out: data that are not learned from, (N, *shape), as the model is shown them.
        labels: their classes, (N,) bytes.
        model: a VAE, or a VQ-VAE.
        n_classes: classes in the data.
    """

    model: VAE | VQVAE

    def __init__(self, settings: VAESettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = load(settings)
        self.labels = data.test_labels[:N_HELD_OUT].astype(np.uint8)
        self.n_classes = int(data.train_labels.max()) + 1
        train = shared(data.train, device)
        self._classes = (torch.from_numpy(self.labels.astype(np.int64)).to(device)
                         if settings.tells_class else None)
        self.held_out = torch.from_numpy(data.test[:N_HELD_OUT]).to(device)
        dynamic = settings.decoder == "bernoulli"
        if dynamic:
            self.held_out = torch.bernoulli(self.held_out)
        self.model = build(settings, data.shape, self.n_classes).to(device)
        if kind(device) == "cpu" and settings.coder == "residual":  # a quarter faster there
            self.model.to(memory_format=torch.channels_last)
        change = torch.bernoulli if dynamic else None
        classes = shared(data.train_labels, device) if settings.tells_class else None
        batches = Batches(train, settings.batch_size, change, context=classes)
        precision = torch.float32 if settings.is_vq else PRECISIONS[settings.arithmetic]
        self.trainer = Trainer(self.model, batches, precision=precision)

    @classmethod
    def prepare(cls, settings: VAESettings) -> None:
        """Load the data set, which may have to be downloaded."""
        load(settings)

    @property
    def threads(self) -> int:
        """Large pictures make matrices that are worth sharing out."""
        return threads.worth(self.held_out[0].numel() >= 784 and self.settings.hidden >= 128)

    def take_knobs(self) -> None:
        """Give the model what the live knobs say, and its share of beta."""
        if isinstance(self.model, VAE):
            self.model.beta = self.settings.beta * self.warmth(self.done)
            self.model.free_bits = self.settings.free_bits

    def rate(self, player: str) -> float:
        """Return the learning rate now."""
        return self.settings.learning_rate * SCHEDULES[self.settings.schedule](self.share)

    def warmth(self, done: int) -> float:
        """Return which part of beta is in force after so many steps, 0 to 1."""
        return min(1.0, done / self.settings.warm_up) if self.settings.warm_up else 1.0

    def draw(self, n: int) -> Tensor:
        """Draw codes, and data from p(x|z)."""
        if isinstance(self.model, VQVAE) or not self.settings.tells_class:
            return self.model.sample(n)
        return self.model.sample(n, torch.arange(n, device=self.device) % self.n_classes)

    def classes_of(self, rows: slice) -> Tensor | None:
        """Return the classes of held-out data if the model is told them, (N,)."""
        return None if self._classes is None else self._classes[rows]

    def one_class(self, label: int, n: int) -> Tensor | None:
        """Return a class n times if the model is told classes, (n,).
        """
        if not self.settings.tells_class:
            return None
        return torch.full((n,), label, device=self.device)

    def encode(self, rows: slice) -> Tensor:
        """Return the codes of held-out data, (N, Z)."""
        if isinstance(self.model, VQVAE):
            return self.model.encode(self.held_out[rows])
        return self.model.encode(self.held_out[rows], self.classes_of(rows))

    def decode_all(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Return the data that codes stand for, (B, *shape)."""
        if isinstance(self.model, VQVAE):
            return self.model.decode(z)
        return self.model.decode(z, y)

    def show(self, x: Tensor) -> np.ndarray:
        """Return data as a page shows them: points (N, 2), or bytes (N, H, W) or (N, 3, H, W)."""
        return self.pixels(x).cpu().numpy()

    def pixels(self, x: Tensor) -> Tensor:
        """Return the same, still on the device."""
        if not self.settings.is_image:
            return x
        pixels = (x.clamp(0, 1) * 255).round().to(torch.uint8)
        return pixels[:, 0] if pixels.shape[1] == 1 else pixels

    def answer(self, x: Tensor) -> dict[str, Any]:
        """Return data under the name by which a page knows what they are."""
        return {"images" if self.settings.is_image else "points": self.show(x)}

    def the_vae(self) -> VAE:
        """Return the model, of which codes are Gaussian.

        Raises:
            ValueError: it is a VQ-VAE.
        """
        if isinstance(self.model, VQVAE):
            raise Refusal(N_("the model must be a VAE to answer this, got a VQ-VAE"))
        return self.model


def build(settings: VAESettings, shape: tuple[int, ...], n_classes: int) -> VAE | VQVAE:
    """Return the model that the settings name, untrained."""
    hidden = (settings.hidden,) * settings.layers
    kind = settings.coder if settings.is_image else "dense"
    if settings.is_vq:
        return VQVAE(shape, settings.latent_dim, hidden, settings.slots, settings.words,
                     kind=kind, likelihood=likelihood(settings))
    return VAE(shape, settings.latent_dim, hidden, kind=kind, likelihood=likelihood(settings),
               n_classes=n_classes if settings.tells_class else 0,
               n_importance=settings.importance)


def likelihood(settings: VAESettings) -> Likelihood:
    """Return the p(x|z) that the settings name."""
    if settings.decoder == "categorical":
        return Categorical(settings.levels)
    if settings.decoder == "gaussian":
        return Gaussian()
    if settings.decoder == "gaussian_fixed":
        return FixedGaussian(settings.sigma)
    if settings.decoder == "gaussian_free":
        return FreeGaussian()
    return Bernoulli()


def load(settings: VAESettings) -> datasets.Dataset:
    """Return the data set that the settings name, the same for every seed.

    Where pixels are drawn anew in each batch these are grey values, the chances of white.
    """
    data = datasets.load(settings.dataset, n_points=N_POINTS)
    return data if settings.decoder != "categorical" else in_levels(data, "levels",
                                                                    settings.levels)
