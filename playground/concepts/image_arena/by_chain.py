"""A contestant that corrupts an image and guesses what it was, again and again."""

import numpy as np
import torch

from model_zoo.gsn import GSN
from playground.concepts.image_arena.trained_images import TrainedImages
from playground.experiments.base import Work
from playground.experiments.pieces import to_the_end

STEPS = 100  # of a completion


class ByChain(TrainedImages):
    """A generative stochastic network: it has no codes, and no density."""

    model: GSN

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new images, (n, C, H, W), a step of their chains in each piece."""
        found = yield from self.with_chance(seed, to_the_end(self.model.path(n)))
        return found.x.cpu().numpy()

    def copy(self, image: np.ndarray) -> Work[None]:
        """There is no code to copy from."""
        yield from ()

    @torch.no_grad()
    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Go on from noise; after each step what is known is put back."""
        x, stays = self.given(image), torch.from_numpy(known).to(self.device)

        def completed() -> Work[np.ndarray]:
            guess = torch.where(stays, x, self.model.corruption.noise(n, self.model.shape))
            for done in range(STEPS):
                yield done / STEPS
                guess = torch.where(stays, x, self.model.step(guess).x)
            return guess.cpu().numpy()

        return (yield from self.with_chance(seed, completed()))
