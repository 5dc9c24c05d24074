"""Contestants that learn by gradients: any model of the zoo for images."""

import math
from contextlib import AbstractContextManager
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from model_zoo.base import GenerativeModel
from playground.concepts.image_arena.image_contestant import ImageContestant, Images
from playground.device import shared
from playground.experiments.base import Work
from playground.experiments.gradient_contestant import GradientContestant
from playground.experiments.pieces import within
from playground.experiments.rated import rated
from playground.training.batches import Batches
from playground.training.randomness import fixed_random_state

WORK_AT_ONCE = 500_000_000  # weights x their uses x images
MOST_TOLD = 4_000_000  # images x codes x what a decoder tells of each pixel, at once
MOST_FOR_ONE = 1_000_000  # codes x what a decoder tells of one image

T = TypeVar("T")


class TrainedImages(GradientContestant, ImageContestant):
    """A model of images; how it copies and completes one, a subclass says.

    Args:
        model: of images.
        images: what it learns from.
        batch_size: images per step.
        uses: how often a step uses each weight for one image, in the mean.
        rate, betas, device: see `GradientContestant`.

    Attributes:
        most_codes: how many a bound is made of at most; where one is dear, few.
    """

    model: GenerativeModel
    most_codes = 64

    def __init__(self, model: GenerativeModel, images: Images, batch_size: int, *, uses: int,
                 rate: float | dict[str, float], betas: tuple[float, float] = (0.9, 0.999),
                 device: str) -> None:
        train = shared(images.data.train, device)
        super().__init__(model, Batches(train, batch_size, images.change), rate=rate,
                         betas=betas, device=device)
        self.work = uses * self.n_weights
        d = math.prod(images.data.shape)
        self._told = d if images.levels == 2 else d * images.levels

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new images, (n, C, H, W)."""
        def drawn() -> Work[np.ndarray]:
            parts, at_once = [], self._at_once(1)
            for done in range(0, n, at_once):
                yield done / n
                parts.append(self.model.sample(min(at_once, n - done)))
            return torch.cat(parts).cpu().numpy()

        return (yield from self.with_chance(seed, drawn()))

    @torch.no_grad()
    def log_prob(self, images: np.ndarray, n_samples: int) -> Work[np.ndarray | None]:
        """log p(x) in nats of images (B, C, H, W), or what the model can say instead, or None.

        A bound is made of fewer codes where a pixel has many levels.
        """
        n_codes = max(1, min(n_samples, self.most_codes, MOST_FOR_ONE // self._told))
        found = yield from self.with_chance(
            0, rated(self.model, self._at_once, n_codes, self.given(images)))
        return None if found is None else found.cpu().numpy()

    def given(self, images: np.ndarray) -> Tensor:
        """Return images as a tensor where the model lives."""
        return torch.from_numpy(images).to(self.device)

    def drawing(self, seed: int) -> AbstractContextManager[None]:
        """Within, chance is that of a seed; do not yield there."""
        return fixed_random_state(self.device, seed)

    def with_chance(self, seed: int, work: Work[T]) -> Work[T]:
        """Do some work with the chance of a seed."""
        return (yield from within(lambda: self.drawing(seed), self.device, work))

    def _at_once(self, n_codes: int) -> int:
        """How many images, with so many codes each, take a short while."""
        return max(1, min(MOST_TOLD // self._told, WORK_AT_ONCE // self.work) // n_codes)
