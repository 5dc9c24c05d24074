"""Questions under way: who asked what, how far it is, and when it is not wanted any more."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from playground import events
from playground.engine.messages import (
    Answered,
    Ask,
    Cancel,
    Order,
    QuestionEvent,
    Underway,
    Wanted,
)
from playground.engine.protocol import encode
from playground.language import N_
from playground.refusal import Refusal
from playground.runs import weights
from playground.runs.run import Run

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
        moment: of its run, when it was asked: its step, and how often it was told to go on. Steps
            that were ordered may not have been heard of yet.
        answer: None until it has come; `heard`, until somebody has heard it.
        share: how much is done, 0 to 1, if that is known.
        waiting: how many wait for it at this moment.
        began: when it was asked; `touched`, when somebody waited for it last.
        deaths: how many workers have died of it, or with it.
        shared: its run is a stored one, so that anybody who asks the same hears this answer.
    """

    order: Ask
    moment: tuple[int, int]
    answer: Answered | None = None
    heard: Answered | None = None
    share: float | None = None
    waiting: int = 0
    began: float = field(default_factory=time.monotonic)
    touched: float = field(default_factory=time.monotonic)
    deaths: int = 0
    shared: bool = False

    def hear(self) -> dict[str, Any]:
        """Return the answer.

        Raises:
            QuestionFailed: there is none, and the message tells why.
            NoAnswerYet: it has not come yet.
        """
        if self.answer is None:
            raise NoAnswerYet(self.share)
        self.heard = self.answer
        if self.answer.refusal:
            raise QuestionFailed(self.answer.refusal)
        return self.answer.value or {}

    def end(self, outcome: events.Outcome) -> None:
        """Write down how it ended."""
        events.question_ended(self.order.experiment, self.order.name, outcome,
                              seconds=time.monotonic() - self.began)


class Questions:
    """All questions that are under way, one each for the same owner, run, name and arguments.

    An answer is kept for a while: who asks the same of the same moment of a run has it at once.
    What a stored run has answered is kept for longer, and for everybody: who asks first pays.
    Whoever calls this holds the engine's lock.

    Args:
        known: returns a run by its id, None if there is none.
        send: delivers an order to the worker that has a run.
    """

    def __init__(self, known: Callable[[str], Run | None],
                 send: Callable[[Run, Order], None]) -> None:
        self._known, self._send = known, send
        self._numbers = itertools.count(1)
        self._by_key: dict[Key, Asked] = {}
        self._by_number: dict[int, Asked] = {}

    def __iter__(self) -> Iterator[Asked]:
        return iter(list(self._by_number.values()))

    def under_way(self) -> int:
        """Return how many have no answer yet."""
        return sum(asked.answer is None for asked in self)

    def ask(self, owner: str, run: Run, name: str, arguments: dict[str, Any]) -> Asked:
        """Return the same question if it is under way, or nobody has heard its answer yet, or it
        was asked at this moment and answered; else ask a run's model a new one.
        """
        moment = run.step, run.starts
        key = _key("" if run.stored else owner, run.id, name, arguments)
        asked = self._by_key.get(key)
        if asked and asked.heard and (asked.moment != moment or asked.heard.refusal):
            self.remove(asked)
            asked = None
        if asked is None:
            settings = run.settings_at(run.step).model_dump(mode="json")
            order = Ask(run.id, next(self._numbers), owner, name, arguments, run.experiment,
                        settings)
            asked = self._by_number[order.number] = self._by_key[key] = Asked(
                order, moment, shared=run.stored)
            self._send(run, order)
        return asked

    def take(self, event: QuestionEvent) -> None:
        """Take in what a worker tells; nothing, if nobody wants the answer any more."""
        asked = self.get(event.number)
        match event:
            case Underway() if asked:
                asked.share = event.share
            case Answered() if asked:
                asked.answer = event
                asked.end("refused" if event.refusal else "answered")
            case Wanted() if asked:
                self._send_weights(asked)

    def _send_weights(self, asked: Asked) -> None:
        """Ask again, with what the model has learned."""
        if (run := self._known(asked.order.run)) is None:
            return
        try:
            if run.folder is None:
                raise Refusal(N_("this run has no trained model to ask"))
            found = weights.load(run.folder / "weights.safetensors")
        except ValueError as error:
            asked.answer = Answered(asked.order.number, refusal=error if isinstance(error, Refusal)
                                    else Refusal("{reason}", reason=str(error)))
            return
        asked.order = replace(asked.order, weights=found)
        self._send(run, asked.order)

    def get(self, number: int) -> Asked | None:
        """Return a question by its number; None if nobody wants its answer any more."""
        return self._by_number.get(number)

    def remove(self, asked: Asked) -> None:
        """Forget a question."""
        self._by_number.pop(asked.order.number, None)
        self._by_key = {key: each for key, each in self._by_key.items() if each is not asked}

    def forget(self, run_id: str) -> None:
        """Forget what a run has answered."""
        for asked in self:
            if asked.order.run == run_id and asked.answer:
                self.remove(asked)

    def expire(self, abandoned: float, remembered: float, shared: float) -> None:
        """End questions for which nobody has waited for a while, and forget their answers.

        Args:
            abandoned: seconds after which one without an answer is ended.
            remembered: seconds after which any is forgotten; `shared`, of a stored run.
        """
        for asked in self._unwatched(abandoned):
            if asked.answer is None:
                self.remove(asked)
                asked.end("left")
                if run := self._known(asked.order.run):
                    self._send(run, Cancel(asked.order.number))
        for asked in self._unwatched(remembered):
            if not asked.shared:
                self.remove(asked)
        for asked in self._unwatched(shared):
            self.remove(asked)

    def _unwatched(self, seconds: float) -> list[Asked]:
        """Return those for which nobody has waited for so long."""
        end = time.monotonic() - seconds
        return [each for each in self if not each.waiting and each.touched < end]


def _key(owner: str, run: str, name: str, arguments: dict[str, Any]) -> Key:
    return owner, run, name, encode(arguments)
