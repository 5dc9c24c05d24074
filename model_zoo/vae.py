"""The variational autoencoder.

Diederik P. Kingma and Max Welling, "Auto-Encoding Variational Bayes", 2014,
https://arxiv.org/abs/1312.6114
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.base import Autoencoder, GenerativeModel, HasBound, Losses, device_of
from model_zoo.coders import mlp


class Bernoulli(nn.Module):
    """p(x|z) for pixels that are 0 or 1: one probability per pixel, given by its logit."""

    def log_prob(self, x: Tensor, logits: Tensor) -> Tensor:
        """Return log p(x|z) in nats, summed over all pixels: (..., D), (..., D) -> (...)."""
        return -F.binary_cross_entropy_with_logits(
            logits, x.expand_as(logits), reduction="none"
        ).sum(-1)

    def mean(self, logits: Tensor) -> Tensor:
        """Return the probability that each pixel is 1."""
        return logits.sigmoid()

    def draw(self, logits: Tensor) -> Tensor:
        """Draw pixels, each 0 or 1."""
        return torch.bernoulli(logits.sigmoid())


class Gaussian(nn.Module):
    """p(x|z) for real numbers: a mean per coordinate and one learned variance for all."""

    def __init__(self) -> None:
        super().__init__()
        self.log_sigma = nn.Parameter(torch.tensor(-1.0))

    def log_prob(self, x: Tensor, mean: Tensor) -> Tensor:
        """Return log p(x|z) in nats, summed over all coordinates: (..., D), (..., D) -> (...)."""
        scaled = (x - mean) * torch.exp(-self.log_sigma)
        return (-0.5 * scaled**2 - self.log_sigma - 0.5 * math.log(2 * math.pi)).sum(-1)

    def mean(self, mean: Tensor) -> Tensor:
        """Return the mean itself."""
        return mean

    def draw(self, mean: Tensor) -> Tensor:
        """Draw each coordinate around its mean."""
        return mean + self.log_sigma.exp() * torch.randn_like(mean)


class VAE(GenerativeModel, HasBound, Autoencoder):
    """A decoder that turns a Gaussian code into data, and an encoder that guesses the code.

    The encoder gives q(z|x), a Gaussian with mean mu and standard deviation sigma for each datum.
    Training maximises the evidence lower bound (equation 10 of the paper)

        ELBO(x) = E_q[log p(x|z)] - KL(q(z|x) || p(z))  <=  log p(x).

    Args:
        shape: shape of one datum; images (C, H, W) get a Bernoulli decoder, vectors (D,) a
            Gaussian one.
        latent_dim: numbers in a code.
        hidden: width of each hidden layer of the encoder; the decoder mirrors them.
        beta: weight of the KL term; 1 makes the loss the negative ELBO.
    """

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 2,
                 hidden: tuple[int, ...] = (256, 256), beta: float = 1.0) -> None:
        super().__init__(shape)
        self.latent_dim = latent_dim
        self.beta = beta
        d = math.prod(shape)
        self.encoder = mlp(d, *hidden, 2 * latent_dim)
        self.decoder = mlp(latent_dim, *reversed(hidden), d)
        self.likelihood = Bernoulli() if len(shape) == 3 else Gaussian()

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log of the standard deviation of q(z|x), each (B, Z)."""
        mu, log_sigma = self.encoder(x.flatten(1)).chunk(2, dim=-1)
        return mu, log_sigma.clamp(-8, 4)

    def loss(self, x: Tensor) -> Losses:
        """Return reconstruction and KL in nats per datum, and reconstruction + beta KL."""
        reconstruction, kl, _ = self.elbo_parts(x)
        reconstruction, kl = reconstruction.mean(), kl.sum(-1).mean()
        loss = reconstruction + self.beta * kl
        return {"loss": loss, "reconstruction": reconstruction, "kl": kl}

    def elbo_parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what the ELBO is made of.

        Returns:
            -E_q[log p(x|z)] by one draw of z, (B,); the exact KL per dimension, (B, Z); and the
            means of q(z|x), (B, Z).
        """
        mu, log_sigma = self.posterior(x)
        z = mu + log_sigma.exp() * torch.randn_like(mu)  # the reparameterisation
        reconstruction = -self.likelihood.log_prob(x.flatten(1), self.decoder(z))
        kl = 0.5 * (mu**2 + (2 * log_sigma).exp() - 1) - log_sigma
        return reconstruction, kl, mu

    def log_prob_bound(self, x: Tensor, n_samples: int) -> Tensor:
        """Return the importance weighted bound with `n_samples` draws of z per datum, (B,).

        Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", 2016, equation 8,
        https://arxiv.org/abs/1509.00519
        """
        mu, log_sigma = self.posterior(x)
        noise = torch.randn(n_samples, *mu.shape, device=mu.device)  # (K, B, Z)
        z = mu + log_sigma.exp() * noise
        log_likelihood = self.likelihood.log_prob(x.flatten(1), self.decoder(z))  # (K, B)
        log_prior = (-0.5 * z**2).sum(-1)
        log_posterior = (-0.5 * noise**2 - log_sigma).sum(-1)
        log_weights = log_likelihood + log_prior - log_posterior
        return log_weights.logsumexp(0) - math.log(n_samples)

    def encode(self, x: Tensor) -> Tensor:
        """Return the means of q(z|x), (B, Z)."""
        return self.posterior(x)[0]

    def decode(self, z: Tensor) -> Tensor:
        """Return the mean of p(x|z) for codes (B, Z), shape (B, *shape)."""
        return self.likelihood.mean(self.decoder(z)).unflatten(-1, self.shape)

    def sample(self, n: int) -> Tensor:
        """Draw codes from the prior, then data from p(x|z), (n, *shape)."""
        z = torch.randn(n, self.latent_dim, device=device_of(self))
        return self.likelihood.draw(self.decoder(z)).unflatten(-1, self.shape)
