"""Contestants that draw pixel by pixel: they complete an image by going on."""

import numpy as np
import torch

from model_zoo.autoregressive import AutoregressiveModel
from playground.experiments.image_arena.trained import TrainedImages


class PixelByPixel(TrainedImages):
    """An autoregressive model of the zoo. It has no codes."""

    model: AutoregressiveModel

    def copy(self, image: np.ndarray) -> None:
        """There is no code to copy from."""

    @torch.no_grad()
    def complete(self, image: np.ndarray, known: np.ndarray, n: int, seed: int) -> np.ndarray:
        """Draw the rest, each pixel given those before it."""
        start = self.given(image).expand(n, *image.shape)
        with self.drawing(seed):
            return self.model.complete(start, torch.from_numpy(known)).cpu().numpy()
