"""Long work in pieces: between two of them whoever does it may turn to others."""

import importlib
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import torch
from torch import Tensor

from playground.device import synchronize
from playground.experiments.base import PART, Piece, Work
from playground.training.randomness import RandomStream

WAIT = 0.01

T = TypeVar("T")


def to_the_end(states: Iterator[T], n: int = 0) -> Work[T]:
    """Go to the end of an iterator, an item in each piece; return the last one.

    Args:
        states: at least one.
        n: how many there are, if that is known: then the share that is done is told.
    """
    for done, state in enumerate(states, 1):
        last = state
        yield done / n if n else None
    return last


def log_sum(parts: Iterator[Tensor]) -> Work[float]:
    """Add up what is known by the logarithms of its parts, one in each piece: their logsumexp.

    Args:
        parts: scalars, at least one.
    """
    found: list[Tensor] = []
    for part in parts:
        found.append(part)
        yield None
    return torch.stack(found).logsumexp(0).item()


def within(around: Callable[[], AbstractContextManager[Any]], device: str,
           work: Work[T]) -> Work[T]:
    """Do each piece of some work within a context of its own, which nobody is in in between.

    Torch's random stream goes on from piece to piece: they draw what they would draw together.

    Args:
        around: makes the context, which leaves the random stream as it was.
        device: where numbers are drawn.
        work: what is to be done.
    """
    random: RandomStream | None = None
    while True:
        with around():
            if random:
                random.install(device)
            try:
                share = next(work)
            except StopIteration as end:
                value: T = end.value
                return value
            random = RandomStream.current(device)
        yield share


def clocked(work: Work[T], device: str) -> Work[tuple[T, float]]:
    """Do some work; return what it returns, and the seconds of its pieces, the device's too."""
    seconds = 0.0
    while True:
        synchronize(device)
        began = time.perf_counter()
        try:
            share = next(work)
        except StopIteration as end:
            synchronize(device)
            value: T = end.value
            return value, seconds + time.perf_counter() - began
        synchronize(device)
        seconds += time.perf_counter() - began
        yield share


def whole(steps: Iterator[Piece | None]) -> Iterator[None]:
    """Go through the steps of an experiment, each of them whole."""
    return (None for step in steps if step is not PART)


def imported(module: str) -> Generator[None, None, None]:
    """Import what takes a second or more, in a thread: others go on meanwhile."""
    thread = threading.Thread(target=importlib.import_module, args=(module,), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(WAIT)
        yield
