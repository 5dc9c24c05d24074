"""Priors of codes: densities of a few numbers that learn from codes and draw new ones.

J. M. Tomczak, M. Welling, "VAE with a VampPrior", 2018, https://arxiv.org/abs/1705.07120, names
what they have to become: the mean of all posteriors. Flows: D. J. Rezende, S. Mohamed, 2015,
https://arxiv.org/abs/1505.05770. Diffusion: A. Vahdat, K. Kreis, J. Kautz, "Score-based Generative
Modeling in Latent Space", 2021, https://arxiv.org/abs/2106.05931
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from model_zoo.base import last
from model_zoo.coupling_flow import CouplingFlow
from model_zoo.diffusion import PointDiffusion
from model_zoo.diffusion_likelihood import log_prob_steps
from model_zoo.diffusion_samplers import DDIM
from model_zoo.elementwise_flow import ElementwiseFlow
from model_zoo.flow import Flow
from model_zoo.time_nets import PointNet

LOG_TAU = math.log(2 * math.pi)


class CodePrior(nn.Module, ABC):
    """A density p(z) of codes of about mean 0 and variance 1, (B, Z)."""

    def start_at(self, z: Tensor) -> None:
        """Set the first weights by some codes (B, Z), where that helps."""

    def loss(self, z: Tensor) -> Tensor:
        """Return what is minimised: -log p(z) in nats, or what stands for it; a mean."""
        return -self.log_prob(z).mean()

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z) in nats, (B,)."""
        *_, found = self.rating(z)
        return found

    @abstractmethod
    def rating(self, z: Tensor) -> Iterator[Tensor]:
        """Find log p(z) in pieces; the last one that is yielded, (B,), counts."""

    @abstractmethod
    def carry(self, noise: Tensor) -> Tensor:
        """Turn noise from N(0, I), (n, Z), into codes, (n, Z)."""


class MixturePrior(CodePrior):
    """Gaussians, each with a covariance of its own, learned by gradient.

    Each is told by the matrix L with precision L L^T: triangular, with a positive diagonal.

    Args:
        dim: Z, numbers of a code.
        components: how many Gaussians.
    """

    def __init__(self, dim: int, components: int = 10) -> None:
        super().__init__()
        self.means = nn.Parameter(torch.randn(components, dim))
        self.log_diagonal = nn.Parameter(torch.full((components, dim), 0.5))
        self.below = nn.Parameter(torch.zeros(components, dim, dim))
        self.logits = nn.Parameter(torch.zeros(components))

    def _roots(self) -> Tensor:
        return self.below.tril(-1) + torch.diag_embed(self.log_diagonal.exp())  # (K, Z, Z)

    def rating(self, z: Tensor) -> Iterator[Tensor]:
        """Yield the logarithm of the weighted sum of all Gaussians."""
        white = torch.einsum("bkz,kzy->bky", z[:, None] - self.means, self._roots())
        each = self.log_diagonal.sum(1) - (white.square() + LOG_TAU).sum(2) / 2
        yield (each + self.logits.log_softmax(0)).logsumexp(1)

    def carry(self, noise: Tensor) -> Tensor:
        """Choose a Gaussian for each code, and bring the noise there."""
        chosen = torch.multinomial(self.logits.softmax(0), len(noise), replacement=True)
        roots = self._roots()[chosen]
        moved = torch.linalg.solve_triangular(roots, noise[:, None], upper=False, left=False)
        return self.means[chosen] + moved[:, 0]


class FlowPrior(CodePrior):
    """A normalizing flow of couplings; of a single number, one of rising curves.

    Args:
        dim: Z, numbers of a code.
        layers: couplings.
        hidden: units of the two layers of each coupling's net.
    """

    def __init__(self, dim: int, layers: int = 6, hidden: int = 48) -> None:
        super().__init__()
        self.flow: Flow = (ElementwiseFlow((1,)) if dim == 1 else
                           CouplingFlow((dim,), layers, (hidden, hidden)))

    def start_at(self, z: Tensor) -> None:
        """Let its first layers scale by these codes."""
        self.flow.start_at(z)

    def rating(self, z: Tensor) -> Iterator[Tensor]:
        """Yield log p(z), exact."""
        yield self.flow.log_prob(z)

    def carry(self, noise: Tensor) -> Tensor:
        """Bend the noise."""
        return self.flow.decode(noise)


class DiffusionPrior(CodePrior):
    """Diffusion of codes: latent diffusion in miniature.

    Args:
        dim: Z, numbers of a code.
        hidden: units of each layer of the net.
        steps: in which codes are drawn.
    """

    def __init__(self, dim: int, hidden: int = 128, steps: int = 30) -> None:
        super().__init__()
        self.diffusion = PointDiffusion((dim,), PointNet(dim, hidden), decay=0.99,
                                        sampler=DDIM(steps=steps))

    def loss(self, z: Tensor) -> Tensor:
        """Return the squared error of what the net takes off, at random noise levels."""
        return self.diffusion.loss(z)["loss"]

    def rating(self, z: Tensor) -> Iterator[Tensor]:
        """Yield log p(z) of its ODE after each step of the solver: exact but for the solver."""
        for state in log_prob_steps(self.diffusion.denoiser(), self.diffusion.schedule, z,
                                    tolerance=1e-3):
            yield state.log_prob

    def carry(self, noise: Tensor) -> Tensor:
        """Take the noise off, step by step."""
        scale = self.diffusion.schedule.scale(torch.ones((), device=noise.device))
        return last(self.diffusion.walk(scale * noise))
