"""A run as the web process sees it: status, history, and its way to disk and back."""

import math
import os
import shutil
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from playground import concepts
from playground.explain import explain
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import Settings
from playground.snapshot import Snapshot

MAX_SNAPSHOTS = 200
MAX_BYTES = 20_000_000
RECENT = 30
NOT_WHOLE = N_("{name} must be a whole saved run: {reason}")

Measurement = tuple[int, float, dict[str, float]]
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


class History:
    """The snapshots of a run: every metric, and enough arrays to scrub through.

    Snapshots are numbered in the order of their arrival, from 0. When there are too many, those
    whose neighbours lie closest on the scale of sqrt(step) lose their arrays: the start stays
    denser than the end. The first and the newest `RECENT` are always kept: they may be on their
    way to a browser.

    Attributes:
        kept: the snapshots that still have their arrays, by number.
        metrics: step, seconds and metrics of all snapshots.
        nbytes: bytes of all kept arrays together.
        last: the newest snapshot, or None.
    """

    def __init__(self) -> None:
        self.kept: dict[int, Snapshot] = {}
        self.metrics: list[Measurement] = []
        self.nbytes = 0
        self.last: Snapshot | None = None

    def append(self, snapshot: Snapshot) -> None:
        """Add the newest snapshot."""
        self.last = self.kept[len(self.metrics)] = snapshot
        self.metrics.append((snapshot.step, snapshot.seconds, snapshot.metrics))
        self.nbytes += snapshot.nbytes
        while len(self.kept) > 2 and (len(self.kept) > MAX_SNAPSHOTS or self.nbytes > MAX_BYTES):
            self._thin()

    def shrink(self, nbytes: float) -> None:
        """Let snapshots lose their arrays until they take so many bytes, as far as that goes."""
        while self.nbytes > nbytes and len(self.kept) > RECENT + 2:
            self._thin()

    def _thin(self) -> None:
        numbers = list(self.kept)
        places = np.sqrt([self.kept[number].step for number in numbers])
        old = max(len(numbers) - 1 - RECENT, 1)
        victim = numbers[1 + int(np.argmin((places[2:] - places[:-2])[:old]))]
        self.nbytes -= self.kept.pop(victim).nbytes

    def until(self, number: int) -> "History":
        """Return a copy of it as it was when this kept snapshot was the newest one."""
        copy = History()
        copy.kept = {n: snapshot for n, snapshot in self.kept.items() if n <= number}
        copy.metrics = self.metrics[:number + 1]
        copy.nbytes = sum(snapshot.nbytes for snapshot in copy.kept.values())
        copy.last = copy.kept.get(number)
        return copy

    def since(self, number: int) -> dict[int, Snapshot]:
        """Return the kept snapshots with a larger number than this one, in order."""
        return {n: snapshot for n, snapshot in self.kept.items() if n > number}

    def curve(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the steps and the values of one metric, where it was measured."""
        rows = [(step, metrics[name]) for step, _, metrics in self.metrics if name in metrics]
        table = np.array(rows, dtype=np.float64).reshape(-1, 2)
        return table[:, 0], table[:, 1]


@dataclass
class Run:
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
    """

    id: str
    experiment: str
    settings: Settings
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

    def settings_at(self, step: float) -> Settings:
        """Return the settings that were in force at a step, live changes included."""
        settings = self.settings
        for when, change in self.changes:
            if when <= step:
                settings = settings.with_changes(**change)
        return settings


class Record(BaseModel):
    """What `run.json` holds."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    experiment: str
    settings: dict[str, Any]
    status: Status
    total: int | None
    reason: str
    refusal: dict[str, Any] | None = None
    changes: list[Change]
    device: str
    created: str
    clocked: dict[str, float] = {}
    all_held_out: dict[str, float] = {}
    metrics: list[Measurement]


def save(run: Run, folder: Path, *, max_snapshots: int = MAX_SNAPSHOTS) -> None:
    """Write a run to a folder: `run.json`, `history.npz` and, if there are any, its weights.

    The folder appears whole or not at all; a folder that was there is replaced.

    Args:
        max_snapshots: 2 or more; keep the arrays of at most so many snapshots, spread over the
            run.
    """
    kept, metrics = run.history.kept.copy(), run.history.metrics.copy()
    record = Record(
        experiment=run.experiment, settings=run.settings.model_dump(mode="json"),
        status=run.status, total=run.total, reason=run.reason,
        refusal=run.refusal.plain() if run.refusal else None, changes=run.changes,
        device=run.device, created=run.created, clocked=run.clocked,
        all_held_out=run.all_held_out, metrics=metrics,
    )
    numbers = _spread([number for number in kept if number < len(metrics)], max_snapshots)
    arrays = {
        f"{number}/{name}": array
        for number in numbers
        for name, array in kept[number].arrays.items()
    }
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        (fresh / "run.json").write_text(record.model_dump_json(), encoding="utf-8")
        np.savez_compressed(fresh / "history.npz", allow_pickle=False,
                            numbers=np.array(numbers, dtype=np.int64), **arrays)
        if run.folder and (run.folder / "weights.safetensors").exists():
            shutil.copy(run.folder / "weights.safetensors", fresh)
        for path in fresh.iterdir():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        if folder.exists():
            folder.replace(Path(scratch) / "replaced")
        fresh.replace(folder)


def load(folder: Path, run_id: str) -> Run:
    """Read a run from a folder that `save` has written.

    A run that was saved before its end counts as stopped.

    Raises:
        Refusal: a file is missing or damaged, or its settings are not allowed any more.
    """
    try:
        record = Record.model_validate_json((folder / "run.json").read_bytes())
        settings = concepts.settings_type(record.experiment)(**record.settings)
        run = Run(run_id, record.experiment, settings, owner="", stored=True, folder=folder,
                  status=record.status if record.status.over else Status.STOPPED,
                  total=record.total, refusal=_refusal(record), changes=record.changes,
                  device=record.device, created=record.created, clocked=record.clocked,
                  all_held_out=record.all_held_out)
        for step, _ in run.changes:
            run.settings_at(step)
        run.history = _history(record.metrics, folder / "history.npz")
    except ValidationError as error:
        raise Refusal(NOT_WHOLE, name=folder.name, reason=explain(error)) from None
    except Refusal as refusal:
        raise Refusal(NOT_WHOLE, name=folder.name, reason=refusal) from None
    except Exception as error:  # a damaged archive can raise nearly everything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Refusal(NOT_WHOLE, name=folder.name, reason=reason) from error
    return run


def _refusal(record: Record) -> Refusal | None:
    if record.refusal:
        return Refusal.of(record.refusal)
    return Refusal("{reason}", reason=record.reason) if record.reason else None


def _history(metrics: list[Measurement], path: Path) -> History:
    history = History()
    history.metrics = metrics
    grouped: dict[str, dict[str, np.ndarray]] = {}
    with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        numbers = file["numbers"]
        if numbers.dtype != np.int64 or numbers.ndim != 1:
            raise Refusal(N_("numbers must be a list of int64, got {found}"),
                          found=str(numbers.dtype))
        for key in file.files:
            number, _, name = key.partition("/")
            if name:
                grouped.setdefault(number, {})[name] = file[key]
    for number in map(int, numbers):
        if not 0 <= number < len(metrics):
            raise Refusal(N_("{name} must be between {low} and {high}, got {value!r}"),
                          name="number", low=0, high=len(metrics) - 1, value=number)
        step, seconds, values = metrics[number]
        history.last = Snapshot(step, seconds, values, grouped.get(str(number), {}))
        history.kept[number] = history.last
        history.nbytes += history.last.nbytes
    return history


def _spread(numbers: list[int], count: int) -> list[int]:
    if len(numbers) <= count:
        return numbers
    return [numbers[i] for i in np.unique(np.linspace(0, len(numbers) - 1, count).astype(int))]
