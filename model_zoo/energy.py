"""Energy-based models: a net says how high the energy of a datum lies, and p(x) = exp(-E(x)) / Z.

Y. LeCun et al., "A Tutorial on Energy-Based Learning", 2006,
http://yann.lecun.com/exdb/publis/pdf/lecun-06.pdf
Y. Du, I. Mordatch, "Implicit Generation and Generalization in Energy-Based Models", 2019,
https://arxiv.org/abs/1903.08689 (Langevin chains from a buffer of earlier ones)
E. Nijkamp et al., "Learning Non-Convergent Non-Persistent Short-Run MCMC Toward Energy-Based
Model", 2019, https://arxiv.org/abs/1904.09770 (short chains from noise)
"""

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_zoo.average import Averaged
from model_zoo.base import (
    GenerativeModel,
    HasLogProb,
    HasPath,
    Losses,
    Player,
    State,
    device_of,
    last,
)
from model_zoo.energy_losses import denoising, log_normal, noise_contrastive, sliced
from model_zoo.energy_nets import PictureEnergyNet, PointEnergyNet
from model_zoo.langevin import Langevin
from model_zoo.quadrature import summing

CHAINS = ("persistent", "short_run", "at_data")
RULES = (*CHAINS, "denoising", "sliced", "contrastive")
FARTHEST = 0.2  # that a coordinate is moved downhill in a step
LEAST_SPREAD = 0.05  # of the noise along each axis


@dataclass(frozen=True)
class Rule:
    """How an energy learns.

    Attributes:
        name: with Langevin chains, by the slope of the log-likelihood: "persistent" chains go on
            where they ended, "short_run" ones start from noise, those "at_data" at the batch
            (contrastive divergence). Without chains: "denoising" or "sliced" score matching, or
            "contrastive" to noise, with log Z as a parameter.
        n_steps: of the chains in an update.
        n_chains: how many persistent chains there are.
        restarts: share of them that begins anew from noise in an update.
        penalty: weight of the mean squared energy of data and fantasies in the loss, by chains.
        sigma: deviation of the noise of denoising score matching.
        noise_width: deviation of the noise that data are told from, as a multiple of their own.
    """

    name: str = "contrastive"
    n_steps: int = 20
    n_chains: int = 500
    restarts: float = 0.01
    penalty: float = 0.003
    sigma: float = 0.1
    noise_width: float = 2.0

    def __post_init__(self) -> None:
        if self.name not in RULES:
            raise ValueError(f"name must be one of {RULES}, got {self.name!r}")


class EnergyModel(GenerativeModel, HasPath):
    """E(x) = f(x) + |x|^2 / (2 width^2), with a net f, and p(x) = exp(-E(x)) / Z.

    The second term confines: without it Z need not be finite. Where f is 0 the model is the normal
    distribution N(0, width^2 I), from which chains start.

    Args:
        shape: of one datum.
        net: f, of data in the model's own space (see `inward`), (B, *shape) -> (B,).
        rule: how it learns.
        width: of the term that confines.
        step, noise: of the chains, see `Langevin`.
        path_steps: of the chains that draw.
        decay: of the mean of the weights, by which it answers; 0 for no mean.
    """

    chains: Tensor
    noise_mean: Tensor
    noise_root: Tensor

    def __init__(self, shape: tuple[int, ...], net: nn.Module, rule: Rule, *, width: float,
                 step: float, noise: float, path_steps: int, decay: float) -> None:
        super().__init__(shape)
        n = math.prod(shape)
        self.net, self.rule, self.width = Averaged(net, decay), rule, width
        self.step, self.noise_scale, self.path_steps = step, noise, path_steps
        self.log_normaliser = nn.Parameter(torch.zeros(()),
                                           requires_grad=rule.name == "contrastive")
        self.register_buffer("chains", width * torch.randn(rule.n_chains, *shape))
        self.register_buffer("noise_mean", torch.zeros(n))
        self.register_buffer("noise_root", torch.eye(n))

    @abstractmethod
    def inward(self, x: Tensor) -> Tensor:
        """Bring data (B, *shape) into the space in which energies are; noise may be added."""

    @abstractmethod
    def outward(self, x: Tensor) -> Tensor:
        """Bring what chains have drawn, (B, *shape), back to data."""

    @torch.no_grad()
    def start_at(self, x: Tensor) -> None:
        """Let the noise that data are told from have the mean and covariance of data (B, ...)."""
        inner = self.inward(x).flatten(1).cpu().double()
        spread = inner.T.cov().view(len(self.noise_mean), -1)
        root = torch.linalg.cholesky(spread + LEAST_SPREAD**2 * torch.eye(len(spread)))
        self.noise_mean.copy_(inner.mean(0))
        self.noise_root.copy_(root)

    @property
    def sampler(self) -> Langevin:
        """The chains as they go now."""
        return Langevin(self.step, self.noise_scale, FARTHEST)

    def energy(self, x: Tensor) -> Tensor:
        """Return E(x) in nats, (B,), of data in the model's own space, by the mean weights."""
        return self._confined(self.net.mean(x), x)

    def learning_energy(self, x: Tensor) -> Tensor:
        """Return the same by the weights that learn."""
        return self._confined(self.net.net(x), x)

    def _confined(self, found: Tensor, x: Tensor) -> Tensor:
        return found + x.flatten(1).square().sum(1) / (2 * self.width**2)

    def noise(self, n: int) -> Tensor:
        """Return where n chains start, (n, *shape): drawn from the model without its net."""
        return self.width * torch.randn(n, *self.shape, device=device_of(self))

    # --- learning

    def players(self) -> list[Player]:
        """One player; by chains its loss is a surrogate, of which only the gradient is right."""
        learning = [weight for weight in self.parameters() if weight.requires_grad]
        return [Player("model", learning, self.loss, falls=self.rule.name not in CHAINS)]

    def loss(self, x: Tensor) -> Losses:
        """Return the loss of the rule for a batch (B, *shape)."""
        rule, x = self.rule, self.inward(x)
        if self.training and torch.is_grad_enabled():
            self.net.take_in()
        if rule.name == "denoising":
            return {"loss": denoising(self.learning_energy, x, rule.sigma)}
        if rule.name == "sliced":
            return {"loss": sliced(self.learning_energy, x)}
        if rule.name == "contrastive":
            drawn = self.contrast(len(x))
            return {"loss": noise_contrastive(self._log_ratio(x), self._log_ratio(drawn))}
        data = self.learning_energy(x)
        dreamt = self.learning_energy(self.fantasies(x))
        squares = (data.square() + dreamt.square()).mean() / 2
        return {"loss": data.mean() - dreamt.mean() + rule.penalty * squares}

    def fantasies(self, x: Tensor) -> Tensor:
        """Return what Langevin chains of an update have come to, (B, *shape), held fixed.

        Args:
            x: the batch in the model's own space, (B, *shape).
        """
        rule, walk = self.rule, self.sampler.after
        if rule.name == "at_data":
            return walk(self.learning_energy, x, rule.n_steps).detach()
        if rule.name == "short_run":
            return walk(self.learning_energy, self.noise(len(x)), rule.n_steps).detach()
        with torch.no_grad():
            n = min(len(x), len(self.chains))
            rows = torch.rand(len(self.chains), device=x.device).argsort()[:n]
            anew = torch.rand(n, device=x.device) < rule.restarts
            anew = anew.view(n, *[1] * len(self.shape))
            start = torch.where(anew, self.noise(n), self.chains[rows])
            end = walk(self.learning_energy, start, rule.n_steps).detach()
            self.chains.index_copy_(0, rows, end)
            return end

    def contrast(self, n: int) -> Tensor:
        """Draw n data of the noise that data are told from, (n, *shape)."""
        root = self.rule.noise_width * self.noise_root
        drawn = self.noise_mean + torch.randn(n, len(root), device=root.device) @ root.T
        return drawn.view(n, *self.shape)

    def _log_ratio(self, x: Tensor) -> Tensor:
        """Return log p by the learned log Z, less log p of the noise, (B,)."""
        noise = log_normal(x.flatten(1), self.noise_mean, self.rule.noise_width * self.noise_root)
        return -self.learning_energy(x) - self.log_normaliser - noise

    # --- drawing

    @torch.no_grad()
    def path(self, n: int) -> Iterator[State]:
        """Walk from noise, `path_steps` steps; n chains."""
        chains = self.sampler.walk(self.energy, self.noise(n))
        for _step in range(self.path_steps):
            yield State(self.outward(next(chains)))

    def sample(self, n: int) -> Tensor:
        """Draw n data by chains from noise, (n, *shape)."""
        return last(self.path(n))


class PointEnergy(EnergyModel, HasLogProb):
    """Of points of the plane, where Z is a quadrature: log p is exact up to that.

    Args:
        shape: (2,).
        net: f; dense layers, if not given.
        rule, width, step, noise, path_steps, decay: see `EnergyModel`.

    Raises:
        ValueError: data are no points of the plane.
    """

    over = "reals"

    def __init__(self, shape: tuple[int, ...] = (2,), net: nn.Module | None = None,
                 rule: Rule | None = None, *, width: float = 1.5, step: float = 0.002,
                 noise: float = 1.0, path_steps: int = 100, decay: float = 0.99) -> None:
        if shape != (2,):
            raise ValueError(f"shape must be (2,), got {shape!r}")
        super().__init__(shape, net or PointEnergyNet(2), rule or Rule(), width=width, step=step,
                         noise=noise, path_steps=path_steps, decay=decay)

    def inward(self, x: Tensor) -> Tensor:
        """Points are as they are."""
        return x

    def outward(self, x: Tensor) -> Tensor:
        """Points are as they are."""
        return x

    def summing(self) -> Iterator[Tensor]:
        """Sum exp(-E) over the plane: yield parts whose logsumexp is log Z; see `quadrature`."""
        return summing(self.energy, device_of(self))

    def log_z(self) -> float:
        """Return log Z in nats; see `summing`."""
        return torch.stack(list(self.summing())).logsumexp(0).item()

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, (B,)."""
        return -self.energy(x) - self.log_z()


class PictureEnergy(EnergyModel):
    """Of grey pictures: pixels from -1 to 1, with noise, so that a density can be learned.

    Args:
        shape: (C, H, W).
        net: f; convolutions, if not given.
        rule, width, step, noise, path_steps, decay: see `EnergyModel`.
        pixel_noise: deviation of what is added to pixels from -1 to 1 in learning.

    Raises:
        ValueError: data are no pictures, or their sides do not fit.
    """

    def __init__(self, shape: tuple[int, ...], net: nn.Module | None = None,
                 rule: Rule | None = None, *, width: float = 1.0, step: float = 0.01,
                 noise: float = 1.0, path_steps: int = 100, decay: float = 0.99,
                 pixel_noise: float = 0.1) -> None:
        if len(shape) != 3:
            raise ValueError(f"shape must be (C, H, W), got {shape!r}")
        super().__init__(shape, net or PictureEnergyNet(shape), rule or Rule(), width=width,
                         step=step, noise=noise, path_steps=path_steps, decay=decay)
        self.pixel_noise = pixel_noise

    def inward(self, x: Tensor) -> Tensor:
        """Bring pixels from [0, 1] to [-1, 1], with noise."""
        return 2 * x - 1 + self.pixel_noise * torch.randn_like(x)

    def outward(self, x: Tensor) -> Tensor:
        """Bring pixels back to [0, 1]; what lies outside stays there."""
        return (x + 1) / 2
