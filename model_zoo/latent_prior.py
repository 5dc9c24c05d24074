"""A VAE whose codes get a prior that is learned after it.

The codes of all data together, the aggregate posterior q(z), are no N(0, I), whatever the bound
has asked for. With encoder and decoder frozen a better prior only changes one part of the bound,
the cross-entropy of q and p(z); the best one is q(z) itself (M. D. Hoffman, M. J. Johnson, "ELBO
surgery: yet another way to carve up the variational evidence lower bound", 2016). In two stages:
B. Dai, D. Wipf, "Diagnosing and Enhancing VAE Models", 2019, https://arxiv.org/abs/1903.05789;
R. Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", 2022,
https://arxiv.org/abs/2112.10752
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from model_zoo.base import Autoencoder, GenerativeModel, HasBound, Losses, Player, device_of
from model_zoo.code_priors import LOG_TAU, CodePrior, MixturePrior
from model_zoo.likelihoods import Likelihood
from model_zoo.log_prob import Measure
from model_zoo.vae import VAE

LOWEST_SCALE = 1e-4


@dataclass(frozen=True)
class Parts:
    """What the bound of each datum is made of, in nats, by one draw z of q(z|x).

    -ELBO = reconstruction - entropy + cost, where the cost is -log p(z) of some prior.

    Attributes:
        z: the codes, (B, Z).
        reconstruction: -log p(x|z), (B,).
        entropy: of q(z|x), exact, (B,).
        normal: -log N(z; 0, I), (B,).
    """

    z: Tensor
    reconstruction: Tensor
    entropy: Tensor
    normal: Tensor


class LatentPrior(GenerativeModel, HasBound, Autoencoder):
    """A VAE, and a prior of its codes: two players, of which the second never moves the first.

    The prior learns codes that are brought to mean 0 and variance 1, where `standardise` was
    called; log p(z) has the volume of that scaling taken off, so that it is a density of z.

    Args:
        shape: of one datum, (D,) or (C, H, W).
        latent_dim: numbers in a code, Z.
        hidden: widths of the encoder's hidden layers; the decoder mirrors them.
        beta: weight of the VAE's KL term.
        prior: of the codes; a mixture of ten Gaussians if it is not given.
        likelihood: p(x|z), see `VAE`.
        from_means: let the prior learn from the means of q(z|x) instead of samples: too narrow.

    Attributes:
        learns: 1 once it is the prior's turn, by `hand_over`; 0 before.
    """

    shift: Tensor
    log_scale: Tensor
    learns: Tensor

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 2,
                 hidden: tuple[int, ...] = (128, 128), *, beta: float = 1.0,
                 prior: CodePrior | None = None, likelihood: Likelihood | None = None,
                 from_means: bool = False) -> None:
        super().__init__(shape)
        self.vae = VAE(shape, latent_dim, hidden, beta, likelihood=likelihood)
        self.prior = prior or MixturePrior(latent_dim)
        self.from_means = from_means
        self.register_buffer("shift", torch.zeros(latent_dim))
        self.register_buffer("log_scale", torch.zeros(latent_dim))
        self.register_buffer("learns", torch.zeros(()))

    @property
    def over(self) -> Measure:
        """What p(x|z) is over."""
        return self.vae.over

    def players(self) -> list[Player]:
        """Return the VAE and the prior."""
        learning = [weight for weight in self.prior.parameters() if weight.requires_grad]
        return [Player("vae", list(self.vae.parameters()), self.vae.loss),
                Player("prior", learning, self.prior_loss)]

    def loss(self, x: Tensor) -> Losses:
        """Return both losses, and their sum; each moves its own player's weights alone."""
        vae, prior = self.vae.loss(x), self.prior_loss(x)["loss"]
        return vae | {"loss": vae["loss"] + prior, "prior": prior}

    def prior_loss(self, x: Tensor) -> Losses:
        """Return the loss of the prior on codes of data (B, *shape), which stay as they are."""
        return {"loss": self.prior.loss(self.inward(self.codes(x)))}

    # --- codes

    @torch.no_grad()
    def codes(self, x: Tensor) -> Tensor:
        """Return codes to learn from, (B, Z): draws of q(z|x), or its means."""
        mu, log_sigma = self.vae.posterior(x)
        return mu if self.from_means else mu + log_sigma.exp() * torch.randn_like(mu)

    def hand_over(self, x: Tensor, *, standardise: bool = True) -> None:
        """Let the prior begin, by the codes of these data (N, *shape)."""
        if standardise:
            self.standardise(x)
        self.prior.start_at(self.inward(self.codes(x)))
        self.learns.fill_(1.0)

    @torch.no_grad()
    def standardise(self, x: Tensor) -> None:
        """Let the codes of these data (N, *shape) have mean 0 and variance 1 for the prior."""
        z = self.codes(x)
        self.shift.copy_(z.mean(0))
        self.log_scale.copy_(z.std(0).clamp_min(LOWEST_SCALE).log())

    def inward(self, z: Tensor) -> Tensor:
        """Bring codes to the scale that the prior knows."""
        return (z - self.shift) * (-self.log_scale).exp()

    def outward(self, u: Tensor) -> Tensor:
        """Bring them back."""
        return self.shift + self.log_scale.exp() * u

    def log_prior(self, z: Tensor) -> Tensor:
        """Return log p(z) of the learned prior in nats, (B, Z) -> (B,)."""
        return self.prior.log_prob(self.inward(z)) - self.log_scale.sum()

    # --- what it says, and draws

    def parts(self, x: Tensor) -> Parts:
        """Return what the bound of data (B, *shape) is made of."""
        mu, log_sigma = self.vae.posterior(x)
        z = mu + log_sigma.exp() * torch.randn_like(mu)
        told = self.vae.likelihood.log_prob(x.flatten(1), self.vae.tell(z))
        return Parts(z, -told, (log_sigma + (1 + LOG_TAU) / 2).sum(1), normal_cost(z))

    def log_prob_bound(self, x: Tensor, n_samples: int) -> Tensor:
        """Return the importance weighted bound with the learned prior, (B,); see `VAE`."""
        each = []
        for _ in range(n_samples):
            mu, log_sigma = self.vae.posterior(x)
            noise = torch.randn_like(mu)
            z = mu + log_sigma.exp() * noise
            log_q = -(log_sigma + (noise.square() + LOG_TAU) / 2).sum(1)
            told = self.vae.likelihood.log_prob(x.flatten(1), self.vae.tell(z))
            each.append(told + self.log_prior(z) - log_q)
        return torch.stack(each).logsumexp(0) - math.log(n_samples)

    def encode(self, x: Tensor) -> Tensor:
        """Return the means of q(z|x), (B, Z)."""
        return self.vae.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """Return the mean of p(x|z), (B, *shape)."""
        return self.vae.decode(z)

    def carry(self, noise: Tensor) -> Tensor:
        """Turn noise from N(0, I), (n, Z), into codes of the learned prior."""
        return self.outward(self.prior.carry(noise))

    def sample(self, n: int) -> Tensor:
        """Draw codes from the learned prior, then data from p(x|z), (n, *shape)."""
        z = self.carry(torch.randn(n, self.vae.latent_dim, device=device_of(self)))
        return self.vae.likelihood.draw(self.vae.tell(z)).unflatten(-1, self.shape)


def normal_cost(z: Tensor) -> Tensor:
    """Return -log N(z; 0, I) in nats, (B, Z) -> (B,)."""
    return (z.square() + LOG_TAU).sum(1) / 2
