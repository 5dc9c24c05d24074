"""A contest: all families learn from the same data, side by side, under one budget."""

import time
from abc import abstractmethod
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Generic, TypeVar

import numpy as np

from playground.device import synchronize
from playground.experiments.base import PART, Experiment, Piece, Work
from playground.experiments.contest_settings import ContestSettings
from playground.experiments.contestant import Contestant, Family
from playground.experiments.pieces import within
from playground.language import N_
from playground.refusal import Refusal
from playground.training.randomness import sow
from playground.training.untouched import untouched

LEAST_BETWEEN = 50
MOST_STEPS = 100_000

S = TypeVar("S", bound=ContestSettings)
C = TypeVar("C", bound=Contestant)


class Contest(Experiment[S], Generic[S, C]):
    """Each step is one step of every family that has budget left. Then each one is judged.

    A step that brings a judgement is as long as that is, and done in pieces. A subclass says what
    there is to learn from, who takes part and how they are judged; it gathers them in `building`.

    Attributes:
        contestants: by the name of their family.
        training, sampling: seconds of each, as clocked.
        judged: measures, each after the name of its family.
        looks: how often each is judged in a training, beside the end.
        done: steps of the contest so far.
        over: nobody goes on any more; `concluded`: how many have been judged since.
    """

    replays = False
    looks = 10

    def __init__(self, settings: S, device: str) -> None:
        super().__init__(settings, device)
        self.contestants: dict[str, C] = {}
        self.training: dict[str, float] = {}
        self.sampling: dict[str, float] = {}
        self.judged: dict[str, float] = {}
        self._judged_at: dict[str, int] = {}
        self._early: set[str] = set()
        self.done = 0
        self.over, self.concluded = False, 0

    @classmethod
    @abstractmethod
    def families(cls) -> Mapping[str, Family]:
        """Return who can take part, by name."""

    def taking_part(self) -> dict[str, Family]:
        """Return who can learn from these data, by name."""
        return {name: family for name, family in self.families().items()
                if family.takes(self.settings)}

    @abstractmethod
    def judge(self, name: str) -> Work[Mapping[str, float]]:
        """Judge a family, in pieces, and clock its `sampling`; return its measures by name."""

    def refuse(self) -> None:
        """Refuse a training that cannot start; the refusal tells what is missing.

        It is asked when the training starts, so that the page can be seen before.
        """

    def gather(self, data: Any) -> Iterator[None]:
        """Build a contestant of each family, one in each piece.

        Args:
            data: what `Family.build` takes.
        """
        for name, family in self.taking_part().items():
            sow(self.settings.seed, self.device)  # who else is there makes no difference
            began = time.perf_counter()
            self.contestants[name] = family.build(data, self.settings, self.device)
            self.training[name] = time.perf_counter() - began
            yield

    @property
    def total_steps(self) -> int:
        """The steps of a net, and one for each last judgement; in seconds, a bound."""
        if self.settings.budget == "seconds":
            return MOST_STEPS
        return self.settings.steps + len(self.taking_part())

    @property
    def progress(self) -> float | None:
        """How much of the seconds is used, by those who did not end before; None in steps."""
        if self.settings.budget == "steps":
            return None
        used = [min(seconds / self.settings.seconds, 1.0)
                for name, seconds in self.training.items() if name not in self._early]
        return sum(used) / len(used) if used else float(self.done > 0)

    def steps(self) -> Iterator[Piece | None]:
        """Let all train in turn, judge one of them now and then, and each of them at the end."""
        self.refuse()
        going = {name: each.steps() for name, each in self.contestants.items()}
        names = list(going)
        while not self.over:
            for name in list(going):
                if not (yield from self._step(name, going[name])):
                    del going[name]
                yield PART
            if not going:
                self.over = True
                break
            self.done += 1
            if (turn := self._turn(self.done - 1)) < len(names):
                yield from self._judge(names[turn])
            yield None
        for name in names[self.concluded:]:
            yield from self._judge(name)
            self.concluded += 1
            yield None

    def _turn(self, step: int) -> int:
        """Whose turn it is to be judged after a step; nobody's, if the number is too large.

        All are judged at the start, after 50, 100, 200, 400 ... steps, and at each look.
        """
        every = max(LEAST_BETWEEN, self.settings.steps // self.looks)
        if step >= every:
            return step % every
        doublings = step // LEAST_BETWEEN
        return step - LEAST_BETWEEN * 2 ** (doublings.bit_length() - 1) if doublings else step

    def _step(self, name: str,
              steps: Iterator[Piece | None]) -> Generator[Piece, None, bool]:
        """Let one contestant make a step, and clock it; tell whether it goes on."""
        contestant, settings = self.contestants[name], self.settings
        used = (contestant.done / settings.steps if settings.budget == "steps"
                else self.training[name] / settings.seconds)
        if used >= 1:
            return False
        contestant.progress = used
        while True:
            began = time.perf_counter()
            piece = next(steps, self)
            if settings.budget == "seconds":
                synchronize(self.device)  # its seconds are those of its own work
            self.training[name] += time.perf_counter() - began
            if piece is not PART:
                break
            yield PART
        if piece is self:
            self._early.add(name)
        return piece is not self

    def _judge(self, name: str) -> Iterator[Piece]:
        """Judge a family, unless it was judged and has not moved since."""
        contestant = self.contestants[name]
        if self._judged_at.get(name) == contestant.done:
            return
        work = within(lambda: untouched(contestant, self.device), self.device, self.judge(name))
        while True:
            try:
                next(work)
            except StopIteration as end:
                measures: Mapping[str, float] = end.value
                break
            yield PART
        self.judged |= {f"{name}_{measure}": value for measure, value in measures.items()}
        self._judged_at[name] = contestant.done

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
        """Put the weights of all families back.

        A family that has none there, since it came after they were stored, does not take part.
        """
        parts: dict[str, dict[str, np.ndarray]] = {name: {} for name in self.contestants}
        for full, array in weights.items():
            name, _, key = full.partition(".")
            if name not in parts:
                raise Refusal(N_("weights must be of a family, got {name!r}"), name=full)
            parts[name][key] = array
        for name, part in parts.items():
            if not part and self.contestants[name].weights():
                del self.contestants[name], self.training[name]
            else:
                self.contestants[name].restore(part)
