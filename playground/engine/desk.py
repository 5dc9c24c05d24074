"""The engine as one visitor sees it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playground.engine.base import Engine, Poll, UnknownRun
from playground.engine.questions import NoAnswerYet
from playground.runs.run import Change, Run
from playground.settings import Settings


@dataclass(frozen=True)
class Desk:
    """The engine as one visitor sees it: their own runs to steer, and stored ones to look at.

    What belongs to others is unknown here.

    Attributes:
        engine: whose runs they are.
        owner: who the visitor is.
        moment: seconds that a page waits for an answer.
    """

    engine: Engine
    owner: str
    moment: float

    @classmethod
    def of(cls, engine: Engine, owner: str) -> "Desk":
        """Return the desk of a visitor who waits as long as the engine's limits say."""
        return Desk(engine, owner, engine.limits.moment)

    def start(self, experiment: str, settings: Settings, *, paused: bool = False,
              background: bool = False, changes: Sequence[Change] = ()) -> str:
        """See `Engine.start`."""
        return self.engine.start(experiment, settings, self.owner, paused=paused,
                                 background=background, changes=changes)

    def branch(self, parent_id: str, number: int, changes: dict[str, Any]) -> str:
        """See `Engine.branch`; the run may be a stored one."""
        self._visible(parent_id)
        return self.engine.branch(parent_id, self.owner, number, changes)

    def poll(self, run_id: str, since: int = -1) -> Poll:
        """See `Engine.poll`."""
        self._visible(run_id)
        return self.engine.poll(run_id, since)

    def runs(self, experiment: str) -> list[Run]:
        """Return one's own runs of an experiment, the newest first."""
        return [run for run in self.engine.owned(self.owner) if run.experiment == experiment]

    def ask(self, run_id: str, question: str, **arguments: Any) -> dict[str, Any]:
        """See `Engine.ask`; it waits for a moment only, and the visitor pays."""
        return self.engine.answer(self.owner, self._visible(run_id), question, arguments,
                                  self.moment)

    def ask_patiently(self, run_id: str, question: str, **arguments: Any) -> dict[str, Any]:
        """Ask, and wait until there is an answer, which the worker's own limit bounds."""
        while True:
            with suppress(NoAnswerYet):
                return self.ask(run_id, question, **arguments)

    def wait(self, run_id: str, step: int, timeout: float = 1.0) -> None:
        """See `Engine.wait`."""
        self._visible(run_id)
        self.engine.wait(run_id, step, timeout)

    def resume(self, run_id: str) -> None:
        """See `Engine.resume`."""
        self._own(run_id)
        self.engine.resume(run_id)

    def pause(self, run_id: str) -> None:
        """See `Engine.pause`."""
        self._own(run_id)
        self.engine.pause(run_id)

    def step(self, run_id: str) -> None:
        """See `Engine.step`."""
        self._own(run_id)
        self.engine.step(run_id)

    def stop(self, run_id: str) -> None:
        """See `Engine.stop`."""
        self._own(run_id)
        self.engine.stop(run_id)

    def update(self, run_id: str, **changes: Any) -> None:
        """See `Engine.update`."""
        self._own(run_id)
        self.engine.update(run_id, **changes)

    def go_further(self, run_id: str, steps: int) -> None:
        """See `Engine.go_further`."""
        self._own(run_id)
        self.engine.go_further(run_id, steps)

    def drop(self, run_id: str) -> None:
        """See `Engine.drop`; nothing happens if there is no such run."""
        if (run := self.engine.known(run_id)) and run.owner == self.owner:
            self.engine.drop(run_id)

    def leave(self, run_id: str) -> None:
        """See `Engine.leave`; nothing happens if there is no such run."""
        if (run := self.engine.known(run_id)) and run.owner == self.owner:
            self.engine.leave(run_id)

    def _own(self, run_id: str) -> Run:
        run = self.engine.known(run_id)
        if run is None or run.owner != self.owner:
            raise UnknownRun(run_id)
        return run

    def _visible(self, run_id: str) -> Run:
        run = self.engine.known(run_id)
        seen = run and run.stored and run.owner in ("", self.owner)
        return run if run and seen else self._own(run_id)
