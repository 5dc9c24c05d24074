"""The engine as pages see it: start a run, poll it, steer it, ask it. The same everywhere."""

import secrets
import shutil
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground import runs
from playground.engine.protocol import Message
from playground.runs import Run, Status
from playground.settings import Settings
from playground.snapshot import Snapshot


class EngineFull(RuntimeError):
    """The engine takes no more runs for now; the message tells the visitor why."""


class UnknownRun(KeyError):
    """There is no run of this id (any more)."""


class QuestionFailed(RuntimeError):
    """A question had no answer; the message tells the visitor why."""


@dataclass(frozen=True)
class Limits:
    """How much an engine takes on.

    Attributes:
        sessions: sessions that train at once, per worker; the others queue.
        queue: runs that may wait.
        seconds: training time of one run.
        lease: seconds after which a running run that nobody polls is stopped.
        idle_lease: the same for a run that is paused or over; then it is forgotten.
        hang: seconds without a sign of life after which a worker is replaced.
        answer: seconds that a question may take.
    """

    sessions: int = 8
    queue: int = 24
    seconds: float = 600.0
    lease: float = 150.0
    idle_lease: float = 1800.0
    hang: float = 12.0
    answer: float = 10.0


@dataclass(frozen=True)
class Place:
    """Where models train: the device, its name in words, and a remark if it is not as wanted."""

    device: str
    name: str
    remark: str = ""


@dataclass(frozen=True)
class Poll:
    """What `Engine.poll` returns: how a run stands, and its snapshots since the last poll.

    Attributes:
        run: the run itself; read it, do not change it.
        snapshots: new snapshots by number.
        position: place in the queue, from 1; 0 if the run does not wait.
    """

    run: Run
    snapshots: dict[int, Snapshot]
    position: int


class Engine(ABC):
    """Keeps the runs of all sessions and decides which of them may train.

    A subclass says how a message reaches a worker. Events from workers come in through `_receive`.
    All methods may be called from any thread.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._runs: dict[str, Run] = {}
        self._queue: list[str] = []

    @property
    @abstractmethod
    def place(self) -> Place | None:
        """Where the models train, or None while the worker is starting."""

    @abstractmethod
    def _send(self, run: Run, message: Message) -> None:
        """Deliver a message to the worker that has this run."""

    @abstractmethod
    def _question(self, run: Run, message: Message) -> Message:
        """Deliver a question and wait for its answer; raise QuestionFailed if there is none."""

    @abstractmethod
    def _new_folder(self, run_id: str) -> Path:
        """Return a new, empty folder for the weights of a run."""

    @abstractmethod
    def _has_room(self, run: Run) -> bool:
        """Tell whether the owner of this run may train now."""

    def start(self, experiment: str, settings: Settings, owner: str, *,
              paused: bool = False) -> str:
        """Start a run and return its id.

        Args:
            paused: build the model and show it at step 0, but do not train yet.

        Raises:
            EngineFull: too many runs wait already.
        """
        with self._lock:
            run_id = secrets.token_hex(16)
            run = Run(run_id, experiment, settings, owner, folder=self._new_folder(run_id))
            self._runs[run_id] = run
            if not paused and not self._may_queue(run):
                self.drop(run_id)
                raise self._full()
            self._send_start(run)
            if not paused:
                self.resume(run_id)
        return run_id

    def load(self, folder: Path, *, run_id: str | None = None) -> str:
        """Take in a run from disk and return its id. It can be scrubbed and asked.

        Raises:
            ValueError: the folder does not hold a whole run.
        """
        run = runs.load(folder, run_id or secrets.token_hex(16))
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
            return Poll(run, run.history.since(since), position)

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
                self._send(run, {"type": "pause", "run": run_id})
                self._admit()

    def step(self, run_id: str) -> None:
        """Do exactly one training step and stay paused."""
        with self._lock:
            run = self._get(run_id)
            if not run.status.over:
                self._leave_queue(run_id)
                run.status = Status.PAUSED
                self._send(run, {"type": "step", "run": run_id})
                self._admit()

    def stop(self, run_id: str, reason: str = "") -> None:
        """End a run. Its history stays and its model can be asked."""
        with self._lock:
            run = self._get(run_id)
            if not run.status.over:
                self._leave_queue(run_id)
                self._send(run, {"type": "stop", "run": run_id, "reason": reason})

    def update(self, run_id: str, **changes: Any) -> None:
        """Move live knobs while a run trains.

        Raises:
            ValueError: a knob is not live, or a value is outside of its range.
        """
        with self._lock:
            run = self._get(run_id)
            if fixed := set(changes) - run.settings.live_names():
                raise ValueError(f"{', '.join(sorted(fixed))} must be a live knob to change "
                                 "while the model trains")
            run.settings_at(run.step).with_changes(**changes)
            if not run.status.over:
                run.changes.append((run.step, changes))
                self._send(run, {"type": "update", "run": run_id, "changes": changes})

    def ask(self, run_id: str, question: str, **arguments: Any) -> dict[str, Any]:
        """Ask the live or stored model of a run.

        Raises:
            QuestionFailed: the worker could not answer, or not in time.
        """
        with self._lock:
            run = self._get(run_id)
            run.touched = time.monotonic()
        answer = self._question(run, {
            "type": "ask", "run": run_id, "question": question, "arguments": arguments,
            "experiment": run.experiment, "settings": run.settings.model_dump(mode="json"),
            "folder": str(run.folder or ""),
        })
        if "error" in answer:
            raise QuestionFailed(answer["error"])
        value: dict[str, Any] = answer["value"]
        return value

    def drop(self, run_id: str) -> None:
        """Forget a run, its history, its model and its files."""
        with self._lock:
            run = self._runs.pop(run_id, None)
            if run is None:
                return
            self._leave_queue(run_id)
            self._send(run, {"type": "drop", "run": run_id})
            if run.folder and not run.stored:
                shutil.rmtree(run.folder, ignore_errors=True)
            self._admit()

    def release(self, owner: str) -> None:
        """Forget all runs of a session that has ended."""
        with self._lock:
            for run_id in [run.id for run in self._runs.values() if run.owner == owner]:
                self.drop(run_id)

    def owners_training(self) -> set[str]:
        """Return the sessions that have a run in training."""
        return {run.owner for run in self._runs.values() if run.status is Status.RUNNING}

    def _where(self, run: Run) -> Place | None:
        return self.place

    def _send_start(self, run: Run) -> None:
        self._send(run, {"type": "start", "run": run.id, "experiment": run.experiment,
                         "settings": run.settings_at(run.step).model_dump(mode="json"),
                         "owner": run.owner, "folder": str(run.folder),
                         "max_seconds": self.limits.seconds})

    def _get(self, run_id: str) -> Run:
        if run_id not in self._runs:
            raise UnknownRun(run_id)
        return self._runs[run_id]

    def _may_queue(self, run: Run) -> bool:
        return len(self._queue) < self.limits.queue or self._has_room(run)

    def _full(self) -> EngineFull:
        return EngineFull(f"all {self.limits.sessions} places are taken and {len(self._queue)} "
                          "runs wait; try again in a minute")

    def _leave_queue(self, run_id: str) -> None:
        if run_id in self._queue:
            self._queue.remove(run_id)

    def _admit(self) -> None:
        for run_id in list(self._queue):
            run = self._runs[run_id]
            if self._has_room(run):
                self._queue.remove(run_id)
                run.status = Status.RUNNING
                self._send(run, {"type": "resume", "run": run_id})

    def _receive(self, event: Message) -> None:
        with self._lock:
            run = self._runs.get(event.get("run", ""))
            if run is None:
                return
            if event["type"] == "snapshot":
                run.receive(Snapshot(event["step"], event["seconds"], event["metrics"],
                                     event["arrays"]))
                run.clocked, run.progress = event["clocked"], event["progress"]
            elif event["type"] == "status":
                run.total = event.get("total", run.total)
                place = self._where(run)
                run.device = place.name if place else ""
                status = Status(event["status"])
                if status.over and not run.status.over:
                    self._leave_queue(run.id)
                    run.status, run.reason = status, event["reason"]
                    self._admit()
            self._news.notify_all()

    def _expire(self) -> None:
        """Stop runs whose lease has ended, and forget those that nobody has looked at for long."""
        now = time.monotonic()
        with self._lock:
            for run in list(self._runs.values()):
                if run.stored:
                    continue
                unseen = now - run.touched
                if unseen > self.limits.idle_lease:
                    self.drop(run.id)
                elif unseen > self.limits.lease and run.status in (Status.RUNNING, Status.QUEUED):
                    self.stop(run.id, "nobody was watching")

