"""Contestants that draw pixel by pixel: they complete an image by going on."""

import numpy as np
import torch

from model_zoo.autoregressive import AutoregressiveModel
from playground.concepts.image_arena.image_contestant import Images
from playground.concepts.image_arena.trained_images import TrainedImages
from playground.experiments.base import Work
from playground.experiments.pieces import to_the_end
from playground.experiments.twin import on_cpu

RATE = 0.005


class PixelByPixel(TrainedImages):
    """An autoregressive model of the zoo. It has no codes.

    Args:
        model, images, batch_size, device: see `TrainedImages`.
        slower: times as long a weight takes at a pixel as that of a convolution.
    """

    model: AutoregressiveModel

    def __init__(self, model: AutoregressiveModel, images: Images, batch_size: int, *,
                 slower: int = 1, device: str) -> None:
        height, width = images.data.shape[1:]
        super().__init__(model, images, batch_size, uses=slower * height * width, rate=RATE,
                         device=device)

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new images, (n, C, H, W), where it is quickest."""
        with self.drawing(seed):
            noise = torch.rand(n, *self.model.shape)
        path = on_cpu(self.model).path(n, noise=noise)
        return (yield from to_the_end(path, noise[0].numel())).x.numpy()

    def copy(self, image: np.ndarray) -> Work[None]:
        """There is no code to copy from."""
        yield from ()

    @torch.no_grad()
    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Draw the rest, each pixel given those before it."""
        start = torch.from_numpy(image).expand(n, *image.shape)
        with self.drawing(seed):
            noise = torch.rand_like(start)
        path = on_cpu(self.model).path(n, noise=noise, x=start, known=torch.from_numpy(known))
        return (yield from to_the_end(path, image.size)).x.numpy()
