"""The engine as pages see it: start a run, poll it, steer it, ask it. The same everywhere."""

import secrets
import shutil
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

from playground import events
from playground.engine import checkpoints
from playground.engine.limits import Limits
from playground.engine.messages import (
    Arrays,
    Built,
    Changed,
    Checkpoint,
    Drop,
    Ended,
    Event,
    Forgotten,
    Further,
    Order,
    Pause,
    QuestionEvent,
    Resume,
    Shown,
    Start,
    Step,
    Stop,
    Update,
)
from playground.engine.questions import Asked, Questions
from playground.engine.workers import Place
from playground.language import N_
from playground.refusal import Refusal
from playground.runs import files, weights
from playground.runs.run import Change, Run, Status
from playground.settings import Settings
from playground.snapshot import Snapshot


class EngineFull(Refusal):
    """The engine takes no more runs for now; the message tells the visitor why."""


class UnknownRun(KeyError):
    """There is no run of this id (any more)."""


@dataclass(frozen=True)
class Poll:
    """What `Engine.poll` returns: how a run stands, and its snapshots since the last poll.

    Attributes:
        run: how it stands at this moment; it does not change any more.
        snapshots: new snapshots by number.
        position: place in the queue, from 1; 0 if the run does not wait.
    """

    run: Run
    snapshots: dict[int, Snapshot]
    position: int


@dataclass(frozen=True)
class Figures:
    """How an engine is doing.

    Attributes:
        runs: how many there are, by status; stored ones are not counted.
        questions: how many are under way.
        history_bytes: of all snapshots that are kept, those of stored runs too.
        worker_ages: seconds for which each worker has been there, by device.
    """

    runs: dict[Status, int]
    questions: int
    history_bytes: int
    worker_ages: dict[str, float]


Ending = Callable[[Run, Arrays | None], None]


def _forget(run: Run, learned: Arrays | None) -> None:
    """Keep nothing of a run that has ended."""


class Engine(ABC):
    """Keeps the runs of all sessions and decides which of them may train.

    A subclass says how an order reaches a worker. Events from workers come in through `_receive`.
    All methods may be called from any thread.

    Attributes:
        on_ended: is called with a view of each run that has ended, and what it has learned.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.on_ended: Ending = _forget
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._runs: dict[str, Run] = {}
        self._queue: list[str] = []
        self._leaving: set[str] = set()
        self._questions = Questions(self.known, self._send)

    @property
    @abstractmethod
    def place(self) -> Place | None:
        """Where the models train, or None while the worker is starting."""

    @property
    def background(self) -> int:
        """How many runs of one owner may train at once in the background."""
        return self.limits.background

    @abstractmethod
    def _send(self, run: Run, order: Order) -> None:
        """Deliver an order to the worker that has this run."""

    @abstractmethod
    def _save(self, checkpoint: Checkpoint, folder: Path) -> None:
        """Put a checkpoint into a run's folder."""

    @abstractmethod
    def _new_folder(self, run_id: str) -> Path:
        """Return a new, empty folder for the weights of a run."""

    @abstractmethod
    def _place_run(self, run: Run) -> str:
        """Return the device on which a run has its place."""

    def start(self, experiment: str, settings: Settings, owner: str, *, paused: bool = False,
              background: bool = False, changes: Sequence[Change] = (), sweep: str = "") -> str:
        """Start a run and return its id.

        Args:
            paused: build the model and show it at step 0, but do not train yet.
            background: train in what time the others leave.
            changes: live knobs that are to move, each after so many steps.
            sweep: the sweep that it belongs to, if to one.

        Raises:
            EngineFull: too many runs wait already.
        """
        with self._lock:
            run_id = secrets.token_hex(16)
            run = Run(run_id, experiment, settings, owner, folder=self._new_folder(run_id),
                      changes=list(changes), background=background, sweep=sweep)
            self._runs[run_id] = run
            if not paused and not self._may_queue(run):
                self.drop(run_id)
                full = self._full()
                events.refused("start", full)
                raise full
            self._send_start(run)
            if not paused:
                self.resume(run_id)
        return run_id

    def branch(self, parent_id: str, owner: str, number: int, changes: dict[str, Any], *,
               background: bool = False) -> str:
        """Start a run that goes on from a moment of another one, with other knobs; return its id.

        Up to that moment it is the other one, number by number: the last checkpoint before it, or
        else the start, is where it is taken up, and the steps up to there are done again.

        Args:
            parent_id: the run that it branches off from.
            number: of one of its kept snapshots.
            changes: live knobs, and the number of steps, as they stand from there on.

        Raises:
            Refusal: it cannot be done again, a knob is not live, or a value is not allowed.
        """
        with self._lock:
            parent = self._get(parent_id)
            step = parent.history.kept[number].step
            if getattr(parent.settings, "budget", "steps") == "seconds":
                raise Refusal(N_("a run whose budget is seconds cannot be gone through again: "
                                 "another time it makes other steps"))
            if fixed := set(changes) - parent.settings.live_names() - {"steps"}:
                raise Refusal(N_("{names} must be a live knob to change while the model trains"),
                              names=sorted(fixed))
            has_more = parent.last_step is None or step < parent.last_step
            if not has_more and changes.get("steps", 0) <= step:
                raise Refusal(N_("at step {step:,} this run has no steps left: give it more, or "
                                 "choose an earlier moment"), step=step)
            saved = None if parent.stored else checkpoints.read_until(parent.folder, step)
            again = parent.history.kept[number].seconds - (saved["seconds"] if saved else 0.0)
            if again > self.limits.again:
                raise Refusal(N_("to get to step {step:,} again would take {seconds:.0f} seconds, "
                                 "and {most:.0f} are allowed; choose an earlier moment"),
                              step=step, seconds=again, most=self.limits.again)
            parent.settings_at(step).with_changes(**changes)
            before = [(at, change) for at, change in parent.changes if at <= step]
            run_id = secrets.token_hex(16)
            run = Run(run_id, parent.experiment, parent.settings, owner,
                      folder=self._new_folder(run_id), background=background,
                      changes=[*before, (step, changes)] if changes else before,
                      parent=(parent.id, step), history=parent.history.until(number))
            self._runs[run_id] = run
            self._send_start(run, saved)
        return run_id

    def load(self, folder: Path, *, run_id: str | None = None, owner: str = "") -> str:
        """Take in a run from disk and return its id. It can be scrubbed and asked.

        Args:
            owner: who alone may see it; everybody where it is empty.

        Raises:
            ValueError: the folder does not hold a whole run.
        """
        run = files.load(folder, run_id or secrets.token_hex(16))
        run.owner = owner
        with self._lock:
            self._runs[run.id] = run
        return run.id

    def poll(self, run_id: str, since: int = -1) -> Poll:
        """Return how a run stands and its snapshots after number `since`; renews its lease.

        Raises:
            UnknownRun: it was dropped, or never was.
        """
        with self._lock:
            run = self._get(run_id)
            run.touched = time.monotonic()
            position = self._queue.index(run_id) + 1 if run_id in self._queue else 0
            return Poll(run.view(), run.history.since(since), position)

    def wait(self, run_id: str, step: int, timeout: float = 1.0) -> None:
        """Wait until a run has shown this step or is over, at most `timeout` seconds."""
        with self._news:
            run = self._get(run_id)
            self._news.wait_for(
                lambda: run.status.over or bool(run.history.kept) and run.step >= step, timeout
            )

    def resume(self, run_id: str) -> None:
        """Let a paused run train as soon as there is a place for it.

        Raises:
            EngineFull: too many runs wait already.
        """
        with self._lock:
            run = self._get(run_id)
            if run.status is Status.PAUSED:
                if not self._may_queue(run):
                    raise self._full()
                run.status = Status.QUEUED
                run.starts += 1
                run.arrivals.clear()
                self._queue.append(run_id)
                self._admit()

    def pause(self, run_id: str) -> None:
        """Hold a run after the step that it is in."""
        with self._lock:
            run = self._get(run_id)
            if not run.status.over:
                self._leave_queue(run_id)
                run.status = Status.PAUSED
                self._send(run, Pause(run_id))
                self._admit()

    def step(self, run_id: str) -> None:
        """Do exactly one training step and stay paused."""
        with self._lock:
            run = self._get(run_id)
            if not run.status.over:
                self._leave_queue(run_id)
                run.status = Status.PAUSED
                run.starts += 1
                self._send(run, Step(run_id))
                self._admit()

    def stop(self, run_id: str, reason: Refusal | None = None) -> None:
        """End a run. Its history stays and its model can be asked."""
        with self._lock:
            run = self._get(run_id)
            if not run.status.over:
                self._leave_queue(run_id)
                self._send(run, Stop(run_id, reason))

    def update(self, run_id: str, **changes: Any) -> None:
        """Move live knobs while a run trains.

        Raises:
            Refusal: a knob is not live, or a value is outside of its range.
        """
        with self._lock:
            run = self._get(run_id)
            if fixed := set(changes) - run.settings.live_names():
                raise Refusal(N_("{names} must be a live knob to change while the model trains"),
                              names=sorted(fixed))
            run.settings_at(run.step).with_changes(**changes)
            if not run.status.over:
                run.changes = [(step, {name: value for name, value in values.items()
                                       if step <= run.step or name not in changes})
                               for step, values in run.changes]
                run.changes.append((run.step, changes))  # its worker will tell the very step
                self._send(run, Update(run_id, changes, len(run.changes) - 1))

    def go_further(self, run_id: str, steps: int) -> None:
        """Let a finished run be trained on, up to so many steps; it is paused at first.

        Raises:
            Refusal: it cannot be trained on, or there are no more steps to go.
        """
        with self._lock:
            run = self._get(run_id)
            if not run.further:
                raise Refusal(N_("a run must be finished, and its worker must still have it, to "
                                 "be trained on"))
            if steps <= run.step:
                raise Refusal(N_("steps must be more than {step}, got {steps}"),
                              step=run.step, steps=steps)
            changes = {"steps": steps}
            run.settings_at(run.step).with_changes(**changes)
            run.changes.append((run.step, changes))
            run.status, run.further, run.total = Status.PAUSED, False, steps
            self._send(run, Further(run_id, changes))

    def ask(self, run_id: str, question: str, **arguments: Any) -> dict[str, Any]:
        """Ask the live or stored model of a run, and wait for the answer.

        Raises:
            QuestionFailed: the model cannot answer.
            NoAnswerYet: it is not there in time. Who asks the same again goes on waiting; if
                nobody does, the question is ended.
        """
        run = self._get(run_id)
        return self.answer(run.owner, run, question, arguments, self.limits.answer)

    def answer(self, owner: str, run: Run, question: str, arguments: dict[str, Any],
               seconds: float) -> dict[str, Any]:
        """See `ask`; somebody pays, and waits for so many seconds."""
        with self._lock:
            run.touched = time.monotonic()
            asked = self._questions.ask(owner, run, question, arguments)
            asked.waiting += 1
            try:
                self._await(asked, seconds)
            finally:
                asked.waiting -= 1
                asked.touched = time.monotonic()
            return asked.hear()

    def _await(self, asked: Asked, seconds: float) -> None:
        """Wait for an answer; the lock is held before and after, not meanwhile."""
        self._news.wait_for(lambda: asked.answer is not None, seconds)

    def leave(self, run_id: str) -> None:
        """End a run that nobody looks at any more, and forget it when it has ended."""
        with self._lock:
            run = self._get(run_id)
            if run.status.over or run.stored:
                self.drop(run_id)
                return
            self._leaving.add(run_id)
            self.stop(run_id, Refusal(N_("another run took its place")))

    def drop(self, run_id: str) -> None:
        """Forget a run, its history, its model and its files."""
        with self._lock:
            run = self._runs.pop(run_id, None)
            self._leaving.discard(run_id)
            if run is None:
                return
            self._leave_queue(run_id)
            self._questions.forget(run_id)
            self._send(run, Drop(run_id))
            if run.folder and not run.stored:
                shutil.rmtree(run.folder, ignore_errors=True)
            self._admit()

    def release(self, owner: str) -> None:
        """End all runs of a session that has ended, and forget them."""
        with self._lock:
            for run_id in [run.id for run in self._runs.values() if run.owner == owner]:
                self.leave(run_id)

    def figures(self) -> Figures:
        """Return how the engine is doing, in numbers."""
        with self._lock:
            counts = Counter(run.status for run in self._runs.values() if not run.stored)
            return Figures({status: counts[status] for status in Status},
                           self._questions.under_way(),
                           sum(run.history.nbytes for run in self._runs.values()),
                           self._worker_ages())

    def _worker_ages(self) -> dict[str, float]:
        """Return the seconds for which each worker has been there, by device."""
        return {}

    def owned(self, owner: str) -> list[Run]:
        """Return views of a session's runs, the newest first."""
        with self._lock:
            return [run.view() for run in reversed(self._runs.values()) if run.owner == owner]

    def _where(self, run: Run) -> Place | None:
        return self.place

    def _send_start(self, run: Run, saved: dict[str, Any] | None = None) -> None:
        """Start a run, or let it go on from where it was before.

        Args:
            saved: a checkpoint of that moment or an earlier one; its own newest one if None.
        """
        if saved is None and run.step:
            saved = checkpoints.read(run.folder)
        self._send(run, Start(
            run.id, run.owner, run.experiment, run.settings.model_dump(mode="json"),
            self.limits.seconds, run.changes, run.background, run.step, saved,
            self.limits.looks))

    def known(self, run_id: str) -> Run | None:
        """Return a run as it is; None if there is none."""
        return self._runs.get(run_id)

    def _get(self, run_id: str) -> Run:
        if run_id not in self._runs:
            raise UnknownRun(run_id)
        return self._runs[run_id]

    def _may_queue(self, run: Run) -> bool:
        return len(self._queue) < self.limits.queue or self._has_room(run)

    def _has_room(self, run: Run) -> bool:
        """Tell whether the owner of this run may train now."""
        device = self._place_run(run)
        running = [other for other in self._runs.values()
                   if other.status is Status.RUNNING and self._place_run(other) == device]
        if run.background:
            return self.limits.background > sum(
                other.background and other.owner == run.owner for other in running)
        training = {other.owner for other in running if not other.background}
        return run.owner in training or len(training) < self.limits.sessions

    def _full(self) -> EngineFull:
        return EngineFull(N_("all {places} places are taken and {waiting} runs wait; try again in "
                             "a minute"), places=self.limits.sessions, waiting=len(self._queue))

    def _leave_queue(self, run_id: str) -> None:
        if run_id in self._queue:
            self._queue.remove(run_id)

    def _admit(self) -> None:
        for run_id in list(self._queue):
            run = self._runs[run_id]
            if self._has_room(run):
                self._queue.remove(run_id)
                run.status = Status.RUNNING
                self._send(run, Resume(run_id))
                events.run_started(run_id, run.experiment, self._place_run(run))

    # --- events

    def _receive(self, event: Event) -> None:
        """Take in what a worker tells."""
        with self._lock:
            self._take(event)
            self._news.notify_all()

    @singledispatchmethod
    def _take(self, event: Event) -> None:
        """Do what an event means for the runs; others mean nothing here."""

    @_take.register
    def _shown(self, event: Shown) -> None:
        if run := self._runs.get(event.run):
            run.receive(Snapshot(event.step, event.seconds, event.metrics, event.arrays))
            run.clocked, run.progress = event.clocked, event.progress

    @_take.register
    def _built(self, event: Built) -> None:
        if run := self._runs.get(event.run):
            place = self._where(run)
            run.total, run.device = event.total, place.name if place else ""

    @_take.register
    def _ended(self, event: Ended) -> None:
        run = self._runs.get(event.run)
        if run is None or run.status.over:
            return
        self._leave_queue(run.id)
        if event.weights is not None and run.folder:
            weights.save(event.weights, run.folder / "weights.safetensors")
        run.status, run.refusal = Status(event.status), event.reason
        run.total, run.further = event.total or run.total, event.further
        events.run_ended(run.id, run.experiment, event.status, steps=run.step,
                         seconds=run.seconds, refusal=event.reason)
        self.on_ended(run.view(), event.weights)
        if run.id in self._leaving:
            self.drop(run.id)
        self._admit()

    @_take.register
    def _changed(self, event: Changed) -> None:
        if run := self._runs.get(event.run):
            run.changes[event.number] = (event.step, run.changes[event.number][1])

    @_take.register
    def _forgotten(self, event: Forgotten) -> None:
        if run := self._runs.get(event.run):
            run.further = False

    @_take.register
    def _checkpoint(self, event: Checkpoint) -> None:
        run = self._runs.get(event.run)
        if run and run.folder:
            self._save(event, run.folder)

    @_take.register
    def _of_a_question(self, event: QuestionEvent) -> None:
        self._questions.take(event)

    def _expire(self) -> None:
        """Stop runs whose lease has ended, and forget those that nobody has looked at for long.

        Questions that nobody waits for any more are ended, and what takes too much memory and is
        not in use is forgotten, the longest unseen first.
        """
        now = time.monotonic()
        with self._lock:
            self._questions.expire(self.limits.abandoned, self.limits.remembered,
                                   self.limits.shared)
            for run in list(self._runs.values()):
                unseen = now - run.touched
                if run.stored:
                    if run.owner and unseen > self.limits.lease:
                        self.drop(run.id)  # it is in the store, and can be read again
                    continue
                if unseen > self.limits.idle_lease:
                    self.drop(run.id)
                elif unseen > self.limits.lease and run.status in (Status.RUNNING, Status.QUEUED):
                    self.stop(run.id, Refusal(N_("nobody was watching")))
            self._make_room()

    def _make_room(self) -> None:
        """Forget the longest unseen runs until the others fit into the memory for them.

        A run is in use, and stays, while its lease has not ended: if there is no room for all of
        those, each one that takes more than its share loses snapshots. Stored ones can be read
        again.
        """
        runs = sorted(self._runs.values(), key=lambda run: run.touched)
        total = sum(run.history.nbytes for run in runs)
        now = time.monotonic()
        while total > self.limits.memory and now - runs[0].touched > self.limits.lease:
            total -= runs[0].history.nbytes
            self.drop(runs.pop(0).id)
        if total > self.limits.memory:
            for run in runs:
                run.history.shrink(self.limits.memory / len(runs))
