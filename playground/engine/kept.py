"""Kept: finished models that can be asked at once, as many as the memory for them holds."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

from playground.datasets import Dataset
from playground.experiments.base import Experiment
from playground.settings import Settings
from playground.training.untouched import OURS


class Kept:
    """Experiments of runs that are over, the least recently used one first.

    Args:
        budget: bytes of all their arrays together; the newest one is kept whatever it takes.
        forgotten: called with the run of one that had to go.
    """

    def __init__(self, budget: float, forgotten: Callable[[str], None]) -> None:
        self.budget = budget
        self.forgotten = forgotten
        self.experiments: OrderedDict[str, Experiment[Any]] = OrderedDict()
        self.sizes: dict[str, int] = {}

    def add(self, run: str, experiment: Experiment[Any]) -> None:
        """Keep one more, and let go what does not fit any more."""
        self.experiments[run] = experiment
        self.sizes[run] = nbytes(experiment)
        self.experiments.move_to_end(run)
        while len(self.experiments) > 1 and sum(self.sizes.values()) > self.budget:
            self.let_go()

    def get(self, run: str) -> Experiment[Any] | None:
        """Return that of a run, which is the most recently used one now; None if it is gone."""
        if run in self.experiments:
            self.experiments.move_to_end(run)
        return self.experiments.get(run)

    def remove(self, run: str) -> None:
        """Forget one, without a word."""
        self.experiments.pop(run, None)
        self.sizes.pop(run, None)

    def clear(self) -> None:
        """Forget all."""
        while self.experiments:
            self.let_go()

    def let_go(self) -> None:
        """Forget the least recently used one."""
        oldest = next(iter(self.experiments))
        self.remove(oldest)
        self.forgotten(oldest)


def nbytes(thing: object) -> int:
    """Return the bytes of all numbers within reach of a thing, but for data sets on the CPU."""
    return sum({each.ctypes.data if isinstance(each, np.ndarray) else each.data_ptr():
                each.nbytes for each in arrays(thing)}.values())


def arrays(thing: object) -> Iterator[np.ndarray | torch.Tensor]:
    """Go over the arrays and tensors within reach of one of our objects."""
    waiting, seen = [thing], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, Settings | Dataset):
            continue
        seen.add(id(item))
        if isinstance(item, np.ndarray | torch.Tensor):
            yield item
        elif isinstance(item, torch.nn.Module):
            waiting += [*item.parameters(), *item.buffers()]
        elif isinstance(item, torch.optim.Optimizer):
            waiting += item.state.values()
        elif isinstance(item, Mapping):
            waiting += item.values()
        elif isinstance(item, list | tuple):
            waiting += item
        elif type(item).__module__.partition(".")[0] in OURS:
            waiting += vars(item).values()
