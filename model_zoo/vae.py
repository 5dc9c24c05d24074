"""The variational autoencoder, also conditional on a class.

Diederik P. Kingma and Max Welling, "Auto-Encoding Variational Bayes", 2014,
https://arxiv.org/abs/1312.6114
Irina Higgins et al., "beta-VAE: Learning Basic Visual Concepts with a Constrained Variational
Framework", 2017, https://openreview.net/forum?id=Sy2fzU9gl
Kihyuk Sohn, Xinchen Yan, Honglak Lee, "Learning Structured Output Representation using Deep
Conditional Generative Models", 2015
"""

import math

import torch
from torch import Tensor

from model_zoo.base import (
    Autoencoder,
    Conditional,
    GenerativeModel,
    HasBound,
    Losses,
    device_of,
    in_full,
)
from model_zoo.coders import coders
from model_zoo.conditional import ClassNumbers
from model_zoo.likelihoods import Bernoulli, Gaussian, Likelihood
from model_zoo.log_prob import Measure


class VAE(Conditional, GenerativeModel, HasBound, Autoencoder):
    """A decoder that turns a Gaussian code into data, and an encoder that guesses the code.

    The encoder gives q(z|x), a Gaussian with mean mu and standard deviation sigma for each datum.
    Training maximises the evidence lower bound (equation 10 of the paper)

        ELBO(x) = E_q[log p(x|z)] - KL(q(z|x) || p(z))  <=  log p(x).

    With classes, encoder and decoder are told the class y beside x and z, and everything is given
    y: q(z|x, y), p(x|z, y), a bound of log p(x|y). The methods then want y as their context, (B,).

    Args:
        shape: shape of one datum, (D,) or (C, H, W).
        latent_dim: numbers in a code.
        hidden: width of each hidden layer of the encoder; the decoder mirrors them.
        beta: weight of the KL term; 1 makes the loss the negative ELBO.
        kind: of encoder and decoder, see `coders`.
        likelihood: p(x|z); where not given, Bernoulli for images and Gaussian for vectors.
        n_classes: how many classes there are to be told; 0 for none.
        free_bits: nats that each latent dimension may cost for free (Kingma et al. 2016,
            https://arxiv.org/abs/1606.04934, equation 15).
        n_importance: K, codes per datum in the loss; more than one makes it the importance
            weighted bound, in which there are no free bits.
    """

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 2,
                 hidden: tuple[int, ...] = (256, 256), beta: float = 1.0, *, kind: str = "dense",
                 likelihood: Likelihood | None = None, n_classes: int = 0, free_bits: float = 0.0,
                 n_importance: int = 1) -> None:
        super().__init__(shape)
        self.latent_dim, self.n_classes = latent_dim, n_classes
        self.kl_weight: Tensor
        self.register_buffer("kl_weight", torch.tensor(float(beta)), persistent=False)
        self._beta = beta  # private, or a captured graph would be given up where it changes
        self.free_bits, self.n_importance = free_bits, n_importance
        self.likelihood = likelihood or (Bernoulli() if len(shape) == 3 else Gaussian())
        self.with_class = ClassNumbers(n_classes)
        self.encoder, self.decoder = coders(
            shape, 2 * latent_dim, latent_dim + n_classes, kind=kind, hidden=hidden,
            n_inputs=n_classes, per_pixel=self.likelihood.per_number)

    @property
    def over(self) -> Measure:
        """What p(x|z) is over."""
        return self.likelihood.over

    @property
    def beta(self) -> float:
        """Weight of the KL term; it may change while the model trains.

        The loss reads it from `kl_weight`, where the model lives: a captured graph sees it change.
        """
        return self._beta

    @beta.setter
    def beta(self, value: float) -> None:
        self._beta = value
        self.kl_weight.fill_(value)

    def posterior(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return mean and log of the standard deviation of q(z|x), each (B, Z)."""
        told = in_full(self.encoder(self.with_class(x.flatten(1), context)))
        mu, log_sigma = told.chunk(2, dim=-1)
        return mu, log_sigma.clamp(-8, 4)

    def tell(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Return what the decoder tells of data with these codes, (..., Z) -> (..., D * n)."""
        told = in_full(self.decoder(self.with_class(z, context).flatten(0, -2)))
        return told.unflatten(0, z.shape[:-1])

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return reconstruction and KL in nats per datum, and the loss made of them.

        With one code per datum it is reconstruction + beta KL; with K, equation 8 of Burda et al.
        with every code's log q(z|x) - log p(z) weighted by beta.
        """
        if self.n_importance > 1:
            log_likelihood, surplus = self.weigh(x, self.n_importance, context)
            bound = (log_likelihood - self.kl_weight * surplus).logsumexp(0) - math.log(
                self.n_importance)
            return {"loss": -bound.mean(), "reconstruction": -log_likelihood.mean(),
                    "kl": surplus.mean()}
        reconstruction, kl, _ = self.elbo_parts(x, context)
        cost = kl.mean(0).clamp_min(self.free_bits).sum()
        loss = reconstruction.mean() + self.kl_weight * cost
        return {"loss": loss, "reconstruction": reconstruction.mean(), "kl": kl.sum(-1).mean()}

    def elbo_parts(self, x: Tensor,
                   context: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Return what the ELBO is made of.

        Returns:
            -E_q[log p(x|z)] by one draw of z, (B,); the exact KL per dimension, (B, Z); and the
            means of q(z|x), (B, Z).
        """
        mu, log_sigma = self.posterior(x, context)
        z = mu + log_sigma.exp() * torch.randn_like(mu)  # the reparameterisation
        reconstruction = -self.likelihood.log_prob(x.flatten(1), self.tell(z, context))
        kl = 0.5 * (mu**2 + (2 * log_sigma).exp() - 1) - log_sigma
        return reconstruction, kl, mu

    def weigh(self, x: Tensor, n_samples: int,
              context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Draw `n_samples` codes per datum from q(z|x).

        Returns:
            log p(x|z) and log q(z|x) - log p(z) of each code, in nats, (K, B) each.
        """
        mu, log_sigma = self.posterior(x, context)
        noise = torch.randn(n_samples, *mu.shape, device=mu.device)  # (K, B, Z)
        z = mu + log_sigma.exp() * noise
        log_likelihood = self.likelihood.log_prob(x.flatten(1), self.tell(z, context))  # (K, B)
        return log_likelihood, (0.5 * z**2 - 0.5 * noise**2 - log_sigma).sum(-1)

    def log_prob_bound(self, x: Tensor, n_samples: int, context: Tensor | None = None) -> Tensor:
        """Return the importance weighted bound with `n_samples` draws of z per datum, (B,).

        Burda, Grosse and Salakhutdinov, "Importance Weighted Autoencoders", 2016, equation 8,
        https://arxiv.org/abs/1509.00519
        """
        log_likelihood, surplus = self.weigh(x, n_samples, context)
        return (log_likelihood - surplus).logsumexp(0) - math.log(n_samples)

    def encode(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the means of q(z|x), (B, Z)."""
        return self.posterior(x, context)[0]

    def decode(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the mean of p(x|z) for codes (B, Z), shape (B, *shape)."""
        return self.likelihood.mean(self.tell(z, context)).unflatten(-1, self.shape)

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw codes from the prior, then data from p(x|z), (n, *shape)."""
        z = torch.randn(n, self.latent_dim, device=device_of(self))
        return self.likelihood.draw(self.tell(z, context)).unflatten(-1, self.shape)
