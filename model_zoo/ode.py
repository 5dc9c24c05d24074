"""Ordinary differential equations dx/dt = f(t, x), solved one step at a time.

J. R. Dormand, P. J. Prince, "A family of embedded Runge-Kutta formulae", 1980,
https://doi.org/10.1016/0771-050X(80)90013-3
E. Hairer, S. P. Norsett, G. Wanner, "Solving Ordinary Differential Equations I", 1993, section
II.4 (how long the next step may be)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model_zoo.base import State

Field = Callable[[Tensor, Tensor], Tensor]  # f(t (B,), x (B, ...)) -> (B, ...)
Rule = Callable[[Field, Tensor, Tensor, Tensor], Tensor]  # (f, t (B,), x, h (B,)) -> x

_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 5.0
_MOST_STEPS = 10_000

# Row i holds the weights of the slopes 0 ... i - 1 in the state at which slope i is taken. The
# last row is the step itself, of order 5; its slope is the first one of the next step.
_A = ((), (1 / 5,), (3 / 40, 9 / 40), (44 / 45, -56 / 15, 32 / 9),
      (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
      (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
      (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84))
_C = (0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1)
_FOURTH = (5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40)
_ERROR = tuple(fifth - fourth for fifth, fourth in zip((*_A[-1], 0), _FOURTH, strict=True))


@dataclass(frozen=True)
class OdeState(State):
    """Where the points are at a time.

    Attributes:
        t: the time of each point, (B,).
        evaluations: how often the field was evaluated up to here.
    """

    t: Tensor
    evaluations: int


def euler(field: Field, t: Tensor, x: Tensor, h: Tensor) -> Tensor:
    """Follow the slope at the start. The error of a whole path falls as h."""
    return x + along(h, x) * field(t, x)


def midpoint(field: Field, t: Tensor, x: Tensor, h: Tensor) -> Tensor:
    """Follow the slope in the middle. The error of a whole path falls as h^2."""
    return x + along(h, x) * field(t + h / 2, euler(field, t, x, h / 2))


def heun(field: Field, t: Tensor, x: Tensor, h: Tensor) -> Tensor:
    """Follow the mean of the slopes at both ends. The error of a whole path falls as h^2."""
    first = field(t, x)
    second = field(t + h, x + along(h, x) * first)
    return x + along(h, x) * (first + second) / 2


def rk4(field: Field, t: Tensor, x: Tensor, h: Tensor) -> Tensor:
    """Follow a mean of four slopes (Runge, Kutta). The error of a whole path falls as h^4."""
    h_ = along(h, x)
    a = field(t, x)
    b = field(t + h / 2, x + h_ / 2 * a)
    c = field(t + h / 2, x + h_ / 2 * b)
    d = field(t + h, x + h_ * c)
    return x + h_ / 6 * (a + 2 * b + 2 * c + d)


RULES: dict[str, Rule] = {"euler": euler, "midpoint": midpoint, "heun": heun, "rk4": rk4}
EVALUATIONS: dict[Rule, int] = {euler: 1, midpoint: 2, heun: 2, rk4: 4}  # of the field, in a step


def along(h: Tensor, x: Tensor) -> Tensor:
    """Shape a number for each datum, (B,), so that it multiplies data (B, ...)."""
    return h.view(-1, *[1] * (x.dim() - 1))


def follow(field: Field, x: Tensor, times: Sequence[float], rule: Rule = rk4
           ) -> Iterator[OdeState]:
    """Go from time to time, forwards or back, a step of the rule each.

    Args:
        field: dx/dt.
        x: where the points are at the first time, (B, ...).
        times: the first one, and those at which the steps end.
        rule: one of `RULES`.

    Yields:
        The points at each of the times, the first one included.
    """
    t = x.new_full((len(x),), times[0])
    yield OdeState(x, t, 0)
    for done, time in enumerate(times[1:], 1):
        end = torch.full_like(t, time)
        x, t = rule(field, t, x, end - t), end
        yield OdeState(x, t, done * EVALUATIONS[rule])


def dormand_prince(field: Field, x: Tensor, start: float, end: float, tolerance: float = 1e-5
                   ) -> Iterator[OdeState]:
    """Go from `start` to `end` in steps that are as long as the tolerance allows.

    Two formulas of orders 5 and 4 share their slopes; their difference estimates the error of a
    step. Each point has a clock and steps of its own, so that where it arrives does not depend on
    the others in its batch. A step that is not good enough is tried again, shorter. Gradients flow
    through the points, not through the lengths of the steps.

    Args:
        field: dx/dt.
        x: where the points are at `start`, (B, ...).
        start, end: times; `end` may come before `start`.
        tolerance: what an error may be, beside 1 and beside the size of x.

    Yields:
        The points at `start`, and after each step; points that have arrived wait for the others.

    Raises:
        ArithmeticError: the steps have become so short that nothing moves any more.
    """
    t, h = x.new_full((len(x),), start), x.new_full((len(x),), (end - start) / 10)
    slope, evaluations = field(t, x), 1
    yield OdeState(x, t, evaluations)
    for _ in range(_MOST_STEPS):
        moving = t != end
        if not moving.any():
            return
        h = torch.where((t + h - end) * (end - start) > 0, end - t, h)
        slopes = [slope]
        for row, c in zip(_A[1:], _C[1:], strict=True):
            y = x + along(h, x) * _sum(row, slopes)
            slopes.append(field(t + c * h, y))
        evaluations += len(_A) - 1
        scale = tolerance * (1 + torch.maximum(x.abs(), y.abs()))
        error = (along(h, x) * _sum(_ERROR, slopes) / scale).flatten(1)
        error = error.detach().square().mean(1).sqrt()
        good = moving & (error <= 1)
        arrived = good & (t + h == end) | good & ((end - t - h).abs() < 1e-12)
        x = torch.where(along(good, x), y, x)
        slope = torch.where(along(good, x), slopes[-1], slope)
        t = torch.where(arrived, torch.full_like(t, end), torch.where(good, t + h, t))
        factor = (_SAFETY * error.clamp_min(1e-10) ** -0.2).clamp(_SHRINK, _GROW)
        h = torch.where(moving, h * factor.nan_to_num(_SHRINK), h)
        yield OdeState(x, t, evaluations)
    raise ArithmeticError(f"the solver must arrive within {_MOST_STEPS} steps, it did not")


def _sum(weights: Sequence[float], slopes: Sequence[Tensor]) -> Tensor:
    parts = [weight * slope for weight, slope in zip(weights, slopes, strict=True) if weight]
    return torch.stack(parts).sum(0)
