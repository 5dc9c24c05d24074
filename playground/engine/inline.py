"""InlineEngine: the same engine without a process, for tests and scripts. Polling trains."""

import time
from pathlib import Path

from playground.concepts import settings_type
from playground.engine import checkpoints, messages
from playground.engine.base import Poll
from playground.engine.limits import Limits
from playground.engine.messages import Checkpoint, Ended, Event, Message, Order, Start
from playground.engine.questions import Asked
from playground.engine.scheduler import Scheduler, refusal_of
from playground.engine.staff import StaffedEngine
from playground.engine.workers import AtWork, Place, Receive, Worker
from playground.experiments.base import experiment_type
from playground.language import N_
from playground.refusal import Refusal


class InlineWorker(Worker):
    """A worker in this process, which works when it is told to."""

    def __init__(self, wanted: str, receive: Receive, box: Path) -> None:
        super().__init__(wanted, receive)
        self.place = Place("cpu", "CPU, in this process")
        self.scheduler = Scheduler("cpu", self._tell, self._note)
        self._now = AtWork()

    def send(self, order: Order) -> None:
        """Do at once what an order says."""
        received = _through_the_pipe(order)
        assert isinstance(received, Order)
        if isinstance(received, Start):
            try:
                settings = settings_type(received.experiment)(**received.settings)
                experiment_type(received.experiment).prepare(settings)
            except ValueError as error:
                self._tell(Ended(received.run, "failed", reason=refusal_of(error)))
                return
        self.scheduler.handle(received)

    def at_work(self) -> AtWork:
        """Return what it is doing."""
        return self._now

    @property
    def silent(self) -> float:
        """It is never silent."""
        return 0.0

    def kill(self) -> None:
        """End; whoever hired it is told."""
        self.receive(self, None)

    def close(self) -> None:
        """There is nothing to end."""

    def cause_of_death(self) -> Refusal:
        """It was told to end."""
        return Refusal(N_("was ended"))

    def _tell(self, event: Event) -> None:
        received = _through_the_pipe(event)
        assert isinstance(received, Event)
        self.receive(self, received)

    def _note(self, label: str, step: int) -> None:
        self._now = AtWork(self._now.slices + bool(label), label, step)


class InlineEngine(StaffedEngine):
    """Advances its runs inside `poll`, so nothing happens at a time that a test did not choose.

    Args:
        slices: slices of work per poll.
    """

    def __init__(self, limits: Limits | None = None, *, slices: int = 4) -> None:
        super().__init__(limits or Limits(moment=60.0), ("cpu",), InlineWorker)
        self.slices = slices
        self._worker("cpu")

    @property
    def scheduler(self) -> Scheduler:
        """What its worker works with."""
        worker = self._worker("cpu")
        assert isinstance(worker, InlineWorker)
        return worker.scheduler

    def poll(self, run_id: str, since: int = -1) -> Poll:
        """Train for some slices, then answer as every engine does."""
        for _ in range(self.slices):
            self.scheduler.advance()
        return super().poll(run_id, since)

    def wait(self, run_id: str, step: int, timeout: float = 1.0) -> None:
        """Train until a run has shown this step or is over: nobody else would.

        Until it is built and has shown itself for the first time there is no timeout.
        """
        run, end = self._get(run_id), time.monotonic() + timeout
        while not (run.status.over or run.history.kept and run.step >= step):
            pause, left = self.scheduler.advance(), end - time.monotonic()
            if pause is None or (left <= 0 and run.history.kept):
                return
            time.sleep(max(0.0, min(pause, left)))

    def _await(self, asked: Asked, seconds: float) -> None:
        """Work until the answer is there, or for so long."""
        end = time.monotonic() + seconds
        while asked.answer is None and time.monotonic() < end:
            self.scheduler.advance()

    def _save(self, checkpoint: Checkpoint, folder: Path) -> None:
        checkpoints.write(checkpoint, folder)


def _through_the_pipe(message: Message) -> Message:
    """Encode and decode, so that tests see what the other side would see."""
    return messages.unpack(messages.pack(message))
