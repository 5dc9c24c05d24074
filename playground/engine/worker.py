"""The worker process: `python -m playground.engine.worker DEVICE`.

Reads messages from stdin, advances the runs, writes events to stdout. It ends when stdin closes,
so it cannot outlive the server.
"""

import contextlib
import os
import platform
import queue
import sys
import threading
from typing import BinaryIO

import torch

from playground import experiments
from playground.engine import protocol
from playground.engine.protocol import Message
from playground.engine.scheduler import Scheduler, describe
from playground.experiments.base import experiment_type

BEAT_SECONDS = 0.5
# Once it is up, who waits for a click goes first; an idle core is the worker's all the same.
NICENESS = 5


def choose_device(wanted: str) -> tuple[str, str]:
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
        return best, ""
    try:
        torch.zeros(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        return best, f"PLAYGROUND_DEVICE must be a device of this machine, got {wanted!r}: {error}"
    return wanted, ""


def device_name(device: str) -> str:
    """Return what a person calls this device."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    if device == "mps":
        return "Apple GPU"
    return f"CPU, {os.cpu_count()} cores ({platform.machine()})"


def limit_memory(device: str) -> None:
    """Let a too large allocation fail in Python, before the system kills for want of memory.

    The limit is `PLAYGROUND_WORKER_GB`, or three quarters of the machine's memory.
    """
    if device != "cpu" or sys.platform != "linux":
        return
    import resource

    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    given = os.environ.get("PLAYGROUND_WORKER_GB")
    limit = int(float(given) * 2**30) if given else total * 3 // 4
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


def warm_up(device: str) -> None:
    """Pay once for what torch loads at its first optimizer and first backward pass."""
    layer = torch.nn.Linear(2, 1, device=device)
    optimizer = torch.optim.Adam(layer.parameters(), fused=device != "mps")
    layer(torch.zeros(1, 2, device=device)).sum().backward()
    optimizer.step()


class Worker:
    """Runs a scheduler between two pipes, each served by a thread of its own."""

    def __init__(self, device: str, source: BinaryIO, sink: BinaryIO) -> None:
        self.inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self.outbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.scheduler = Scheduler(device, self.outbox.put)
        self.waiting: dict[str, list[Message]] = {}
        self.source, self.sink = source, sink

    def serve(self) -> None:
        """Work until stdin closes."""
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._write, daemon=True).start()
        pause: float | None = None
        while True:
            try:
                wait = BEAT_SECONDS if pause is None else min(pause, BEAT_SECONDS)
                message = self.inbox.get(timeout=wait) if wait > 0 else self.inbox.get_nowait()
            except queue.Empty:
                if pause != 0:
                    self.outbox.put({"type": "beat"})
            else:
                if message is None:
                    return
                self._receive(message)
                pause = 0.0
                continue
            pause = self.scheduler.advance()

    def _receive(self, message: Message) -> None:
        run = message.get("run", "")
        if message["type"] == "start":
            self.waiting[run] = []
            threading.Thread(target=self._prepare, args=(message,), daemon=True).start()
        elif message["type"] == "prepared":
            early = self.waiting.pop(run)
            if error := message["error"]:
                self.outbox.put(
                    {"type": "status", "run": run, "status": "failed", "reason": error}
                )
            else:
                self.scheduler.handle(message["start"])
            for item in early:
                self.scheduler.handle(item)
        elif run in self.waiting:
            self.waiting[run].append(message)
        else:
            self.scheduler.handle(message)

    def _prepare(self, message: Message) -> None:
        error = ""
        try:
            name = message["experiment"]
            settings = experiments.settings_type(name)(**message["settings"])
            experiment_type(name).prepare(settings)
        except Exception as reason:
            error = describe(reason)
        self.inbox.put({"type": "prepared", "run": message["run"], "start": message,
                        "error": error})

    def _read(self) -> None:
        while (message := protocol.read(self.source)) is not None:
            self.inbox.put(message)
        self.inbox.put(None)

    def _write(self) -> None:
        while True:
            try:
                protocol.write(self.sink, self.outbox.get())
            except OSError:
                os._exit(0)


def main(wanted: str) -> None:
    """Start a worker on a device ("auto" chooses)."""
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    device, remark = choose_device(wanted)
    limit_memory(device)
    torch.set_num_threads(1)
    warm_up(device)
    worker = Worker(device, sys.stdin.buffer, events)
    worker.outbox.put({"type": "hello", "device": device, "name": device_name(device),
                       "torch": torch.__version__, "remark": remark, "pid": os.getpid()})
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    worker.serve()
    # Daemon threads inside torch can abort a normal exit.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
