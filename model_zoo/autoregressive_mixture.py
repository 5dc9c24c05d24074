"""An autoregressive model of real numbers: each coordinate a mixture of Gaussians.

Benigno Uria, Iain Murray, Hugo Larochelle, "RNADE: The real-valued neural autoregressive
density-estimator", 2013, https://arxiv.org/abs/1306.0186
Christopher M. Bishop, "Mixture density networks", 1994
"""

import math

import torch
from torch import Tensor, nn

from model_zoo.base import GenerativeModel, HasLogProb, Losses, device_of
from model_zoo.coders import mlp
from model_zoo.likelihoods import HIGHEST_LOG_SIGMA, LOWEST_LOG_SIGMA, draw_level

REACH = 1.5  # the Gaussians start between -REACH and REACH


class AutoregressiveMixture(GenerativeModel, HasLogProb):
    """The chain rule on vectors: p(x) = p(x_1) p(x_2 | x_1) p(x_3 | x_1, x_2) ...

    Each factor is a mixture of K Gaussians. Those of the first coordinate are parameters, those of
    any other coordinate are told by a net of its own that sees the coordinates before it. Unlike
    in RNADE, the nets share no weights.

    Args:
        shape: shape of one datum, (D,).
        n_components: K, Gaussians of each factor.
        hidden: width of each hidden layer of the nets.
    """

    over = "reals"

    def __init__(self, shape: tuple[int, ...], n_components: int = 10,
                 hidden: tuple[int, ...] = (64, 64)) -> None:
        super().__init__(shape)
        if len(shape) != 1:
            raise ValueError(f"shape must be that of a vector, (D,), got {shape!r}")
        if n_components < 1:
            raise ValueError(f"n_components must be >= 1, got {n_components!r}")
        told = 3 * n_components
        self.first = nn.Parameter(torch.zeros(told))
        self.nets = nn.ModuleList(mlp(before, *hidden, told) for before in range(1, shape[0]))
        start = torch.zeros(3, n_components)
        start[1] = torch.linspace(-REACH, REACH, n_components) if n_components > 1 else 0
        start[2] = -1
        self.start: Tensor
        self.register_buffer("start", start, persistent=False)

    def factor(self, x: Tensor, coordinate: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return log weights, means and log standard deviations of p(x_i | x_1 ... x_{i-1}).

        Args:
            x: the coordinates before it, (B, i), or more, which are not looked at.
            coordinate: i, from 0.

        Returns:
            Three tensors (B, K).
        """
        told = (self.nets[coordinate - 1](x[:, :coordinate]) if coordinate
                else self.first.expand(len(x), -1))
        logits, means, log_sigmas = (told.unflatten(-1, (3, -1)) + self.start).unbind(1)
        return (logits.log_softmax(-1), means,
                log_sigmas.clamp(LOWEST_LOG_SIGMA, HIGHEST_LOG_SIGMA))

    def log_probs(self, x: Tensor) -> Tensor:
        """Return log p(x_i | x_1 ... x_{i-1}) in nats of each coordinate, (B, D)."""
        columns = []
        for i in range(self.shape[0]):
            log_weights, means, log_sigmas = self.factor(x, i)
            scaled = (x[:, i : i + 1] - means) * torch.exp(-log_sigmas)
            normal = -0.5 * scaled**2 - log_sigmas - 0.5 * math.log(2 * math.pi)
            columns.append((log_weights + normal).logsumexp(-1))
        return torch.stack(columns, 1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, (B,): the sum over the coordinates, exact."""
        return self.log_probs(x).sum(1)

    def loss(self, x: Tensor) -> Losses:
        """Return -log p(x): the mean in nats per datum."""
        return {"loss": -self.log_prob(x).mean()}

    def sample(self, n: int) -> Tensor:
        """Draw `n` new data (n, D), coordinate by coordinate: pick a Gaussian, draw from it."""
        x = torch.zeros(n, 0, device=device_of(self))
        for i in range(self.shape[0]):
            log_weights, means, log_sigmas = self.factor(x, i)
            chosen = draw_level(log_weights.exp())[:, None]
            drawn = means.gather(1, chosen) + log_sigmas.gather(1, chosen).exp() * torch.randn(
                n, 1, device=x.device)
            x = torch.cat([x, drawn], 1)
        return x
