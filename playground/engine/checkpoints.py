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
    except FileNotFoundError:
        return


def read(folder: Path | None) -> dict[str, Any] | None:
    """Return the checkpoint of a run's folder; None if there is none, or it cannot be read."""
    if folder is None:
        return None
    try:
        with (folder / NAME).open("rb") as file:
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
