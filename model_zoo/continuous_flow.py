"""Continuous flows: data carried by a field, in place of layers.

R. T. Q. Chen, Y. Rubanova, J. Bettencourt, D. Duvenaud, "Neural Ordinary Differential Equations",
2018, https://arxiv.org/abs/1806.07366
W. Grathwohl, R. T. Q. Chen, J. Bettencourt, I. Sutskever, D. Duvenaud, "FFJORD: Free-form
Continuous Dynamics for Scalable Reversible Generative Models", 2019,
https://arxiv.org/abs/1810.01367
"""

import torch
from torch import Tensor, nn

from model_zoo import divergence, ode
from model_zoo.base import Bijection, last
from model_zoo.conditional import ClassNumbers
from model_zoo.flow import Flow, base_of

MOST_EXACT = 3  # dimensions up to which training takes the exact trace


class Velocity(nn.Module):
    """How fast and where to points of the space go at a time: a net of x, t and the class.

    Args:
        d: numbers of a datum.
        hidden: widths of the hidden layers.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, d: int, hidden: tuple[int, ...], n_classes: int) -> None:
        super().__init__()
        self.told = ClassNumbers(n_classes)
        widths = (d + 1 + n_classes, *hidden)
        self.hidden = nn.ModuleList(nn.Linear(a, b)
                                    for a, b in zip(widths, widths[1:], strict=False))
        self.out = nn.Linear(widths[-1], d)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, t: Tensor, x: Tensor, context: Tensor | None) -> Tensor:
        """Return dx/dt at times (B,) and places (B, D), (B, D)."""
        y = self.told(torch.cat([x, t[:, None]], 1), context)
        for layer in self.hidden:
            y = torch.tanh(layer(y))
        out: Tensor = self.out(y)
        return out


class Carried(Bijection):
    """A part of the way: the data follow the field from one time to another.

    While it trains, one Runge-Kutta step takes the whole part, and beyond three dimensions the
    divergence is estimated with random probes. Afterwards it is exact up to `tolerance`, with
    steps of their own for each point; without one, the same Runge-Kutta step.

    Args:
        velocity: the field, shared by all parts.
        start, end: times.

    Attributes:
        tolerance: of the solver in evaluation; None for one Runge-Kutta step.
    """

    def __init__(self, velocity: Velocity, start: float, end: float) -> None:
        super().__init__()
        self.velocity, self.start, self.end = velocity, start, end
        self.tolerance: float | None = None

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Follow the field; the logarithm of the volume grows by its divergence."""
        field = self._field(context)
        probed = self.training and x.shape[1] > MOST_EXACT
        slope = (divergence.estimate(field, torch.randn_like(x)) if probed
                 else divergence.exact(field))
        state = self._follow(divergence.with_volume(slope, x.shape[1:]),
                             torch.cat([x, x.new_zeros(len(x), 1)], 1), self.start, self.end)
        return state[:, :-1], state[:, -1]

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Follow it back."""
        return self._follow(self._field(context), z, self.end, self.start)

    def _field(self, context: Tensor | None) -> ode.Field:
        return lambda t, x: self.velocity(t, x, context)

    def _follow(self, field: ode.Field, x: Tensor, start: float, end: float) -> Tensor:
        if self.training or self.tolerance is None:
            return last(ode.follow(field, x, (start, end), ode.rk4))
        return last(ode.dormand_prince(field, x, start, end, self.tolerance))


class ContinuousFlow(Flow):
    """Points that follow a learned field from the data, t = 0, to the codes, t = 1.

    Args:
        shape: of a datum, (D,).
        layers: parts into which the way is cut, one Runge-Kutta step each while it trains.
        hidden: widths of the hidden layers of the field.
        components: Gaussians in the density of the codes.
        n_classes: how many classes it is told of; 0 for none.

    Raises:
        ValueError: a datum is no vector.
    """

    def __init__(self, shape: tuple[int, ...], layers: int = 4, hidden: tuple[int, ...] = (64, 64),
                 *, components: int = 1, n_classes: int = 0) -> None:
        if len(shape) != 1:
            raise ValueError(f"shape must be (D,), got {shape!r}")
        velocity = Velocity(shape[0], hidden, n_classes)
        parts = [Carried(velocity, k / layers, (k + 1) / layers) for k in range(layers)]
        super().__init__(parts, base_of(shape, components), n_classes)

    def solve_to(self, tolerance: float | None) -> None:
        """Say how exact the solver is in evaluation; None for one Runge-Kutta step a part."""
        for part in self.chain.layers:
            assert isinstance(part, Carried)
            part.tolerance = tolerance
