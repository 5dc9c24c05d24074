"""Checkpoints on disk: each run's newest one, whole or not at all."""

import os
import queue
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from playground.engine import protocol
from playground.engine.messages import Checkpoint, plain

NAME = "checkpoint"
ALONG = "checkpoint-"
MOST_ALONG = 12
MAX_BYTES_ALONG = 64_000_000


def write(checkpoint: Checkpoint, folder: Path) -> None:
    """Replace the checkpoint in a run's folder; do nothing if the folder is gone.

    It is written under another name, flushed to the disk, and renamed.
    """
    partial = folder / f"{NAME}.partial"
    try:
        with partial.open("wb") as file:
            protocol.write(file, plain(checkpoint))
            os.fsync(file.fileno())
        partial.replace(folder / NAME)
        _keep_along(folder, checkpoint.step)
    except FileNotFoundError:
        return


def _keep_along(folder: Path, step: int) -> None:
    """Keep this checkpoint beside the newest one, so that the run can be taken up there.

    There are a few of them, the farther back the fewer: of two that lie close, in the ratio of
    their steps, one goes.
    """
    (folder / f"{ALONG}{step}").unlink(missing_ok=True)
    os.link(folder / NAME, folder / f"{ALONG}{step}")
    kept = sorted(_along(folder))
    sizes = {at: (folder / f"{ALONG}{at}").stat().st_size for at in kept}
    while len(kept) > 1 and (len(kept) > MOST_ALONG or sum(sizes.values()) > MAX_BYTES_ALONG):
        ratios = [after / max(before, 1) for before, after in zip([0, *kept[:-2]], kept[1:],
                                                                  strict=True)]
        victim = kept.pop(ratios.index(min(ratios)))
        del sizes[victim]
        (folder / f"{ALONG}{victim}").unlink(missing_ok=True)


def _along(folder: Path) -> list[int]:
    return [int(path.name.removeprefix(ALONG)) for path in folder.glob(f"{ALONG}*")]


def read_until(folder: Path | None, step: int) -> dict[str, Any] | None:
    """Return the last checkpoint of a run up to a step; None if there is none."""
    if folder is None:
        return None
    found = [at for at in _along(folder) if at <= step]
    return _read(folder / f"{ALONG}{max(found)}") if found else None


def read(folder: Path | None) -> dict[str, Any] | None:
    """Return the checkpoint of a run's folder; None if there is none, or it cannot be read."""
    return None if folder is None else _read(folder / NAME)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            return protocol.read(file)
    except (OSError, ValueError):
        return None


class Writer:
    """Writes checkpoints in a thread of its own, so that nobody waits for the disk."""

    def __init__(self) -> None:
        self._queue: queue.Queue[tuple[Checkpoint, Path] | None] = queue.Queue()
        threading.Thread(target=self._work, daemon=True, name="checkpoints").start()

    def put(self, checkpoint: Checkpoint, folder: Path) -> None:
        """Write one soon."""
        self._queue.put((checkpoint, folder))

    def finish(self) -> None:
        """Wait until all are written."""
        self._queue.join()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            with suppress(OSError):  # a full disk costs the checkpoint, not the run
                write(*item)
            self._queue.task_done()
