"""Questions under way: who asked what, how far it is, and when it is not wanted any more."""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playground.engine.messages import Answered, Ask
from playground.engine.protocol import encode
from playground.refusal import Refusal

Key = tuple[str, str, str, bytes]


class QuestionFailed(RuntimeError):
    """A question had no answer; the message tells the visitor why.

    Attributes:
        refusal: the reason, for the visitor.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class NoAnswerYet(Exception):
    """A question is still being answered; who asks the same again waits for the same answer.

    Attributes:
        share: how much is done, 0 to 1; None where nobody knows.
    """

    def __init__(self, share: float | None) -> None:
        super().__init__("the answer is not there yet")
        self.share = share


@dataclass
class Asked:
    """A question that was asked.

    Attributes:
        order: as it went to the worker.
        step: of its run, when it was asked.
        answer: None until it has come; `heard`, until somebody has heard it.
        share: how much is done, 0 to 1, if that is known.
        waiting: how many wait for it at this moment.
        began: when it was asked; `touched`, when somebody waited for it last.
        deaths: how many workers have died of it, or with it.
    """

    order: Ask
    step: int
    answer: Answered | None = None
    heard: Answered | None = None
    share: float | None = None
    waiting: int = 0
    began: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)
    deaths: int = 0


class Questions:
    """All questions that are under way, one each for the same owner, run, name and arguments.

    An answer is kept for a while: who asks the same of the same moment of a run has it at once.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._by_key: dict[Key, Asked] = {}
        self._by_number: dict[int, Asked] = {}

    def __iter__(self) -> Iterator[Asked]:
        return iter(list(self._by_number.values()))

    def under_way(self) -> int:
        """Return how many have no answer yet."""
        return sum(asked.answer is None for asked in self)

    def join(self, owner: str, run: str, name: str, arguments: dict[str, Any],
             step: int) -> Asked | None:
        """Return the same question if it is under way, or nobody has heard its answer yet, or it
        was asked at this step and answered; or None.
        """
        asked = self._by_key.get(_key(owner, run, name, arguments))
        if asked and asked.heard and (asked.step != step or asked.heard.refusal):
            self.remove(asked)
            return None
        return asked

    def add(self, owner: str, run: str, name: str, arguments: dict[str, Any],
            experiment: str, settings: dict[str, Any], step: int) -> Asked:
        """Return a new question, with a number."""
        order = Ask(run, next(self._numbers), owner, name, arguments, experiment, settings)
        asked = Asked(order, step)
        self._by_number[order.number] = asked
        self._by_key[_key(owner, run, name, arguments)] = asked
        return asked

    def get(self, number: int) -> Asked | None:
        """Return a question by its number; None if nobody wants its answer any more."""
        return self._by_number.get(number)

    def remove(self, asked: Asked) -> None:
        """Forget a question."""
        self._by_number.pop(asked.order.number, None)
        self._by_key = {key: each for key, each in self._by_key.items() if each is not asked}

    def abandoned(self, seconds: float) -> list[Asked]:
        """Return those for which nobody has waited for so long."""
        end = time.monotonic() - seconds
        return [each for each in self if not each.waiting and each.touched < end]


def _key(owner: str, run: str, name: str, arguments: dict[str, Any]) -> Key:
    return owner, run, name, encode(arguments)
