"""Langevin chains: downhill on an energy, with noise, until the start is forgotten.

G. O. Roberts, R. L. Tweedie, "Exponential convergence of Langevin distributions and their discrete
approximations", 1996, https://doi.org/10.2307/3318418
M. Welling, Y. W. Teh, "Bayesian Learning via Stochastic Gradient Langevin Dynamics", 2011,
https://www.stats.ox.ac.uk/~teh/research/compstats/WelTeh2011a.pdf
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

Energy = Callable[[Tensor], Tensor]  # data (B, *shape) -> nats (B,)


@dataclass(frozen=True)
class Langevin:
    """The chain x <- x - step / 2 * E'(x) + noise * sqrt(step) * xi, with xi from N(0, I).

    As the steps shrink it draws from exp(-E / T) with the temperature T = noise^2: from the model
    itself where `noise` is 1, and from something narrower where it is less. JEM's code adds noise
    of deviation 0.01 to steps of E'(x) itself (W. Grathwohl et al., "Your Classifier is Secretly
    an Energy Based Model and You Should Treat it Like One", 2020,
    https://arxiv.org/abs/1912.03263): that is a step of 2 here, and T = 0.01^2 / 2 = 5e-5.

    Attributes:
        step: how far it goes; above 0. Along a direction in which E has the curvature c, it flies
            apart where step * c > 4.
        noise: how much of the noise is added that the step wants.
        farthest: how far a coordinate is moved downhill in a step at most. Where slopes are so
            steep the chain draws from something wider; without a limit it may fly apart there.
    """

    step: float
    noise: float = 1.0
    farthest: float = float("inf")

    def __post_init__(self) -> None:
        if not self.step > 0 or not self.noise >= 0:
            raise ValueError("step must be above 0 and noise at least 0, got "
                             f"{self.step!r} and {self.noise!r}")

    @property
    def temperature(self) -> float:
        """T, where the chain draws from exp(-E / T) as the steps shrink."""
        return self.noise**2

    def stationary_variance(self, variance: float) -> float:
        """Return the variance at which chains end where exp(-E) is a normal distribution.

        It is exact for steps of any length: T * variance / (1 - step / (4 * variance)).

        Args:
            variance: of that distribution; infinity is returned where chains fly apart.
        """
        slack = 1 - self.step / (4 * variance)
        return self.temperature * variance / slack if slack > 0 else float("inf")

    def walk(self, energy: Energy, x: Tensor) -> Iterator[Tensor]:
        """Walk for ever from x, (B, *shape): yield where each chain is after every step."""
        while True:
            downhill = (self.step / 2 * slope(energy, x)).clamp(-self.farthest, self.farthest)
            x = x - downhill + self.noise * self.step**0.5 * torch.randn_like(x)
            yield x

    def after(self, energy: Energy, x: Tensor, n_steps: int) -> Tensor:
        """Return where chains from x, (B, *shape), are after some steps."""
        chains = self.walk(energy, x)
        for _step in range(n_steps):
            x = next(chains)
        return x


def slope(energy: Energy, x: Tensor) -> Tensor:
    """Return E'(x), (B, *shape), of data (B, *shape); nothing can be learned through it."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (found,) = torch.autograd.grad(energy(x).sum(), x)
    return found
