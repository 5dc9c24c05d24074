"""A GAN that is given an image: both players see it, and noise decides among the answers.

Mehdi Mirza, Simon Osindero, "Conditional Generative Adversarial Nets", 2014,
https://arxiv.org/abs/1411.1784
Phillip Isola, Jun-Yan Zhu, Tinghui Zhou, Alexei A. Efros, "Image-to-Image Translation with
Conditional Adversarial Networks" (pix2pix), 2017, https://arxiv.org/abs/1611.07004
Guy Ohayon, Theo Adrai, Gregory Vaksman, Michael Elad, Peyman Milanfar, "High Perceptual Quality
Image Denoising with a Posterior Sampling CGAN", 2021, https://arxiv.org/abs/2103.04192
"""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from model_zoo.adversarial import AdversarialModel
from model_zoo.base import Losses
from model_zoo.conditional import GivenImage
from model_zoo.u_net import UNet

LEAK = 0.1


class Critic(nn.Module):
    """Two convolutions of stride 2 and a score; it sees an image on top of what was given.

    Args:
        shape: shape of both together, (C + n_given, H, W).
        features: half of the feature maps at half the size; there are twice as many at a quarter.
    """

    def __init__(self, shape: tuple[int, ...], features: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        n_in, (height, width) = shape[0], shape[1:]
        for n_out in (2 * features, 4 * features):
            layers += [spectral_norm(nn.Conv2d(n_in, n_out, 4, stride=2, padding=1)),
                       nn.LeakyReLU(0.2)]
            n_in = n_out
            height, width = height // 2, width // 2
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(n_in * height * width, 1))

    def forward(self, both: Tensor) -> Tensor:
        """(B, C + n_given, H, W) -> scores (B,)."""
        scores: Tensor = self.layers(both).squeeze(-1)
        return scores


class ConditionalGAN(AdversarialModel):
    """A generator that turns noise and the image c into x, and a critic that sees c beside x.

    With the game alone the generator may ignore its noise: one good answer to each c deceives the
    critic as well as many. Two terms can stand beside the game. `l1`, that of pix2pix, pulls every
    answer to the truth: it makes them alike. `first_moment`, that of Ohayon et al., pulls the mean
    of the answers to it, which leaves them free to differ; with two answers a and b to each c,
    (x - a)(x - b) has that squared error as its mean.

    Args:
        shape: shape of one image, (C, H, W), at least 4 x 4; pixels lie in [0, 1].
        n_given: maps of the image that is given; 0 for none, and then it is a GAN.
        latent_dim: numbers of noise for one answer.
        features: feature maps of both nets at full size.
        game: what the players want, see `AdversarialModel`.
        l1, first_moment: weights of the two terms.
    """

    def __init__(self, shape: tuple[int, ...], n_given: int = 0, latent_dim: int = 8,
                 features: int = 16, *, game: str = "non_saturating", l1: float = 0.0,
                 first_moment: float = 1.0) -> None:
        if len(shape) != 3 or min(shape[1:]) < 4:
            raise ValueError(f"shape must be (C, H, W), H and W at least 4, got {shape!r}")
        super().__init__(shape, latent_dim, game=game)
        self.n_given, self.l1, self.first_moment = n_given, l1, first_moment
        channels, *size = shape
        self.seen = GivenImage(n_given, shape[1:])
        seen = max(1, n_given)
        self.generator = UNet((seen, *size), channels, features, latent_dim)
        self.discriminator = Critic((channels + seen, *size), features)

    def decode(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Turn noise (B, Z) and what is given into images (B, *shape).

        What lies outside of [0, 1] is cut off; while it trains, a tenth of it stays, so that a
        black pixel still has a slope.
        """
        painted: Tensor = self.generator(self.seen(z, context), z)
        inside = painted.clamp(0, 1)
        return inside + LEAK * (painted - inside) if self.training else inside

    def judge(self, packs: Tensor, context: Tensor | None) -> Tensor:
        """Return a score for each image beside what was given, (B, C, H, W) -> (B,)."""
        scores: Tensor = self.discriminator(
            torch.cat([packs, self.seen(packs, context)], 1))
        return scores

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return what the generator pays, for two answers to each image that is given."""
        n = len(x)
        twice = None if context is None else context.repeat(2, 1, 1, 1)
        answers = self.sample(2 * n, twice)
        one, other = answers.split(n)
        parts = {"game": self.game.generator(self.score(self._blur(answers), twice)).mean(),
                 "l1": (answers - x.repeat(2, 1, 1, 1)).abs().mean(),
                 "first_moment": ((x - one) * (x - other)).mean()}
        return {"loss": parts["game"] + self.l1 * parts["l1"]
                + self.first_moment * parts["first_moment"], **parts}
