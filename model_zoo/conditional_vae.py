"""A VAE that is given an image: each code is one way to complete it.

Kihyuk Sohn, Xinchen Yan, Honglak Lee, "Learning Structured Output Representation using Deep
Conditional Generative Models", 2015
"""

import math

import torch
from torch import Tensor

from model_zoo.base import Conditional, GenerativeModel, HasBound, Losses, device_of
from model_zoo.coders import ConvEncoder
from model_zoo.conditional import GivenImage
from model_zoo.likelihoods import Bernoulli, Likelihood
from model_zoo.log_prob import Measure
from model_zoo.u_net import UNet


class ConditionalVAE(Conditional, GenerativeModel, HasBound):
    """A decoder that turns a code and the image c into x, and an encoder that guesses the code.

    Everything is given c: training maximises the evidence lower bound

        E_q[log p(x|z, c)] - KL(q(z|x, c) || p(z))  <=  log p(x|c).

    As in many uses of the paper the prior p(z) does not depend on c: what c says, the decoder
    sees.

    Args:
        shape: shape of one image, (C, H, W); pixels lie in [0, 1].
        n_given: maps of the image that is given; 0 for none, and then it is a VAE of p(x).
        latent_dim: numbers in a code.
        features: feature maps of the decoder at full size.
        beta: weight of the KL term; 1 makes the loss the negative bound.
        likelihood: p(x|z, c) of each number; Bernoulli where not given.
    """

    def __init__(self, shape: tuple[int, ...], n_given: int = 0, latent_dim: int = 8,
                 features: int = 16, beta: float = 1.0, *,
                 likelihood: Likelihood | None = None) -> None:
        if len(shape) != 3:
            raise ValueError(f"shape must be that of an image, (C, H, W), got {shape!r}")
        super().__init__(shape)
        self.n_given, self.latent_dim, self.beta = n_given, latent_dim, beta
        self.likelihood = likelihood or Bernoulli()
        channels, *size = shape
        self.seen = GivenImage(n_given, shape[1:])
        seen = max(1, n_given)
        self.encoder = ConvEncoder((channels + seen, *size), 2 * latent_dim, 4 * features)
        self.decoder = UNet((seen, *size), channels * self.likelihood.per_number, features,
                            latent_dim)

    @property
    def over(self) -> Measure:
        """What p(x|z) is over."""
        return self.likelihood.over

    def posterior(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return mean and log of the standard deviation of q(z|x, c), each (B, Z)."""
        both = torch.cat([x, self.seen(x, context)], 1)
        mu, log_sigma = self.encoder(both.flatten(1)).chunk(2, dim=-1)
        return mu, log_sigma.clamp(-8, 4)

    def tell(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Return what the decoder tells of each number, (B, Z) -> (B, D * n)."""
        told = self.decoder(self.seen(z, context), z)  # (B, C * n, H, W)
        return told.unflatten(1, (self.shape[0], -1)).movedim(2, -1).flatten(1)

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return reconstruction and KL in nats per image, and the loss made of them."""
        mu, log_sigma = self.posterior(x, context)
        z = mu + log_sigma.exp() * torch.randn_like(mu)  # the reparameterisation
        reconstruction = -self.likelihood.log_prob(x.flatten(1), self.tell(z, context)).mean()
        kl = 0.5 * (mu**2 + (2 * log_sigma).exp() - 1 - 2 * log_sigma).sum(1).mean()
        return {"loss": reconstruction + self.beta * kl, "reconstruction": reconstruction,
                "kl": kl}

    def log_prob_bound(self, x: Tensor, n_samples: int, context: Tensor | None = None) -> Tensor:
        """Return the importance weighted bound of log p(x|c), (B,); see `VAE.log_prob_bound`."""
        mu, log_sigma = self.posterior(x, context)
        bounds = []
        for _ in range(n_samples):
            noise = torch.randn_like(mu)
            z = mu + log_sigma.exp() * noise
            surplus = (0.5 * z**2 - 0.5 * noise**2 - log_sigma).sum(1)
            bounds.append(self.likelihood.log_prob(x.flatten(1), self.tell(z, context)) - surplus)
        return torch.stack(bounds).logsumexp(0) - math.log(n_samples)

    def decode(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the mean of p(x|z, c) for codes (B, Z), (B, C, H, W)."""
        return self.likelihood.mean(self.tell(z, context)).unflatten(-1, self.shape)

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw codes, then each number from p(x|z, c), (n, C, H, W)."""
        z = torch.randn(n, self.latent_dim, device=device_of(self))
        return self.likelihood.draw(self.tell(z, context)).unflatten(-1, self.shape)
