"""A contestant that turns noise into images: there is no way back but to search."""

import numpy as np
import torch
from torch import Tensor

from model_zoo.dcgan import DCGAN
from playground.concepts.image_arena.trained_images import TrainedImages
from playground.experiments.base import Work

AVERAGED_OVER = 100
STEPS, RATE = 100, 0.1
TRIES = 8


class ByNoise(TrainedImages):
    """A GAN: the noise of an image is searched for."""

    model: DCGAN

    def after_step(self) -> None:
        """Move the averaged generator."""
        self.model.follow(1 - 1 / AVERAGED_OVER)

    @property
    def n_weights(self) -> int:
        """How many numbers both players have learned, and not those of the average."""
        players = (self.model.generator, self.model.discriminator)
        return sum(weight.numel() for net in players for weight in net.parameters())

    def copy(self, image: np.ndarray) -> Work[np.ndarray]:
        """Decode the best noise that is found, (C, H, W)."""
        with self.drawing(0):
            start = self.model.draw_noise(TRIES)
        x = self.given(image)
        found, costs = yield from self._search(x, torch.ones_like(x), start)
        return found[costs.argmin()].cpu().numpy()

    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Search for noise whose image has the known part, and put that part back.

        R. Yeh et al., "Semantic Image Inpainting with Deep Generative Models", 2017,
        https://arxiv.org/abs/1607.07539; without its loss of the discriminator.
        """
        x, stays = self.given(image), torch.from_numpy(known).to(self.device)
        with self.drawing(seed):
            start = self.model.draw_noise(n)
        found, _ = yield from self._search(x, stays.expand(x.shape).float(), start)
        return torch.where(stays, x, found).cpu().numpy()

    def _search(self, x: Tensor, weight: Tensor, start: Tensor) -> Work[tuple[Tensor, Tensor]]:
        """Start at noise (n, Z) and go downhill by Adam.

        Returns:
            The images (n, C, H, W), and the squared errors that are left, (n,), of the pixels of
            `weight` 1; |z|^2 counts a little, so that the noise stays what it learned from.
        """
        z = start.requires_grad_()
        adam = torch.optim.Adam([z], RATE)
        for step in range(STEPS):
            yield step / STEPS
            with torch.enable_grad():
                adam.zero_grad()
                errors = (weight * (self.model.decode(z) - x) ** 2).flatten(1).sum(1)
                (errors + 0.01 * z.square().sum(1)).sum().backward(inputs=[z])
                adam.step()
        with torch.no_grad():
            images = self.model.decode(z)
            return images, (weight * (images - x) ** 2).flatten(1).sum(1)
