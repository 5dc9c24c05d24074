"""How long a model takes to draw new data: one way of measuring, whoever asks."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Annotated, TypeVar

import torch

from playground.arguments import Within
from playground.datasets import Dataset
from playground.device import synchronize
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import clocked

MAX_CLOCKED = 1000
TRIES = 3
ENOUGH_SECONDS = 1.0

T = TypeVar("T")


def timed(work: Callable[[], T], device: str) -> tuple[T, float]:
    """Return what some work gives, and the seconds it took, those of the device included."""
    synchronize(device)
    began = time.perf_counter()
    result = work()
    synchronize(device)
    return result, time.perf_counter() - began


class Draws(ABC):
    """An experiment that can say how long its model takes to draw new data."""

    data: Dataset
    device: str

    @abstractmethod
    def draw(self, n: int) -> object:
        """Draw n new data by the model as it is, and nothing else."""

    def drawing(self, n: int) -> Work[object]:
        """Do the same, in pieces where it takes long."""
        yield from ()
        return self.draw(n)

    @question
    @torch.no_grad()
    def drawing_time(self, n: Annotated[int, Within(1, MAX_CLOCKED)]) -> Work[Answer]:
        """Clock the drawing of `n` new data at once, where the model is: no way to it is counted.

        Returns:
            `cold`, seconds of the first time, in which memory is taken and code is loaded;
            `warm`, of the fastest of up to three more, as many as begin within a second; both for
            all `n` together; `shape` of one datum.
        """
        cold = yield from self._seconds(n)
        warm = [(yield from self._seconds(n))]
        while len(warm) < TRIES and sum(warm) < ENOUGH_SECONDS:
            warm.append((yield from self._seconds(n)))
        return {"n": n, "cold": cold, "warm": min(warm), "shape": list(self.data.shape)}

    def _seconds(self, n: int) -> Work[float]:
        return (yield from clocked(self.drawing(n), self.device))[1]
