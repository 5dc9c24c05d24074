"""A run as the web process sees it: status and history."""

import math
import time
from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, Self

from typing_extensions import TypeVar

from playground.refusal import Refusal
from playground.runs.history import History
from playground.settings import Settings
from playground.snapshot import Snapshot

S_co = TypeVar("S_co", bound=Settings, covariant=True, default=Settings)
Change = tuple[int, dict[str, Any]]


class Status(StrEnum):
    """What a run is doing."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether the run will never train again."""
        return self in (Status.FINISHED, Status.STOPPED, Status.FAILED)

    @property
    def still(self) -> bool:
        """Whether the run does not train now, nor will without anybody asking."""
        return self.over or self is Status.PAUSED


@dataclass
class Run(Generic[S_co]):
    """One training: what was asked for, how it stands, and what came back.

    Attributes:
        id: 32 hexadecimal digits.
        experiment: the concept's name, e.g. "vae".
        owner: the session that started it.
        total: steps at which it finishes, once the worker has said so.
        refusal: why it stopped or failed.
        folder: where its weights are, or will be when it ends; None if it has none.
        changes: knobs that moved, or are to move, after so many steps, as (step, {name: value}).
        stored: it was loaded from disk, not trained in this session.
        device: where it trained, in words.
        created: the day on which it was trained, ISO 8601.
        clocked: the newest seconds that the experiment has clocked, by name.
        progress: how much is done, 0 to 1, where the steps do not tell it; else None.
        all_held_out: figures of all held-out data, by name, if they were measured.
        further: it is finished, and its worker still knows how to go on from there.
        background: it takes what time the others leave.
        starts: how often it was told to go on, for one step or for all.
        resumed: steps at which its worker was lost and another one took it over.
        parent: the run and the step at which it branched off, if it did.
        sweep: the id of the sweep that it belongs to; empty if it belongs to none.
    """

    id: str
    experiment: str
    settings: S_co
    owner: str
    status: Status = Status.PAUSED
    total: int | None = None
    refusal: Refusal | None = None
    folder: Path | None = None
    changes: list[Change] = field(default_factory=list)
    stored: bool = False
    device: str = ""
    created: str = field(default_factory=lambda: time.strftime("%Y-%m-%d"))
    clocked: dict[str, float] = field(default_factory=dict)
    progress: float | None = None
    all_held_out: dict[str, float] = field(default_factory=dict)
    further: bool = False
    background: bool = False
    starts: int = 0
    resumed: list[int] = field(default_factory=list)
    parent: tuple[str, int] | None = None
    sweep: str = ""
    history: History = field(default_factory=History)
    touched: float = field(default_factory=time.monotonic)
    arrivals: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=30))

    @property
    def reason(self) -> str:
        """Why it stopped or failed, one English sentence; empty if there is nothing to say."""
        return str(self.refusal or "")

    @property
    def step(self) -> int:
        """Training steps done at the newest snapshot."""
        return self.history.last.step if self.history.last else 0

    @property
    def seconds(self) -> float:
        """Seconds of training up to the newest snapshot."""
        return self.history.last.seconds if self.history.last else 0.0

    @property
    def last_step(self) -> int | None:
        """The step at which it ends or has ended; None as long as nobody knows."""
        if self.status is Status.FINISHED:
            return self.step
        return self.total if self.progress is None else None

    @property
    def share(self) -> float:
        """How much of the training is done, 0 to 1."""
        if self.last_step:
            return min(self.step / self.last_step, 1.0)
        return self.progress or 0.0

    def seconds_left(self) -> float:
        """Return how long it still takes, as a visitor would clock it; NaN if nobody can tell."""
        if self.last_step:
            speed = self.steps_per_second()
            return (self.last_step - self.step) / speed if speed else math.nan
        return self.seconds * (1 / self.share - 1) if self.share else math.nan

    def view(self) -> Self:
        """Return a copy for somebody who reads while more snapshots arrive."""
        return replace(self, history=self.history.until(len(self.history.metrics) - 1),
                       changes=self.changes.copy(), resumed=self.resumed.copy(),
                       arrivals=self.arrivals.copy())

    def at(self, number: int) -> Self:
        """Return the run as it stood at one of its kept snapshots, which is its newest there.

        What it had clocked by then nobody knows any more, and all held-out data were measured at
        its end.
        """
        if self.history.last is self.history.kept[number]:
            return self
        return replace(self, history=self.history.until(number), clocked={}, all_held_out={})

    def receive(self, snapshot: Snapshot) -> None:
        """Take a snapshot that has just arrived; one of a step that is known changes nothing."""
        if self.history.last and snapshot.step <= self.step:
            return
        self.all_held_out = {}
        self.history.append(snapshot)
        self.arrivals.append((time.monotonic(), snapshot.step))

    def steps_per_second(self) -> float:
        """Return the speed over the newest arrivals, as a visitor would clock it."""
        if len(self.arrivals) < 2:
            return math.nan
        (t0, s0), (t1, s1) = self.arrivals[0], self.arrivals[-1]
        return (s1 - s0) / (t1 - t0) if t1 > t0 else math.nan

    def settings_at(self, step: float) -> S_co:
        """Return the settings that were in force at a step, live changes included."""
        settings = self.settings
        for when, change in self.changes:
            if when <= step:
                settings = settings.with_changes(**change)
        return settings
