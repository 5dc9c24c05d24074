"""The keeper: writes the runs that have ended to the store, so that nobody waits for the disk."""

import queue
import secrets
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from playground import events
from playground.refusal import Refusal
from playground.runs import files, weights
from playground.runs.run import Run
from playground.runs.store import Store

Picture = Callable[[Run], bytes | None]


class Keeper:
    """Keeps runs one after the other, in a thread of its own.

    What cannot be kept costs the run nothing: `trouble` tells the visitors why.

    Args:
        store: where they are kept.
        picture: draws a run's first figure as WebP; None where it cannot be drawn.

    Attributes:
        trouble: why the newest run could not be kept; None when it could.
    """

    def __init__(self, store: Store, picture: Picture) -> None:
        self.store, self.picture = store, picture
        self.trouble: Refusal | None = None
        self._queue: queue.Queue[tuple[Run, dict[str, np.ndarray] | None]] = queue.Queue()
        self._waiting: set[str] = set()
        threading.Thread(target=self._work, daemon=True, name="keeper").start()

    def put(self, run: Run, learned: dict[str, np.ndarray] | None) -> None:
        """Keep a run soon.

        Args:
            run: as it stands; nobody changes it any more.
            learned: its weights, or None.
        """
        self._waiting.add(run.id)
        self._queue.put((run, learned))

    def is_keeping(self, run_id: str) -> bool:
        """Tell whether a run still waits to be kept."""
        return run_id in self._waiting

    def finish(self) -> None:
        """Wait until all are kept."""
        self._queue.join()

    def _work(self) -> None:
        while True:
            run, learned = self._queue.get()
            try:
                self._keep(run, learned)
                self.trouble = None
            except Refusal as refusal:
                events.refused("keep", refusal)
                self.trouble = refusal
            except Exception as error:
                events.failed(secrets.token_hex(3), error)
            finally:
                self._waiting.discard(run.id)
                self._queue.task_done()

    def _keep(self, run: Run, learned: dict[str, np.ndarray] | None) -> None:
        picture = None
        try:
            picture = self.picture(run)
        except Exception as error:  # a run without a picture is a run all the same
            events.failed(secrets.token_hex(3), error)
        with tempfile.TemporaryDirectory(prefix="playground-keep-") as scratch:
            if learned:
                weights.save(learned, Path(scratch) / files.WEIGHTS)
            self.store.keep(replace(run, folder=Path(scratch)), picture)
