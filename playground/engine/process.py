"""ProcessWorker: a worker in a process of its own, behind two pipes."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from playground.engine import messages
from playground.engine.black_box import BlackBox
from playground.engine.messages import Event, Hello, Order
from playground.engine.workers import AtWork, Place, Receive, Worker
from playground.language import N_
from playground.refusal import Refusal

PROJECT = Path(__file__).parents[2]
CLOSE_SECONDS = 2.0
# OpenMP threads that spin for long while they wait take the core from whoever they wait for: with
# two threads on two busy cores a step became ten times slower. Those that sleep at once make every
# step slower. A short spin is the best of both, on busy and on idle cores.
QUIET_THREADS = {"GOMP_SPINCOUNT": "20000"}


class ProcessWorker(Worker):
    """Starts `playground.engine.worker`, and talks to it.

    Args:
        wanted: the device, or "auto".
        receive: called with each event, in the reader's thread; with None at the end.
        box: where the file of its black box is to be.
    """

    def __init__(self, wanted: str, receive: Receive, box: Path) -> None:
        super().__init__(wanted, receive)
        self._heard = time.monotonic()
        self._killed = False
        self._box = BlackBox.create(box)
        self._outbox: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "playground.engine.worker", wanted, str(box)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT,
            env=QUIET_THREADS | os.environ,
        )
        threading.Thread(target=self._read, daemon=True, name="worker-reader").start()
        threading.Thread(target=self._write, daemon=True, name="worker-writer").start()

    def send(self, order: Order) -> None:
        """Queue an order."""
        self._outbox.put(order)

    def at_work(self) -> AtWork:
        """Read the black box."""
        return self._box.read()

    @property
    def silent(self) -> float:
        """Seconds since its last message."""
        return time.monotonic() - self._heard

    def kill(self) -> None:
        """End the process at once."""
        self._killed = True
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Let the process end by closing its stdin; kill it if it does not."""
        self._outbox.put(None)
        try:
            self.process.wait(timeout=CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def cause_of_death(self) -> Refusal:
        """Tell it by the exit code."""
        code = self.process.returncode
        if self._killed:
            return Refusal(N_("hung and was replaced"))
        if code is not None and code < 0:
            return Refusal(N_("was killed ({signal})"), signal=signal.Signals(-code).name)
        return Refusal(N_("ended unexpectedly (exit code {code})"), code=str(code))

    def _read(self) -> None:
        pipe = self.process.stdout
        if pipe is not None:
            while (event := messages.read(pipe)) is not None:
                self._heard = time.monotonic()
                if isinstance(event, Hello):
                    self.place = Place(event.device, event.name, event.remark)
                if isinstance(event, Event):
                    self.receive(self, event)
            pipe.close()
        self.process.wait()
        self._outbox.put(None)
        self.receive(self, None)

    def _write(self) -> None:
        pipe = self.process.stdin
        if pipe is None:
            return
        while (order := self._outbox.get()) is not None:
            try:
                messages.write(pipe, order)
            except OSError:
                break
        try:
            pipe.close()
        except OSError:
            return
