"""Rising maps from number to number, their form given by parameters: what couplings apply.

L. Dinh, J. Sohl-Dickstein, S. Bengio, "Density estimation using Real NVP", 2017,
https://arxiv.org/abs/1605.08803 (affine)
C. Durkan, A. Bekasov, I. Murray, G. Papamakarios, "Neural Spline Flows", 2019,
https://arxiv.org/abs/1906.04032 (rational quadratic splines)
"""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional as F

MOST_LOG_SCALE = math.log(1000)
LEAST_SHARE = 1e-3  # of a bin, in width and in height
LEAST_SLOPE = 1e-3


class Elementwise(ABC):
    """A rising map of numbers. With all parameters at 0 it changes nothing.

    Attributes:
        n_parameters: how many give its form, P.
    """

    n_parameters: int

    @abstractmethod
    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Map numbers (...), by parameters (..., P); also the logarithm of the slope, (...)."""

    @abstractmethod
    def inverse(self, y: Tensor, parameters: Tensor) -> Tensor:
        """Return the numbers that are mapped to these, (...)."""


class Affine(Elementwise):
    """y = exp(s) x + m, where s is kept within +-log 1000 by bending it softly."""

    n_parameters = 2

    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Move and scale."""
        shift, log_scale = self._read(parameters)
        return x * log_scale.exp() + shift, log_scale

    def inverse(self, y: Tensor, parameters: Tensor) -> Tensor:
        """Scale and move back."""
        shift, log_scale = self._read(parameters)
        return (y - shift) * (-log_scale).exp()

    def _read(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        shift, raw = parameters.unbind(-1)
        return shift, raw / (1 + (raw / MOST_LOG_SCALE).abs())


class RationalQuadratic(Elementwise):
    """A rising curve through knots, each piece a quotient of two quadratics; outside, y = x.

    Between two knots, with s the slope of the line through them, d_0 and d_1 the slopes of the
    curve at both, and t the share of the way, 0 to 1 (equations 4 and 5 of the paper):

        y = y_0 + (y_1 - y_0) (s t^2 + d_0 t (1 - t)) / (s + (d_1 + d_0 - 2 s) t (1 - t)).

    Args:
        bins: pieces, K.
        bound: the knots lie in [-bound, bound] on both axes.
    """

    def __init__(self, bins: int = 8, bound: float = 5.0) -> None:
        self.bins, self.bound = bins, bound
        self.n_parameters = 3 * bins - 1

    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Follow the curve."""
        # Clamped before the formula: beyond the knots it has no finite gradient to mask later.
        inside, x_in = x.abs() < self.bound, x.clamp(-self.bound, self.bound)
        x0, y0, width, height, d0, d1 = self._piece(x_in, 0, parameters)
        s, t = height / width, ((x_in - x0) / width).clamp(0, 1)
        both = t * (1 - t)
        below = s + (d1 + d0 - 2 * s) * both
        y = y0 + height * (s * t.square() + d0 * both) / below
        above = d1 * t.square() + 2 * s * both + d0 * (1 - t).square()
        log_slope = 2 * s.log() + above.log() - 2 * below.log()
        return torch.where(inside, y, x), torch.where(inside, log_slope, 0)

    def inverse(self, y: Tensor, parameters: Tensor) -> Tensor:
        """Solve a quadratic equation for t (equations 6 to 8 of the paper)."""
        inside, y_in = y.abs() < self.bound, y.clamp(-self.bound, self.bound)
        x0, y0, width, height, d0, d1 = self._piece(y_in, 1, parameters)
        s, bent = height / width, d1 + d0 - 2 * height / width
        up = y_in - y0
        a = height * (s - d0) + up * bent
        b = height * d0 - up * bent
        c = -s * up
        t = 2 * c / (-b - (b.square() - 4 * a * c).clamp_min(0).sqrt())
        return torch.where(inside, x0 + width * t.clamp(0, 1), y)

    def knots(self, parameters: Tensor) -> Tensor:
        """Return where the knots lie and the slopes there: x, y and dy/dx, (..., 3, K + 1).

        Args:
            parameters: (..., 3 K - 1): shares of widths, of heights, and slopes within.
        """
        shares = parameters[..., : 2 * self.bins].unflatten(-1, (2, self.bins))
        free = 1 - LEAST_SHARE * self.bins
        parts = LEAST_SHARE + free * shares.softmax(-1)
        inner = 2 * self.bound * parts[..., :-1].cumsum(-1) - self.bound
        one = math.log(math.expm1(1 - LEAST_SLOPE))  # so that a parameter of 0 is a slope of 1
        slopes = LEAST_SLOPE + F.softplus(parameters[..., 2 * self.bins :] + one)
        every = torch.cat([inner, slopes[..., None, :]], -2)
        first = torch.cat([torch.full_like(inner[..., :1], -self.bound),
                           torch.ones_like(slopes[..., None, :1])], -2)
        return torch.cat([first, every, first.abs()], -1)

    def _piece(self, places: Tensor, axis: int, parameters: Tensor) -> tuple[Tensor, ...]:
        """Return of the piece in which numbers lie its start, its size, and both slopes."""
        knots = self.knots(parameters)
        piece = (places[..., None] >= knots[..., axis, 1:-1]).sum(-1)[..., None, None]
        piece = piece.expand(*piece.shape[:-2], 3, 1)
        left, right = (knots.gather(-1, at)[..., 0] for at in (piece, piece + 1))
        x0, y0, d0 = left.unbind(-1)
        width, height, _ = (right - left).unbind(-1)
        return x0, y0, width, height, d0, right[..., 2]
