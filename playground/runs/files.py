"""A run's way to a folder and back: `run.json`, `history.npz` and its weights."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from playground import concepts
from playground.explain import explain
from playground.language import N_
from playground.refusal import Refusal
from playground.runs.history import MAX_SNAPSHOTS, History, Measurement
from playground.runs.run import Change, Run, Status
from playground.snapshot import Snapshot

NOT_WHOLE = N_("{name} must be a whole saved run: {reason}")
VERSION = 2
HISTORY, RECORD, WEIGHTS = "history.npz", "run.json", "weights.safetensors"


class Record(BaseModel):
    """What `run.json` holds.

    Attributes:
        version: of the format; one without any is of the first.
        parent: the run and the step at which it branched off, if it did.
    """

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    version: int
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
    parent: tuple[str, int] | None


def _second(plain: dict[str, Any]) -> dict[str, Any]:
    """Let a record of the first format say that its run is nobody's branch."""
    return {"parent": None, **plain}


MIGRATIONS = {1: _second}  # what makes the next format of one


def save(run: Run, folder: Path, *, max_snapshots: int = MAX_SNAPSHOTS,
         max_measurements: int | None = None) -> None:
    """Write a run to a folder: `run.json`, `history.npz` and, if there are any, its weights.

    The folder appears whole or not at all; a folder that was there is replaced.

    Args:
        max_snapshots: 2 or more; keep the arrays of at most so many snapshots, spread over the
            run.
        max_measurements: keep at most about so many points of the curves, and those of the kept
            snapshots; all, if not given.
    """
    kept, measured = run.history.kept.copy(), run.history.metrics.copy()
    numbers = _spread([number for number in kept if number < len(measured)], max_snapshots)
    points = list(range(len(measured)))
    points = sorted({*_spread(points, max_measurements or len(points)), *numbers})
    record = Record(
        version=VERSION, parent=run.parent, experiment=run.experiment,
        settings=run.settings.model_dump(mode="json"),
        status=run.status, total=run.total, reason=run.reason,
        refusal=run.refusal.plain() if run.refusal else None, changes=run.changes,
        device=run.device, created=run.created, clocked=run.clocked,
        all_held_out=run.all_held_out, metrics=[measured[point] for point in points],
    )
    places = [points.index(number) for number in numbers]
    arrays = {
        f"{place}/{name}": array
        for place, number in zip(places, numbers, strict=True)
        for name, array in kept[number].arrays.items()
    }
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        (fresh / RECORD).write_text(record.model_dump_json(), encoding="utf-8")
        np.savez_compressed(fresh / HISTORY, allow_pickle=False,
                            numbers=np.array(places, dtype=np.int64), **arrays)
        if run.folder and (run.folder / WEIGHTS).exists():
            shutil.copy(run.folder / WEIGHTS, fresh)
        for path in fresh.iterdir():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        flush(fresh)
        if folder.exists():
            folder.replace(Path(scratch) / "replaced")
        fresh.replace(folder)


def flush(folder: Path) -> None:
    """Let the names in a folder be on the disk; where folders cannot be flushed, they may be."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def load(folder: Path, run_id: str) -> Run:
    """Read a run from a folder that `save` has written.

    A run that was saved before its end counts as stopped.

    Raises:
        Refusal: a file is missing or damaged, or its settings are not allowed any more.
    """
    try:
        record = _record((folder / RECORD).read_bytes())
        settings = concepts.settings_type(record.experiment)(**record.settings)
        run = Run(run_id, record.experiment, settings, owner="", stored=True, folder=folder,
                  status=record.status if record.status.over else Status.STOPPED,
                  total=record.total, refusal=_refusal(record), changes=record.changes,
                  device=record.device, created=record.created, clocked=record.clocked,
                  all_held_out=record.all_held_out, parent=record.parent)
        for step, _ in run.changes:
            run.settings_at(step)
        run.history = _history(record.metrics, folder / HISTORY)
    except ValidationError as error:
        raise Refusal(NOT_WHOLE, name=folder.name, reason=explain(error)) from None
    except Refusal as refusal:
        raise Refusal(NOT_WHOLE, name=folder.name, reason=refusal) from None
    except Exception as error:  # a damaged archive can raise nearly everything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Refusal(NOT_WHOLE, name=folder.name, reason=reason) from error
    return run


def _record(text: bytes) -> Record:
    """Return a record of the newest format, whatever format it was written in.

    Raises:
        Refusal: the format is newer than this program.
        ValueError: it is damaged.
    """
    plain = json.loads(text)
    version = plain.get("version", 1) if isinstance(plain, dict) else 1
    if not isinstance(version, int) or version > VERSION:
        raise Refusal(N_("it is of format {version}, and this program reads formats up to "
                         "{newest}: open it with a newer one"), version=version, newest=VERSION)
    for each in range(version, VERSION):
        plain = MIGRATIONS[each](plain)
    return Record.model_validate_json(json.dumps({**plain, "version": VERSION}))


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
