"""The worker process: `python -m playground.engine.worker DEVICE BOX`.

Reads orders from stdin, does the work, writes events to stdout. It ends when stdin closes, so it
cannot outlive the server.
"""

import contextlib
import os
import platform
import queue
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch

from playground import concepts
from playground.device import be_repeatable, kind, warm_up
from playground.engine import messages
from playground.engine.black_box import BlackBox
from playground.engine.memory import GB, gigabytes, machine_bytes
from playground.engine.messages import Beat, Ended, Event, Hello, Order, RunOrder, Start, Warm
from playground.engine.scheduler import KEPT_BYTES, DeviceLost, Scheduler, refusal_of
from playground.experiments.base import experiment_type
from playground.language import N_
from playground.refusal import Refusal
from playground.training.recipe import Training

BEAT_SECONDS = 0.5
WORKER_GB = "PLAYGROUND_WORKER_GB"
SHARE_FOR_KEPT = 0.25
# Once it is up, who waits for a click goes first; an idle core is the worker's all the same.
NICENESS = 5


def choose_device(wanted: str) -> tuple[str, Refusal | None]:
    """Return the device to use and a remark if it is not the one that was asked for.

    Args:
        wanted: "auto", "cpu", "cuda", "cuda:1", "mps" ...
    """
    best = "cpu"
    if torch.cuda.is_available():
        best = "cuda:0"
    elif torch.backends.mps.is_available():
        best = "mps"
    if wanted == "auto":
        return best, None
    try:
        torch.zeros(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        return best, Refusal(
            N_("PLAYGROUND_DEVICE must be a device of this machine, got {device}: {error}"),
            device=repr(wanted), error=str(error))
    return wanted, None


def device_name(device: str) -> str:
    """Return what a person calls this device."""
    if kind(device) == "cuda":
        return torch.cuda.get_device_name(device)
    if kind(device) == "mps":
        return "Apple GPU"
    return f"CPU, {os.cpu_count()} cores ({platform.machine()})"


def memory() -> float:
    """Return the bytes that this worker may take: `PLAYGROUND_WORKER_GB`, or 3/4 of the machine's.
    """
    return gigabytes(WORKER_GB, 0.75 * machine_bytes() / GB)


def limit_memory(device: str) -> None:
    """Let a too large allocation fail in Python, before the system kills for want of memory."""
    if kind(device) != "cpu" or sys.platform != "linux":
        return
    import resource

    limit = int(memory())
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


class Server:
    """Runs a scheduler between two pipes, each served by a thread of its own.

    Args:
        device: where models live.
        source, sink: orders come from here, events go there.
        box: notes what is being done.
    """

    def __init__(self, device: str, source: BinaryIO, sink: BinaryIO, box: BlackBox) -> None:
        self.inbox: queue.SimpleQueue[Order | Prepared | None] = queue.SimpleQueue()
        self.outbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.scheduler = Scheduler(device, self.outbox.put, box.write,
                                   min(KEPT_BYTES, SHARE_FOR_KEPT * memory()))
        self.waiting: dict[str, list[Order]] = {}
        self.source, self.sink = source, sink

    def serve(self) -> None:
        """Work until stdin closes."""
        for service in (self._read, self._write, self._beat):
            threading.Thread(target=service, daemon=True).start()
        pause: float | None = None
        while True:
            try:
                order = self.inbox.get_nowait() if pause == 0 else self.inbox.get(timeout=pause)
            except queue.Empty:
                pause = self.scheduler.advance()
            else:
                if order is None:
                    return
                self._receive(order)
                pause = 0.0

    def _receive(self, order: "Order | Prepared") -> None:
        if isinstance(order, Prepared):
            early = self.waiting.pop(order.start.run)
            if order.refusal:
                self.outbox.put(Ended(order.start.run, "failed", reason=order.refusal))
            else:
                self.scheduler.handle(order.start)
            for item in early:
                self.scheduler.handle(item)
        elif isinstance(order, Start):
            self.waiting[order.run] = []
            threading.Thread(target=self._prepare, args=(order,), daemon=True).start()
        elif isinstance(order, Warm):
            with contextlib.suppress(Exception):  # whoever trains it is told what is wrong
                Training(order.experiment, order.settings, self.scheduler.device).build()
        elif isinstance(order, RunOrder) and order.run in self.waiting:
            self.waiting[order.run].append(order)
        else:
            self.scheduler.handle(order)

    def _prepare(self, start: Start) -> None:
        refusal = None
        try:
            settings = concepts.settings_type(start.experiment)(**start.settings)
            experiment_type(start.experiment).prepare(settings)
        except Exception as error:
            refusal = refusal_of(error)
        self.inbox.put(Prepared(start, refusal))

    def _read(self) -> None:
        while (order := messages.read(self.source)) is not None:
            if isinstance(order, Order):
                self.inbox.put(order)
        self.inbox.put(None)

    def _write(self) -> None:
        while True:
            try:
                messages.write(self.sink, self.outbox.get())
            except OSError:
                os._exit(0)

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            self.outbox.put(Beat())


@dataclass(frozen=True)
class Prepared:
    """What a run needs is there, or why it is not."""

    start: Start
    refusal: Refusal | None


def main(wanted: str, box: str) -> None:
    """Start a worker on a device ("auto" chooses), with a black box in a file."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    be_repeatable()
    device, remark = choose_device(wanted)
    limit_memory(device)
    torch.set_num_threads(1)
    warm_up(device)
    server = Server(device, sys.stdin.buffer, events, BlackBox(Path(box)))
    server.outbox.put(Hello(device, device_name(device), remark, torch.__version__, os.getpid()))
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        server.serve()
    except DeviceLost:
        traceback.print_exc(file=sys.stderr)
        os._exit(1)
    # Daemon threads inside torch can abort a normal exit.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
