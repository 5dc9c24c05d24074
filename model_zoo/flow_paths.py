"""Ways from noise to data: where a pair stands at time t, and how fast it moves there.

Noise x0 stands at t = 0, data x1 at t = 1.

Y. Lipman, R. T. Q. Chen, H. Ben-Hamu, M. Nickel, M. Le, "Flow Matching for Generative Modeling",
2023, https://arxiv.org/abs/2210.02747 (straight and variance-preserving ways)
M. S. Albergo, N. M. Boffi, E. Vanden-Eijnden, "Stochastic Interpolants: A Unifying Framework for
Flows and Diffusions", 2023, https://arxiv.org/abs/2303.08797 (noise in between)
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from model_zoo.ode import along


@dataclass(frozen=True)
class Moment:
    """Pairs at some times.

    Attributes:
        x: where they stand, (B, ...).
        velocity: how fast they move there, (B, ...).
    """

    x: Tensor
    velocity: Tensor


class Way(ABC):
    """How a pair of noise and datum is joined: x_t = a(t) x0 + b(t) x1, from x0 to x1."""

    @abstractmethod
    def shares(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return a(t), b(t) and their slopes a'(t), b'(t), (B,) each."""

    def at(self, t: Tensor, noise: Tensor, data: Tensor) -> Moment:
        """Return where pairs stand at times (B,), and how fast they move.

        Args:
            noise, data: the pairs, (B, ...) each.
        """
        a, b, a_slope, b_slope = (along(each, data) for each in self.shares(t))
        return Moment(a * noise + b * data, a_slope * noise + b_slope * data)


class Straight(Way):
    """A straight line at one speed: x_t = (1 - t) x0 + t x1, and its velocity is x1 - x0."""

    def shares(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return 1 - t, t, and their slopes."""
        return 1 - t, t, -torch.ones_like(t), torch.ones_like(t)


class VariancePreserving(Way):
    """A quarter of a circle: x_t = cos(pi t / 2) x0 + sin(pi t / 2) x1.

    The squares of both shares sum to 1: noise and data of variance 1 keep it all the way. It is
    the way of diffusion with a cosine schedule.
    """

    def shares(self, t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return cosine, sine, and their slopes."""
        angle = math.pi / 2 * t
        a, b = angle.cos(), angle.sin()
        return a, b, -math.pi / 2 * b, math.pi / 2 * a


class Stochastic(Straight):
    """A straight line with fresh noise in between: (1 - t) x0 + t x1 + g(t) z.

    g(t) = spread * sin(pi t)^2 is 0 at both ends, and so is its slope: sqrt(t (1 - t)), which also
    serves, is infinitely steep there.

    Args:
        spread: the standard deviation of the noise in the middle.
    """

    def __init__(self, spread: float = 0.5) -> None:
        if spread < 0:
            raise ValueError(f"spread must be >= 0, got {spread!r}")
        self.spread = spread

    def at(self, t: Tensor, noise: Tensor, data: Tensor) -> Moment:
        """Return where pairs stand at times (B,); what is between them is drawn anew."""
        line, z = super().at(t, noise, data), torch.randn_like(data)
        width = self.spread * (math.pi * t).sin().square()
        slope = self.spread * math.pi * (2 * math.pi * t).sin()
        return Moment(line.x + along(width, data) * z, line.velocity + along(slope, data) * z)


WAYS: dict[str, type[Way]] = {"straight": Straight, "variance_preserving": VariancePreserving,
                              "stochastic": Stochastic}
