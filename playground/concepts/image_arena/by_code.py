"""A contestant with an encoder and a decoder."""

import numpy as np
import torch

from model_zoo.vae import VAE
from playground.concepts.image_arena.trained_images import TrainedImages
from playground.experiments.base import Work

ROUNDS = 30


class ByCode(TrainedImages):
    """A VAE: its encoder finds the code of an image."""

    model: VAE

    @torch.no_grad()
    def copy(self, image: np.ndarray) -> Work[np.ndarray]:
        """Decode the mean code of the image, (C, H, W)."""
        yield None
        return self.model.decode(self.model.encode(self.given(image[None])))[0].cpu().numpy()

    @torch.no_grad()
    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Guess the code, draw an image from it, put the known part back; and again.

        This Markov chain has p(missing | known) as its limit, if the encoder were exact. D.
        Rezende, S. Mohamed, D. Wierstra, "Stochastic Backpropagation and Approximate Inference in
        Deep Generative Models", 2014, appendix F, https://arxiv.org/abs/1401.4082
        """
        model, x, stays = self.model, self.given(image), torch.from_numpy(known).to(self.device)

        def completed() -> Work[np.ndarray]:
            guess = torch.where(stays, x, model.sample(n))
            for done in range(ROUNDS):
                yield done / ROUNDS
                mu, log_sigma = model.posterior(guess)
                z = mu + log_sigma.exp() * torch.randn_like(mu)
                drawn = model.likelihood.draw(model.tell(z)).unflatten(1, x.shape)
                guess = torch.where(stays, x, drawn)
            return guess.cpu().numpy()

        return (yield from self.with_chance(seed, completed()))
