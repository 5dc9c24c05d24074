"""Host: a worker process on some machine of a cluster, and what it has to tell.

It knows nothing of Ray, which makes an actor of it.
"""

import os
import queue
import shutil
import tempfile
import time
from pathlib import Path

from playground.engine.messages import Event, Gone, Order, Working, pack, unpack
from playground.engine.process import ProcessWorker
from playground.engine.workers import Worker

LISTEN_SECONDS = 0.5
GATHER_SECONDS = 0.03  # a call costs more than what it carries
# Ray sets it to the CPUs of an actor; sums of other numbers of threads are rounded otherwise.
RAYS_OWN = "OMP_NUM_THREADS"


class Host:
    """Starts a worker process, hands it orders, and collects its events.

    Args:
        wanted: the device, or "auto".
        environment: variables that the server's own workers have.
    """

    def __init__(self, wanted: str, environment: dict[str, str]) -> None:
        os.environ.pop(RAYS_OWN, None)
        os.environ.update(environment)
        self._news: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._folder = Path(tempfile.mkdtemp(prefix="playground-host-"))
        self._worker = ProcessWorker(wanted, self._hear, self._folder / "box")

    def take(self, frames: list[bytes]) -> None:
        """Hand packed orders to the worker."""
        for frame in frames:
            order = unpack(frame)
            if isinstance(order, Order):
                self._worker.send(order)

    def listen(self) -> tuple[list[bytes], bool]:
        """Wait a moment for news.

        Returns:
            Packed events, the last one what the worker is doing, or how it has ended; and whether
            there will be more.
        """
        events: list[Event] = []
        end = time.monotonic() + LISTEN_SECONDS
        try:
            while True:
                event = self._news.get(timeout=max(0.0, end - time.monotonic()))
                if event is None:
                    last = self._worker.at_work()
                    gone = Gone(self._worker.cause_of_death(), last.label, last.step)
                    shutil.rmtree(self._folder, ignore_errors=True)
                    return [pack(each) for each in (*events, gone)], False
                if not events:
                    end = time.monotonic() + GATHER_SECONDS
                events.append(event)
        except queue.Empty:
            now = self._worker.at_work()
            working = Working(now.slices, now.label, now.step)
            return [pack(each) for each in (*events, working)], True

    def end(self) -> None:
        """End the worker at once."""
        self._worker.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hear(self, _worker: Worker, event: Event | None) -> None:
        self._news.put(event)
