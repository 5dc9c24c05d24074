"""Contestants that learn by gradients: any model of the zoo for images."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from model_zoo.base import GenerativeModel, HasBound, HasLogProb
from playground import training
from playground.experiments.image_arena.family import ImageContestant, Images
from playground.experiments.trained import Trained
from playground.randomness import fixed_random_state

AT_ONCE = 100
MOST_CODES = 2_000_000  # images x codes x pixels at once
MOST_TOLD = 40_000_000  # the same x what a decoder tells of each pixel
MOST_FOR_ONE = 1_000_000  # codes x what a decoder tells of one image


class TrainedImages(Trained, ImageContestant):
    """A model of images; how it copies and completes one, a subclass says.

    Args:
        model: of images.
        images: what it learns from.
        batch_size: images per step.
        uses: how often a step uses each weight for one image, in the mean.
        rate, betas, device: see `Trained`.
    """

    model: GenerativeModel

    def __init__(self, model: GenerativeModel, images: Images, batch_size: int, *, uses: int,
                 rate: float | dict[str, float], betas: tuple[float, float] = (0.9, 0.999),
                 device: str) -> None:
        train = torch.from_numpy(images.data.train).to(device)
        super().__init__(model, training.Batches(train, batch_size, images.change), rate=rate,
                         betas=betas, device=device)
        self.work = uses * self.n_weights
        d = math.prod(images.data.shape)
        self._told = d if images.levels == 2 else d * images.levels

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw n new images, (n, C, H, W)."""
        with self.drawing(seed):
            return self.model.sample(n).cpu().numpy()

    @torch.no_grad()
    def log_prob(self, images: np.ndarray, n_samples: int) -> np.ndarray | None:
        """log p(x) in nats of images (B, C, H, W), or a bound, or None, as the model can.

        A bound is made of fewer codes where a pixel has many levels.
        """
        model, x = self.model, self.given(images)
        if isinstance(model, HasLogProb):
            parts = [model.log_prob(part) for part in x.split(AT_ONCE)]
        elif isinstance(model, HasBound):
            n_codes = max(1, min(n_samples, MOST_FOR_ONE // self._told))
            at_once = max(1, min(MOST_CODES // (n_codes * x[0].numel()),
                                 MOST_TOLD // (n_codes * self._told)))
            with self.drawing(0):
                parts = [model.log_prob_bound(part, n_codes) for part in x.split(at_once)]
        else:
            return None
        return torch.cat(parts).cpu().numpy()

    def given(self, images: np.ndarray) -> Tensor:
        """Return images as a tensor where the model lives."""
        return torch.from_numpy(images).to(self.device)

    @contextmanager
    def drawing(self, seed: int) -> Iterator[None]:
        """Within, chance is that of a seed."""
        with fixed_random_state(self.device, seed):
            yield
