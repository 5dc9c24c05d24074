"""InlineEngine: the same engine without a process, for tests and scripts. Polling trains."""

import shutil
import tempfile
import time
from pathlib import Path

from playground.engine.base import Engine, Limits, Place, Poll
from playground.engine.protocol import Message, decode, encode
from playground.engine.scheduler import Scheduler
from playground.experiments.base import experiment_type
from playground.runs import Run


class InlineEngine(Engine):
    """Advances its runs inside `poll`, so nothing happens at a time that a test did not choose.

    Args:
        slices: slices of work per poll.
    """

    def __init__(self, limits: Limits | None = None, *, slices: int = 4) -> None:
        super().__init__(limits)
        self.slices = slices
        self.root = Path(tempfile.mkdtemp(prefix="playground-"))
        self.answers: list[Message] = []
        self.scheduler = Scheduler("cpu", self._event)

    @property
    def place(self) -> Place:
        """This process, on its CPU."""
        return Place("cpu", "CPU, in this process")

    def poll(self, run_id: str, since: int = -1) -> Poll:
        """Train for some slices, then answer as every engine does."""
        for _ in range(self.slices):
            self.scheduler.advance()
        return super().poll(run_id, since)

    def wait(self, run_id: str, step: int, timeout: float = 1.0) -> None:
        """Train until a run has shown this step or is over: nobody else would."""
        run, end = self._get(run_id), time.monotonic() + timeout
        while not (run.status.over or run.history.kept and run.step >= step):
            pause, left = self.scheduler.advance(), end - time.monotonic()
            if pause is None or left <= 0:
                return
            time.sleep(min(pause, left))

    def close(self) -> None:
        """Remove the files of all runs."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _event(self, event: Message) -> None:
        event = _through_the_pipe(event)
        if event["type"] == "answer":
            self.answers.append(event)
        else:
            self._receive(event)

    def _send(self, run: Run, message: Message) -> None:
        message = _through_the_pipe(message)
        if message["type"] == "start":
            try:
                experiment_type(run.experiment).prepare(run.settings)
            except ValueError as error:
                self._receive({"type": "status", "run": run.id, "status": "failed",
                               "reason": str(error)})
                return
        self.scheduler.handle(message)

    def _question(self, run: Run, message: Message) -> Message:
        self.scheduler.handle(_through_the_pipe(message) | {"id": 0})
        return self.answers.pop()

    def _new_folder(self, run_id: str) -> Path:
        folder = self.root / run_id
        folder.mkdir()
        return folder

    def _has_room(self, run: Run) -> bool:
        training = self.owners_training()
        return run.owner in training or len(training) < self.limits.sessions


def _through_the_pipe(message: Message) -> Message:
    """Encode and decode, so that tests see what a worker would see."""
    frame = encode(message)
    n_header = int.from_bytes(frame[:4], "little")
    return decode(frame[8:8 + n_header], frame[8 + n_header:])
