"""An autoencoder and the prior of its codes: built, and trained one after the other."""

from collections.abc import Iterator

import torch
from torch import Tensor

from model_zoo.code_priors import CodePrior, DiffusionPrior, FlowPrior, MixturePrior
from model_zoo.latent_prior import LatentPrior
from model_zoo.likelihoods import Categorical
from model_zoo.word_prior import WordPrior
from playground import datasets
from playground.concepts.latent_prior.settings import LatentPriorSettings
from playground.device import shared
from playground.experiments import pixels
from playground.experiments.base import Piece, Work
from playground.experiments.drawing import Draws
from playground.experiments.model_experiment import ModelExperiment
from playground.experiments.pieces import to_the_end
from playground.language import N_
from playground.refusal import Refusal
from playground.training.batches import Batches
from playground.training.schedules import cosine
from playground.training.trainer import Trainer

LEVELS = 17  # values of a pixel, those of the digits
N_MOMENTS = 2000  # data by which codes are standardised, and words counted


class TrainedPrior(Draws, ModelExperiment[LatentPriorSettings]):
    """Trains an autoencoder in the first half of the steps, and a prior in the second.

    Attributes:
        held_out: data that are not learned from, (M, 1, H, W).
        labels: their classes, (M,).
        moments: data of the training set by which codes are standardised and words counted.
    """

    model: LatentPrior | WordPrior

    def __init__(self, settings: LatentPriorSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = load(settings)
        train = shared(data.train, device)
        self.held_out = torch.from_numpy(data.test).to(device)
        self.labels = data.test_labels
        self.moments = train[:N_MOMENTS]
        self.model = _model(settings, data.shape).to(device)
        self.trainer = Trainer(self.model, Batches(train, settings.batch_size))

    @classmethod
    def prepare(cls, settings: LatentPriorSettings) -> None:
        """Load the data set."""
        load(settings)

    @property
    def half(self) -> int:
        """The step after which the prior learns."""
        return self.settings.steps // 2

    @property
    def has_prior(self) -> bool:
        """Whether the prior has begun to learn."""
        return bool(self.model.learns)

    def updates(self, player: str) -> int:
        """Return 1 for whose turn it is, 0 for the other."""
        return int((player == "vae") == (self.done < self.half))

    def rate(self, player: str) -> float:
        """Return the learning rate now: it falls along half a cosine, in both halves."""
        rest = max(1, self.settings.steps - self.half)
        done = self.done / self.half if player == "vae" else (self.done - self.half) / rest
        return self.settings.learning_rate * cosine(min(max(done, 0.0), 1.0))

    def after_step(self) -> Iterator[Piece]:
        """At half time, let the prior begin."""
        if self.done != self.half:
            return
        if isinstance(self.model, WordPrior):
            self.model.hand_over(self.moments)
        else:
            self.model.hand_over(self.moments, standardise=self.settings.standardise)
        yield from ()

    def draw(self, n: int) -> Tensor:
        """Draw data by the learned prior."""
        with torch.no_grad():
            return self.model.sample(n)

    def the_numbers(self) -> LatentPrior:
        """Return the model if its codes are numbers.

        Raises:
            Refusal: they are words.
        """
        if not isinstance(self.model, LatentPrior):
            raise Refusal(N_("codes must be numbers to answer this, got words"))
        return self.model

    def the_words(self) -> WordPrior:
        """Return the model if its codes are words.

        Raises:
            Refusal: they are numbers.
        """
        if not isinstance(self.model, WordPrior):
            raise Refusal(N_("codes must be words to answer this, got numbers"))
        return self.model


def log_prior(model: LatentPrior, z: Tensor) -> Work[Tensor]:
    """Return log p(z) of the learned prior in nats, (B,), in pieces."""
    found: Tensor = yield from to_the_end(model.prior.rating(model.inward(z)))
    return found - model.log_scale.sum()


def load(settings: LatentPriorSettings) -> datasets.Dataset:
    """Return the pictures, their pixels rounded to some levels; the same for every seed."""
    return pixels.load(settings.dataset, "levels", LEVELS)


def _model(s: LatentPriorSettings, shape: tuple[int, ...]) -> LatentPrior | WordPrior:
    if s.is_words:
        return WordPrior(shape, s.latent_dim, s.vocabulary, alone=s.word_prior == "alone",
                         dropout=s.dropout, likelihood=Categorical(LEVELS))
    return LatentPrior(shape, s.latent_dim, (s.hidden, s.hidden), beta=s.beta, prior=_prior(s),
                       likelihood=Categorical(LEVELS), from_means=s.learns_from == "means")


def _prior(s: LatentPriorSettings) -> CodePrior:
    if s.prior == "mixture":
        return MixturePrior(s.latent_dim, s.components)
    return {"flow": FlowPrior, "diffusion": DiffusionPrior}[s.prior](s.latent_dim)
