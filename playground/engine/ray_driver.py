"""The process that joins a Ray cluster for the server: `python -m playground.engine.ray_driver`.

It is a process of its own since Ray ends whoever has joined a cluster when the head of it is gone
for a while, and that must not be the server. Orders come from stdin, events go to stdout.
"""

import contextlib
import itertools
import math
import os
import queue
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from playground.engine import messages
from playground.engine.messages import Deliver, Dismiss, Gone, Hire, Order, Places, Told, pack
from playground.engine.ray_host import Host
from playground.language import N_
from playground.refusal import Refusal

ADDRESS = "RAY_ADDRESS"
CPUS = "PLAYGROUND_RAY_CPUS"
# On one machine alone Ray stays on 127.0.0.1 if it is told to do what it does on a Mac anyway.
LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
# How long Ray lets whoever has joined a cluster wait for a lost head, before it ends them.
HEADLESS, HEADLESS_SECONDS = "RAY_gcs_rpc_server_reconnect_timeout_s", "15"
PASSED_ON = ("PLAYGROUND_CHECKPOINT_SECONDS", "PLAYGROUND_CUDA_GRAPHS", "OMP_NUM_THREADS")
STORE_BYTES = 200 * 2**20
REACH_SECONDS = 5.0
JOIN_SECONDS = 90.0
LOOK_SECONDS = 1.0
START_SECONDS = 30.0
END_SECONDS = 2.0


def cpus_per_worker() -> float:
    """Return how many CPUs a worker takes: `PLAYGROUND_RAY_CPUS`, or 1.

    Raises:
        Refusal: it is not a number above 0.
    """
    given = os.environ.get(CPUS, "")
    with contextlib.suppress(ValueError):
        value = float(given or 1)
        if 0 < value < math.inf:
            return value
    raise Refusal(N_("PLAYGROUND_RAY_CPUS must be a number of CPUs above 0, got {given}"),
                  given=repr(given))


def room(nodes: Mapping[str, Mapping[str, float]], free: Mapping[str, Mapping[str, float]],
         cpus: float) -> Counter[str]:
    """Return how many more workers a cluster can take: one for each free GPU of a node that has
    GPUs, one for so many free CPUs of any other.

    Args:
        nodes: all that each node has, "GPU", "CPU" ...; `free`, what of it nobody uses.
        cpus: that a worker takes.
    """
    found = Counter({"gpu": 0, "cpu": 0})
    for name, has in nodes.items():
        left = free.get(name, {})
        if has.get("GPU", 0) >= 1:
            found["gpu"] += int(left.get("GPU", 0))
        else:
            found["cpu"] += int(left.get("CPU", 0) / cpus + 1e-6)
    return found


def join() -> Any:
    """Join the cluster at `RAY_ADDRESS`, or start one on this machine; return the module `ray`.

    Raises:
        Refusal: why that is not possible.
    """
    address = os.environ.get(ADDRESS, "")
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0"}
    os.environ.setdefault(HEADLESS, HEADLESS_SECONDS)
    if not address or address.rpartition(":")[0] in ("127.0.0.1", "localhost", "[::1]"):
        os.environ |= {LOOPBACK: "0"}
    try:
        import ray
    except ImportError as error:
        raise Missing(N_("PLAYGROUND_ENGINE=ray needs the package ray: install "
                         "requirements-ray.txt, or models train on this machine alone")) from error
    try:
        if address:
            reach(address)
            ray.init(address=address, log_to_driver=False, configure_logging=False)
        else:
            os.umask(0o077)  # the token of a new cluster is for nobody else to read
            ray.init("local", include_dashboard=False, log_to_driver=False,
                     configure_logging=False, object_store_memory=STORE_BYTES)
    except Exception as error:  # Ray raises many kinds
        if address:
            raise Refusal(N_("RAY_ADDRESS must be that of a Ray cluster, got {address}: {error}; "
                             "until it is there, models train on this machine alone"),
                          address=repr(address), error=_words_of(error)) from error
        raise Refusal(N_("Ray does not start: {error}; models train on this machine alone"),
                      error=_words_of(error)) from error
    return ray


def reach(address: str) -> None:
    """Look for a listener; Ray itself would try for minutes.

    Raises:
        OSError: nobody listens there.
        Refusal: it is not "auto" or host:port.
    """
    if address == "auto":
        return
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdecimal() and "/" not in host):
        raise Refusal(N_("it must be host:port, or auto"))
    socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS).close()


class Missing(Refusal):
    """Something is not installed: it is of no use to try again."""


class Driver:
    """Hosts on a cluster, each with two threads of its own: one hands on orders, one events.

    Args:
        ray: the module.
        cpus: that a worker takes.
        sink: where events go.
    """

    def __init__(self, ray: Any, cpus: float, sink: BinaryIO) -> None:
        self._ray, self._cpus, self._sink = ray, cpus, sink
        self._write_lock = threading.Lock()
        self._hosts: dict[str, _Hosted] = {}
        self._lock = threading.Lock()
        self._room: Counter[str] = Counter()
        self._told: list[str] | None = None
        kind = ray.remote(Host)
        many = {"max_concurrency": 4, "max_restarts": 0}
        self._kinds = {"cpu": kind.options(num_cpus=cpus, **many),
                       "gpu": kind.options(num_cpus=0, num_gpus=1, **many)}
        self._environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}

    def serve(self, source: BinaryIO) -> None:
        """Do what orders say until there are no more."""
        threading.Thread(target=self._watch, daemon=True).start()
        while (order := messages.read(source)) is not None:
            if isinstance(order, Order):
                self._handle(order)

    def _handle(self, order: Order) -> None:
        match order:
            case Hire():
                kind = kind_of(order.place)
                actor = self._kinds[kind].remote("auto" if kind == "gpu" else "cpu",
                                                 self._environment)
                hosted = self._hosts[order.host] = _Hosted(order.place, actor)
                for service in (self._hand_over, self._listen):
                    threading.Thread(target=service, args=(order.host, hosted),
                                     daemon=True).start()
            case Deliver() if known := self._hosts.get(order.host):
                for frame in order.frames:
                    known.outbox.put(frame.tobytes())
            case Dismiss() if leaving := self._hosts.pop(order.host, None):
                threading.Thread(target=self._end, args=(leaving,), daemon=True).start()

    def _hand_over(self, name: str, hosted: "_Hosted") -> None:
        """Hand over orders, one batch after the other, for calls may overtake each other."""
        while True:
            batch = [hosted.outbox.get()]
            while not hosted.outbox.empty():
                batch.append(hosted.outbox.get())
            if name not in self._hosts:
                return
            try:
                self._ray.get(hosted.actor.take.remote(batch))
            except self._ray.exceptions.RayError:  # whoever listens will tell
                self._end(hosted)
                return

    def _listen(self, name: str, hosted: "_Hosted") -> None:
        goes_on, is_ours = True, True
        while goes_on:
            try:
                frames, goes_on = self._ray.get(hosted.actor.listen.remote())
                hosted.up = True
            except self._ray.exceptions.RayError as error:
                frames, goes_on = [pack(Gone(cause_of(error)))], False
            is_ours = name in self._hosts if goes_on else bool(self._hosts.pop(name, None))
            if is_ours:
                self._tell(Told(name, [np.frombuffer(frame, np.uint8) for frame in frames]))
        if is_ours:
            with self._lock:
                if self._room.total() > 1:  # it may be long until Ray knows that a node is gone
                    self._room[kind_of(hosted.place)] -= 1
                    self._tell_places()
            self._end(hosted)

    def _end(self, hosted: "_Hosted") -> None:
        """End a host and its process, and give back what it had of the cluster."""
        hosted.outbox.put(b"")  # whoever hands over need not wait any longer
        with contextlib.suppress(self._ray.exceptions.RayError):
            self._ray.wait([hosted.actor.end.remote()], timeout=END_SECONDS)
            self._ray.kill(hosted.actor)

    def _watch(self) -> None:
        """Tell the places that there are, whenever there are others than before.

        What Ray tells lags behind, so it counts when it is seen twice, and not while a host is
        starting; but where a node is gone there are fewer places at once.
        """
        before: Counter[str] | None = None
        while True:
            try:
                nodes, free = self._resources()
            except Exception:  # Ray raises many kinds; another process will try to join
                os._exit(1)
            most = room(nodes, nodes, self._cpus)
            now = room(nodes, free, self._cpus) + Counter(map(kind_of, self._taken()))
            with self._lock:
                if self._told is None or now == before and not self._is_any_starting():
                    self._room = now
                self._room = self._room & most
                self._tell_places()
            before = now
            time.sleep(LOOK_SECONDS)

    def _tell_places(self) -> None:
        taken = self._taken()
        names = [name for kind in ("gpu", "cpu")
                 for name in named(kind, self._room[kind], taken)]
        if names != self._told:
            self._told = names
            self._tell(Places(names))

    def _taken(self) -> set[str]:
        """Return the places in which a host is up."""
        return {hosted.place for hosted in list(self._hosts.values()) if hosted.up}

    def _is_any_starting(self) -> bool:
        end = time.monotonic() - START_SECONDS
        return any(not hosted.up and hosted.began > end for hosted in list(self._hosts.values()))

    def _resources(self) -> tuple[dict[str, Any], dict[str, Any]]:
        from ray._private.state import available_resources_per_node, total_resources_per_node

        return total_resources_per_node(), available_resources_per_node()

    def _tell(self, event: messages.Event) -> None:
        with self._write_lock:
            try:
                messages.write(self._sink, event)
            except OSError:
                os._exit(0)


class _Hosted:
    """A host as this process knows it: its place, its actor, and whether that is up."""

    def __init__(self, place: str, actor: Any) -> None:
        self.place, self.actor, self.up = place, actor, False
        self.began = time.monotonic()
        self.outbox: queue.SimpleQueue[bytes] = queue.SimpleQueue()


def kind_of(place: str) -> str:
    """Return "gpu" or "cpu": a place is called "ray-cpu-0"."""
    return place.split("-")[1]


def named(kind: str, count: int, taken: set[str]) -> list[str]:
    """Return the names of so many places of a kind, at least of those that are taken."""
    names = {place for place in taken if kind_of(place) == kind}
    numbers = itertools.count()
    while len(names) < count:
        names.add(f"ray-{kind}-{next(numbers)}")
    return sorted(names, key=lambda name: int(name.split("-")[2]))


def cause_of(error: Exception) -> Refusal:
    """Return how an actor has ended, as a part of a sentence that begins with "it"."""
    return Refusal(N_("was lost with its place on the cluster ({kind})"),
                   kind=type(error).__name__)


def _words_of(error: Exception) -> Refusal | str:
    if isinstance(error, Refusal):
        return error
    return str(error).strip().split("\n")[0] or type(error).__name__


def _give_up(sink: BinaryIO) -> None:
    messages.write(sink, Places([], Refusal(
        N_("the Ray cluster does not answer within {seconds:g} seconds; until it does, models "
           "train on this machine alone"), seconds=JOIN_SECONDS)))
    os._exit(0)


def main() -> None:
    """Join a cluster and serve until stdin closes; what Ray has to say goes to its own logs."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    os.dup2(silence, sys.stderr.fileno())
    late = threading.Timer(JOIN_SECONDS, _give_up, (sink,))
    late.daemon = True
    late.start()
    try:
        cpus = cpus_per_worker()
        ray = join()
    except Refusal as refusal:
        messages.write(sink, Places([], refusal, not isinstance(refusal, Missing)))
        os._exit(0)
    late.cancel()
    Driver(ray, cpus, sink).serve(sys.stdin.buffer)
    ray.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main()
