"""A restricted Boltzmann machine of points: Gaussian visible units, binary hidden ones.

R. Salakhutdinov, G. Hinton, "Reducing the Dimensionality of Data with Neural Networks", 2006,
https://www.cs.toronto.edu/~hinton/science.pdf
K. Cho, A. Ilin, T. Raiko, "Improved Learning of Gaussian-Bernoulli Restricted Boltzmann Machines",
2011, https://doi.org/10.1007/978-3-642-21735-7_2
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from model_zoo.base import HasLogProb, device_of
from model_zoo.boltzmann import Restricted
from model_zoo.enumeration import all_states

WIDE = 2.0  # deviation of the points from which chains start
NARROW = 0.5  # of the bumps at the start, as a share of the data's own deviation


class GaussianRBM(Restricted, HasLogProb):
    """E(x, h) = sum_i ((x_i - b_i)^2 / 2 - x_i (W h)_i) / s_i^2 - c.h, with each h 0 or 1.

    Given the hidden units a point is Gaussian around b + W h, with deviations s. So p(x) is a
    mixture of as many Gaussians as there are states h, all of one shape, and their means are
    corners of a box that is squeezed into the plane: W has few columns to place so many.

    Attributes:
        log_scale: log s, (D,).
    """

    over = "reals"
    axes = 1

    def __init__(self, shape: tuple[int, ...], n_hidden: int = 10, *, rule: str = "cd", k: int = 1,
                 n_chains: int = 64, n_temperatures: int = 10, decay: float = 0.0,
                 n_steps: int = 100) -> None:
        super().__init__(shape, n_hidden, rule=rule, k=k, n_chains=n_chains,
                         n_temperatures=n_temperatures, decay=decay, n_steps=n_steps)
        self.log_scale = nn.Parameter(torch.zeros(len(self.visible)))

    @torch.no_grad()
    def start_at(self, x: Tensor) -> None:
        """Let bumps lie in the middle of data (N, D), half as wide as they, before training."""
        self.base.copy_(x.mean(0))
        self.visible.copy_(self.base)
        self.log_scale.copy_((NARROW * x.std(0)).log())

    # --- energies and chances

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """Return E(x, h) in nats, (...), of points (..., D) and hidden units (..., H)."""
        bowl = (v - self.visible).square() / 2 - v * (h @ self.weights.T)
        return (bowl * self._precision).sum(-1) - h @ self.hidden

    def free_energy(self, v: Tensor) -> Tensor:
        """Return F(x) = -log sum_h exp(-E(x, h)) in nats, (B,), of points (B, D)."""
        bowl = ((v - self.visible).square() * self._precision).sum(1) / 2
        return bowl - softplus((v * self._precision) @ self.weights + self.hidden).sum(1)

    def hidden_chances(self, v: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Return p(h = 1 | x), (..., H), of points (..., D)."""
        return torch.sigmoid(((v * self._precision) @ self.weights + self.hidden) / temperature)

    def visible_means(self, h: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Return where the bumps of hidden units (..., H) lie, (..., D)."""
        return self.visible + h @ self.weights.T

    def draw_visible(self, means: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Draw points of the bumps there, (..., D)."""
        heat = torch.as_tensor(temperature, device=means.device).sqrt()
        return means + heat * self.log_scale.exp() * torch.randn_like(means)

    def noise(self, n: int) -> Tensor:
        """Return points of a wide Gaussian, (n, D)."""
        return WIDE * torch.randn(n, len(self.visible), device=device_of(self))

    @property
    def _precision(self) -> Tensor:
        return torch.exp(-2 * self.log_scale)

    # --- the density, exact

    def bumps(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Sum over all hidden states, in float64 on the CPU.

        Yields:
            The logs of the masses of some bumps, whose logsumexp over all is log Z, (N,), and
            their means, (N, D).

        Raises:
            ValueError: there are more than 20 hidden units.
        """
        weights, visible, hidden, log_scale = (
            each.detach().cpu().double()
            for each in (self.weights, self.visible, self.hidden, self.log_scale))
        area = log_scale.sum() + len(visible) / 2 * math.log(2 * math.pi)
        for h in all_states(len(hidden), len(visible)):
            lift = h @ weights.T  # (N, D)
            gain = (lift * (visible + lift / 2) * torch.exp(-2 * log_scale)).sum(1)
            yield area + h @ hidden + gain, visible + lift

    def summing(self) -> Iterator[Tensor]:
        """Yield parts whose logsumexp is log Z, scalars; see `bumps`."""
        for masses, _means in self.bumps():
            yield masses.logsumexp(0)

    def log_z(self) -> float:
        """Return log Z in nats, exact."""
        return torch.stack(list(self.summing())).logsumexp(0).item()

    def exact_log_prob(self, x: Tensor, log_z: float) -> Tensor:
        """Return log p(x) in nats, (B,), of points (B, D), by the machine's `log_z()`."""
        return -self.free_energy(x) - log_z

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, (B,), of points (B, D)."""
        return self.exact_log_prob(x, self.log_z())
