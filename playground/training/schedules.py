"""How a learning rate changes over a training: its share of the first one, by the share done."""

import math
from collections.abc import Callable

Schedule = Callable[[float], float]


def constant(done: float) -> float:
    """Return 1 all along."""
    return 1.0


def linear(done: float) -> float:
    """Fall from 1 to 0 along a line."""
    return 1 - done


def cosine(done: float) -> float:
    """Fall from 1 to 0 along half a cosine.

    Ilya Loshchilov, Frank Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017,
    https://arxiv.org/abs/1608.03983, section 3, without the restarts.
    """
    return (1 + math.cos(math.pi * done)) / 2


SCHEDULES: dict[str, Schedule] = {"constant": constant, "linear": linear, "cosine": cosine}
