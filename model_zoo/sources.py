"""Where the points of a flow start: noise, or points of another kind."""

import math
from abc import abstractmethod

import torch
from torch import Tensor, nn


class Source(nn.Module):
    """A distribution that is easy to draw from."""

    @abstractmethod
    def draw(self, n: int) -> Tensor:
        """Draw n of it, (n, *shape)."""


class Gaussian(Source):
    """Noise of variance 1 around a middle.

    Args:
        shape: of one datum.
        middle: what each of its numbers is in the mean, a number or (*shape).
    """

    middle: Tensor

    def __init__(self, shape: tuple[int, ...], middle: float | Tensor = 0.0) -> None:
        super().__init__()
        self.register_buffer("middle", torch.zeros(shape) + middle)

    def draw(self, n: int) -> Tensor:
        """Draw noise, (n, *shape)."""
        return self.middle + torch.randn(n, *self.middle.shape, device=self.middle.device)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, (B,)."""
        far = (x - self.middle).flatten(1)
        return -(far.square() + math.log(2 * math.pi)).sum(1) / 2


class Points(Source):
    """Some points, each as likely as the others; no density is known of them.

    Args:
        points: (N, *shape).
    """

    points: Tensor

    def __init__(self, points: Tensor) -> None:
        super().__init__()
        self.register_buffer("points", points)

    def draw(self, n: int) -> Tensor:
        """Draw points, with replacement, (n, *shape)."""
        rows = torch.randint(len(self.points), (n,), device=self.points.device)
        return self.points[rows]
