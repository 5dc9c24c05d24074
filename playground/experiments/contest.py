"""A contest: all families learn from the same data, side by side, under one budget."""

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import numpy as np
import torch

from playground.experiments.arena.settings import ContestSettings
from playground.experiments.base import Experiment
from playground.experiments.budget import check_work
from playground.experiments.contestant import Contestant, Family

LEAST_BETWEEN = 50
MOST_STEPS = 100_000

S = TypeVar("S", bound=ContestSettings)
C = TypeVar("C", bound=Contestant)


class Contest(Experiment[S], Generic[S, C]):
    """Each step is one step of every family that has budget left. Then each one is judged.

    A subclass says what there is to learn from, who takes part and how they are judged.

    Attributes:
        contestants: by the name of their family.
        training, sampling: seconds of each, as clocked.
        judged: measures, each after the name of its family; a subclass fills it.
        looks: how often each is judged in a training, beside the end.
        judging: steps that one judgement takes, beside the one that brings it: so that whoever
            else trains does not have to wait for a long one.
        done: steps of the contest so far.
    """

    looks = 10
    judging = 0

    def __init__(self, settings: S, device: str) -> None:
        super().__init__(settings, device)
        self.contestants: dict[str, C] = {}
        self.training: dict[str, float] = {}
        self.sampling: dict[str, float] = {}
        self.judged: dict[str, float] = {}
        self._judged_at: dict[str, int] = {}
        self._early: set[str] = set()
        self.done = 0

    @classmethod
    @abstractmethod
    def families(cls) -> Mapping[str, Family]:
        """Return who can take part, by name."""

    @abstractmethod
    def judge(self, name: str) -> Iterator[None]:
        """Judge a family; each `next()` does a part of it, and there are `judging` parts.

        It should clock `sampling`, and put what it finds into `judged`.
        """

    def refuse(self) -> None:
        """Raise ValueError if a training cannot start; the message tells what is missing.

        It is asked when the training starts, so that the page can be seen before. This one
        refuses steps that would hold up everybody.
        """
        work = sum(each.work for each in self.contestants.values())
        if work:
            check_work(work, 1, self.settings.batch_size)  # type: ignore[attr-defined]

    def gather(self, data: Any) -> None:
        """Build a contestant of each family.

        Args:
            data: what `Family.build` takes.
        """
        for name, family in self.families().items():
            torch.manual_seed(self.settings.seed)  # who else is there makes no difference
            began = time.perf_counter()
            self.contestants[name] = family.build(data, self.settings, self.device)
            self.training[name] = time.perf_counter() - began

    @property
    def total_steps(self) -> int:
        """The steps of a net, and those of the judgements; in seconds, a bound."""
        if self.settings.budget == "seconds":
            return MOST_STEPS
        n = len(self.families())
        looks = sum(self._turn(step) < n for step in range(self.settings.steps))
        return self.settings.steps + n + self.judging * (looks + n)

    @property
    def progress(self) -> float | None:
        """How much of the seconds is used, by those who did not end before; None in steps."""
        if self.settings.budget == "steps":
            return None
        used = [min(seconds / self.settings.seconds, 1.0)
                for name, seconds in self.training.items() if name not in self._early]
        return sum(used) / len(used) if used else float(self.done > 0)

    def steps(self) -> Iterator[None]:
        """Let all train in turn, judge one of them now and then, and each of them at the end."""
        self.refuse()
        going = {name: each.steps() for name, each in self.contestants.items()}
        names = list(going)
        while going:
            going = {name: steps for name, steps in going.items() if self._step(name, steps)}
            if not going:
                break
            self.done += 1
            if (turn := self._turn(self.done - 1)) < len(names):
                yield from self._judge(names[turn])
            yield
        for name in names:
            yield from self._judge(name)
            yield

    def _turn(self, step: int) -> int:
        """Whose turn it is to be judged after a step; nobody's, if the number is too large.

        All are judged at the start, after 50, 100, 200, 400 ... steps, and at each look.
        """
        every = max(LEAST_BETWEEN, self.settings.steps // self.looks)
        if step >= every:
            return step % every
        doublings = step // LEAST_BETWEEN
        return step - LEAST_BETWEEN * 2 ** (doublings.bit_length() - 1) if doublings else step

    def _step(self, name: str, steps: Iterator[None]) -> bool:
        """Let one contestant make a step, and clock it; tell whether it goes on."""
        contestant, settings = self.contestants[name], self.settings
        used = (contestant.done / settings.steps if settings.budget == "steps"
                else self.training[name] / settings.seconds)
        if used >= 1:
            return False
        contestant.progress = used
        began = time.perf_counter()
        goes_on = next(steps, self) is not self
        self.training[name] += time.perf_counter() - began
        if not goes_on:
            self._early.add(name)
        return goes_on

    def _judge(self, name: str) -> Iterator[None]:
        """Judge a contestant, unless it was and has not moved since."""
        if self._judged_at.get(name) == self.contestants[name].done:
            for _ in range(self.judging):
                yield
            return
        self._judged_at[name] = self.contestants[name].done
        yield from self.judge(name)

    def clocked(self) -> dict[str, float]:
        """Return `training` and `sampling` of each family, in seconds."""
        return {f"{name}_{what}": seconds for what, clock in
                (("training", self.training), ("sampling", self.sampling))
                for name, seconds in clock.items()}

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights of all families, each name after that of its family."""
        return {f"{name}.{key}": array for name, contestant in self.contestants.items()
                for key, array in contestant.weights().items()}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the weights of all families back."""
        parts: dict[str, dict[str, np.ndarray]] = {name: {} for name in self.contestants}
        for full, array in weights.items():
            name, _, key = full.partition(".")
            if name not in parts:
                raise ValueError(f"weights must be of a family, got {full!r}")
            parts[name][key] = array
        for name, contestant in self.contestants.items():
            contestant.restore(parts[name])
