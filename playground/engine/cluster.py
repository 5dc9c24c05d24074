"""ClusterEngine: this machine's workers for whoever waits for a click, a cluster for sweeps."""

import os
from dataclasses import replace
from pathlib import Path

from playground import events
from playground.engine.limits import Limits
from playground.engine.process import ProcessWorker
from playground.engine.ray_worker import RayCluster, RayWorker
from playground.engine.staff import MAX_EARLY_DEATHS
from playground.engine.supervisor import WorkerEngine
from playground.engine.workers import Place, Receive, Worker
from playground.language import N_
from playground.refusal import Refusal
from playground.runs.run import Run

ENGINE = "PLAYGROUND_ENGINE"


class ClusterEngine(WorkerEngine):
    """Trains background runs on a Ray cluster, and all others, and all while there is none, here.

    A place of the cluster gets its worker when it is first needed. When that one dies, its runs
    go on from their last checkpoints in the least busy places that there are then.

    Args:
        devices, left: see `WorkerEngine`.

    Attributes:
        remark: why there is no cluster, if that is known.
    """

    def __init__(self, limits: Limits | None = None, devices: tuple[str, ...] = (), *,
                 left: Path | None = None) -> None:
        self._places: tuple[str, ...] = ()
        self.remark: Refusal | None = None
        self._heard = False
        super().__init__(limits, devices, hire=self._hire_anywhere, left=left)
        self._cluster = RayCluster(self._change_places)

    @property
    def place(self) -> Place | None:
        """Where the first worker of this machine trains, with a remark if there is no cluster."""
        here = super().place
        return here and replace(here, remark=here.remark or self.remark)

    @property
    def background(self) -> int:
        """How many runs of one owner may train at once in the background: more on a cluster."""
        return self.limits.background * max(1, len(self._places))

    def places(self, timeout: float = 0.0) -> tuple[str, ...]:
        """Return the places of the cluster; wait at most so long until it has been heard of."""
        with self._news:
            self._news.wait_for(lambda: self._heard, timeout)
            return self._places

    def _hire_anywhere(self, wanted: str, receive: Receive, box: Path) -> Worker:
        if wanted in self._devices:
            return ProcessWorker(wanted, receive, box)
        return self._cluster.hire(wanted, receive)

    def _places_of(self, run: Run) -> tuple[str, ...]:
        return self._places if run.background and self._places else self._devices

    def _change_places(self, places: tuple[str, ...], remark: Refusal | None) -> None:
        """Take in where there is room; what was at work elsewhere on the cluster moves there."""
        with self._lock:
            if remark and str(remark) != str(self.remark):
                events.without_cluster(remark)
            self._heard, self.remark = True, remark
            self._places = tuple(each for each in places
                                 if self._early_deaths.get(each, 0) < MAX_EARLY_DEATHS)
            for name, worker in list(self._workers.items()):
                if name not in self._places and isinstance(worker, RayWorker):
                    worker.leave(Refusal(N_("lost its place on the cluster")))
            self._admit()
            self._news.notify_all()

    def _is_usable(self, device: str) -> bool:
        return device not in self._devices or super()._is_usable(device)

    def _vacate(self, device: str) -> None:
        if device in self._devices:
            return
        if device not in self._places:  # it did not die of itself
            self._early_deaths[device] = 0
        others = tuple(name for name in self._places if name != device)
        if others or self._early_deaths[device] >= MAX_EARLY_DEATHS:
            self._places = others
        self._placed = {run: place for run, place in self._placed.items() if place != device}

    def _dismiss(self) -> None:
        super()._dismiss()
        self._cluster.close()


def chosen(left: Path | None = None) -> WorkerEngine:
    """Return the engine that `PLAYGROUND_ENGINE` asks for: "local", or "ray".

    Raises:
        Refusal: it asks for something else.
    """
    given = os.environ.get(ENGINE, "local")
    if given == "local":
        return WorkerEngine(left=left)
    if given == "ray":
        return ClusterEngine(left=left)
    raise Refusal(N_("PLAYGROUND_ENGINE must be local or ray, got {given}"), given=repr(given))
