"""RayWorker: a worker on a Ray cluster, and the cluster as the server sees it.

Nothing here imports Ray: `playground.engine.ray_driver` does, in a process of its own.
"""

import itertools
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

from playground.engine import messages
from playground.engine.messages import (
    Deliver,
    Dismiss,
    Event,
    Gone,
    Hello,
    Hire,
    Message,
    Order,
    Places,
    Told,
    Working,
    pack,
    unpack,
)
from playground.engine.process import PROJECT
from playground.engine.workers import AtWork, Place, Receive, Worker
from playground.language import N_
from playground.refusal import Refusal

JOIN_AGAIN_SECONDS = 30.0
CLOSE_SECONDS = 15.0
FRESH_SECONDS = 2.0
NETWORK_SECONDS = 10.0


class RayWorker(Worker):
    """A worker in some place of a cluster.

    Args:
        wanted: the place, e.g. "ray-cpu-0".
        receive: called with each event, in the thread that reads; with None at the end.
        host: its name in messages.
        post: sends a message to the process that has joined the cluster.
    """

    def __init__(self, wanted: str, receive: Receive, host: str,
                 post: Callable[[Message], None]) -> None:
        super().__init__(wanted, receive)
        self._host, self._post = host, post
        self._heard = time.monotonic()
        self._now = AtWork()
        self._cause = Refusal(N_("hung and was replaced"))
        self._over = threading.Lock()  # held for ever by who tells the end
        post(Hire(host, wanted))

    def send(self, order: Order) -> None:
        """Queue an order."""
        self._post(Deliver(self._host, [np.frombuffer(pack(order), np.uint8)]))

    def at_work(self) -> AtWork:
        """Return what it was doing when it was last heard of; nothing, if that is long ago."""
        fresh = time.monotonic() - self._heard < FRESH_SECONDS
        return self._now if fresh or self._over.locked() else AtWork()

    @property
    def silent(self) -> float:
        """Seconds since its last message, but for those that a network may take."""
        return max(0.0, time.monotonic() - self._heard - NETWORK_SECONDS)

    def kill(self) -> None:
        """Give it up at once, whether or not it can still be reached."""
        self._end()

    def close(self) -> None:
        """Let it end."""
        if self._over.acquire(blocking=False):
            self._post(Dismiss(self._host))

    def cause_of_death(self) -> Refusal:
        """It was told, or this side has given it up."""
        return self._cause

    def hear(self, event: Event) -> None:
        """Take in what it tells."""
        self._heard = time.monotonic()
        match event:
            case Working():
                self._now = AtWork(event.slices, event.label, event.step)
            case Gone():
                self.leave(event.cause or self._cause, AtWork(0, event.label, event.step))
            case _:
                if isinstance(event, Hello):
                    self.place = Place(event.device, event.name, event.remark)
                if not self._over.locked():
                    self.receive(self, event)

    def leave(self, cause: Refusal, last: AtWork | None = None) -> None:
        """Be gone, for a reason; `last` is what it may have died of."""
        self._now, self._cause = last or AtWork(), cause
        self._end()

    def _end(self) -> None:
        if self._over.acquire(blocking=False):
            self._post(Dismiss(self._host))
            self.receive(self, None)


class RayCluster:
    """The cluster as the server sees it: a process that joins it, behind two pipes.

    When that process ends, another one tries again, for as long as it may be of use.

    Args:
        changed: called with the places that there are now, and why there are none.
    """

    def __init__(self, changed: Callable[[tuple[str, ...], Refusal | None], None]) -> None:
        self._changed = changed
        self._environment = dict(os.environ)
        self._numbers = itertools.count(1)
        self._workers: dict[str, RayWorker] = {}
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._stay, daemon=True, name="cluster")
        self._thread.start()

    def hire(self, wanted: str, receive: Receive) -> RayWorker:
        """Return a new worker in a place; never blocks."""
        host = f"host-{next(self._numbers)}"
        worker = self._workers[host] = RayWorker(wanted, receive, host, self._post)
        return worker

    def _post(self, message: Message) -> None:
        if isinstance(message, Dismiss):
            self._workers.pop(message.host, None)
        self._outbox.put(message)

    def close(self) -> None:
        """Leave the cluster; end it, if it was started for this server alone."""
        self._closed.set()
        self._outbox.put(None)
        self._thread.join(CLOSE_SECONDS)
        if self._process:
            self._process.kill()

    def _stay(self) -> None:
        while not self._closed.is_set():
            outbox = self._outbox
            self._process = subprocess.Popen(
                [sys.executable, "-m", "playground.engine.ray_driver"], cwd=PROJECT,
                env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                start_new_session=True)
            writer = threading.Thread(target=_write, args=(self._process, outbox), daemon=True,
                                      name="cluster-writer")
            writer.start()
            last = self._read(self._process)
            self._process.wait()
            if self._process.stdout:
                self._process.stdout.close()
            self._outbox = queue.SimpleQueue()
            outbox.put(None)
            if self._closed.is_set():
                return
            remark = last.remark or Refusal(N_("the Ray cluster is lost; until it is there again, "
                                               "models train on this machine alone"))
            self._changed((), remark)
            for worker in list(self._workers.values()):
                worker.leave(Refusal(N_("was lost with the whole cluster")))
            if not last.again or self._closed.wait(JOIN_AGAIN_SECONDS):
                return

    def _read(self, process: "subprocess.Popen[bytes]") -> Places:
        """Take in what comes until nothing more does; return what was told of places last."""
        last = Places([])
        assert process.stdout is not None
        while (event := messages.read(process.stdout)) is not None:
            match event:
                case Places():
                    last = event
                    if event.remark is None:
                        self._changed(tuple(event.names), None)
                case Told() if worker := self._workers.get(event.host):
                    for frame in event.frames:
                        told = unpack(frame.data)
                        if isinstance(told, Event):
                            worker.hear(told)
        return last


def _write(process: "subprocess.Popen[bytes]",
           outbox: "queue.SimpleQueue[Message | None]") -> None:
    assert process.stdin is not None
    try:
        while (message := outbox.get()) is not None:
            messages.write(process.stdin, message)
        process.stdin.close()
    except OSError:
        return
