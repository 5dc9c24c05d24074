"""A staffed engine: it hires workers, gives each run to one of them, and replaces the dead."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from playground import events
from playground.engine.base import Engine
from playground.engine.limits import Limits
from playground.engine.messages import Answered, Ask, Built, Ended, Event, Order, Resume, Warm
from playground.engine.workers import AtWork, Place, Receive, Worker
from playground.language import N_
from playground.refusal import Refusal
from playground.runs.run import Run, Status

MAX_EARLY_DEATHS = 3
SPOOL_PREFIX = "playground-spool-"

Hire = Callable[[str, Receive, Path], Worker]


class StaffedEngine(Engine):
    """Trains in workers, which it hires when they are first needed.

    When one dies, another one takes over: finished runs answer from their weights, runs in
    training go on from their last checkpoints, questions are asked again.

    Args:
        devices: one worker each: "auto", "cpu", "cuda:0" ...
        hire: makes a worker, of a device, what receives its events, and a new file for its notes.
    """

    def __init__(self, limits: Limits | None, devices: tuple[str, ...], hire: Hire) -> None:
        super().__init__(limits)
        self._devices = devices
        self._hire = hire
        self._workers: dict[str, Worker] = {}
        self._spares: dict[str, Worker] = {}
        self._spareless: set[str] = set()
        self._warmed: dict[str, set[tuple[str, str]]] = {}
        self._hired = 0
        self._deaths = 0
        self._hired_at: dict[str, float] = {}
        self._early_deaths = dict.fromkeys(devices, 0)
        self._placed: dict[str, str] = {}
        self._died_at: dict[str, int] = {}
        self._closed = threading.Event()
        self._spool = Path(tempfile.mkdtemp(prefix=f"{SPOOL_PREFIX}{os.getpid()}-"))

    @property
    def place(self) -> Place | None:
        """Where the first worker trains, once it is up."""
        worker = self._workers.get(self._devices[0])
        return worker.place if worker else None

    def close(self) -> None:
        """End the workers and remove all files."""
        if not self._closed.is_set():
            self._closed.set()
            self._dismiss()

    def _dismiss(self) -> None:
        for worker in [*self._workers.values(), *self._spares.values()]:
            worker.close()
        shutil.rmtree(self._spool, ignore_errors=True)

    def drop(self, run_id: str) -> None:
        """Forget a run, its history, its model and its files."""
        with self._lock:
            super().drop(run_id)
            self._placed.pop(run_id, None)
            self._died_at.pop(run_id, None)

    # --- workers

    def _worker(self, device: str) -> Worker:
        with self._lock:
            if device not in self._workers:
                self._workers[device] = (self._spares.pop(device) if device in self._spares
                                         else self._new(device))
                self._hired_at[device] = time.monotonic()
            return self._workers[device]

    def _new(self, device: str) -> Worker:
        self._hired += 1
        return self._hire(device, self._on_event, self._spool / f"worker-{self._hired}")

    def _keep_spare(self, device: str) -> None:
        """Hire a worker that waits until the one of this device dies, unless there is one.

        Where a spare has died by itself there is none any more: the next one would die, too.
        """
        with self._lock:
            if device not in {*self._spares, *self._spareless} and not self._closed.is_set():
                self._spares[device] = self._new(device)
                self._warmed[device] = set()
                for run in self._runs.values():
                    self._warm(run)

    def _warm(self, run: Run) -> None:
        """Let the spare load what a run needs that is trained beside it, unless it has it."""
        device = self._placed.get(run.id, "")
        kind = (run.experiment, getattr(run.settings, "dataset", ""))
        if device in self._spares and not (run.status.over or kind in self._warmed[device]):
            self._warmed[device].add(kind)
            self._spares[device].send(Warm(run.experiment, run.settings.model_dump()))

    def _send(self, run: Run, order: Order) -> None:
        if isinstance(order, Ask) or not run.stored or run.id in self._placed:
            self._worker(self._place_run(run)).send(order)

    def _place_run(self, run: Run) -> str:
        if run.id not in self._placed:
            counts = dict.fromkeys(self._places_of(run), 0)
            for run_id, name in self._placed.items():
                known = self._runs.get(run_id)
                if name in counts and known and not known.status.over:
                    counts[name] += 1
            self._placed[run.id] = min(counts, key=lambda name: counts[name])
        return self._placed[run.id]

    def _places_of(self, run: Run) -> tuple[str, ...]:
        """Return where a run may have its place; the least busy one is taken."""
        return self._devices

    def _where(self, run: Run) -> Place | None:
        worker = self._workers.get(self._place_run(run))
        return worker.place if worker else None

    def _new_folder(self, run_id: str) -> Path:
        folder = self._spool / run_id
        folder.mkdir()
        return folder

    def _worker_ages(self) -> dict[str, float]:
        now = time.monotonic()
        return {device: now - self._hired_at[device] for device in self._workers}

    # --- events and deaths

    def _on_event(self, worker: Worker, event: Event | None) -> None:
        if event is None:
            self._on_end(worker)
        else:
            self._receive(event)
            if isinstance(event, Built):  # its data are here
                with self._lock:
                    if run := self._runs.get(event.run):
                        self._warm(run)

    def _on_end(self, worker: Worker) -> None:
        """Let another worker take over what one that has ended had to do."""
        if self._closed.is_set():
            return
        with self._lock:
            if self._spares.get(worker.wanted) is worker:
                del self._spares[worker.wanted]
                self._spareless.add(worker.wanted)
            if self._workers.get(worker.wanted) is not worker:
                return
            del self._workers[worker.wanted]
            self._deaths += 1
            early = worker.place is None
            self._early_deaths[worker.wanted] = (
                self._early_deaths.get(worker.wanted, 0) + 1 if early else 0)
            cause = worker.cause_of_death()
            usable = self._is_usable(worker.wanted)
            mine = [run for run in self._runs.values()
                    if self._placed.get(run.id) == worker.wanted and not run.stored]
            unanswered = [asked for asked in self._questions if not asked.answer
                          and self._placed.get(asked.order.run) == worker.wanted]
            for run in mine:
                run.further = False
            events.worker_died(worker.wanted, str(cause), seconds=(
                time.monotonic() - self._hired_at[worker.wanted]),
                runs=sum(run.status is Status.RUNNING for run in mine))
            self._blame(worker.at_work(), cause)
            self._vacate(worker.wanted)
            for run in mine:
                if not run.status.over:
                    if usable:
                        self._take_over(run)
                    else:
                        self._receive(Ended(run.id, "failed", reason=Refusal(
                            N_("the training process {cause}; train again to go on"),
                            cause=cause)))
            for asked in unanswered:
                known = self._runs.get(asked.order.run)
                if usable and asked.deaths < 2 and known:
                    self._send(known, asked.order)
                else:
                    self._receive(Answered(asked.order.number, refusal=Refusal(
                        N_("the training process {cause}; ask again"), cause=cause)))
            if usable and worker.wanted in self._devices:
                self._worker(worker.wanted)
            self._admit()

    def _is_usable(self, device: str) -> bool:
        """Tell whether the work of a device can go on after the death of its worker."""
        return self._early_deaths[device] < MAX_EARLY_DEATHS

    def _vacate(self, device: str) -> None:
        """Let the work of a device go on elsewhere after a death, where that is better."""

    def _blame(self, last: AtWork, cause: Refusal) -> None:
        """Give up what a worker has died of for the second time."""
        number = last.label.partition(" ")[2]
        if number and (asked := self._questions.get(int(number))):
            asked.deaths += 1
        elif run := self._runs.get(last.label):
            if last.step <= self._died_at.get(run.id, -1):
                self._receive(Ended(run.id, "failed", reason=Refusal(
                    N_("the training process {cause} twice at step {step} of this run; change "
                       "something and train again"), cause=cause, step=last.step + 1)))
            self._died_at[run.id] = last.step

    def _take_over(self, run: Run) -> None:
        if run.step:
            run.resumed.append(run.step)
        self._send_start(run)
        if run.status is Status.RUNNING:
            self._send(run, Resume(run.id))

    def _take_up(self, found: list[Run]) -> None:
        """Go on with runs that another engine has left."""
        with self._lock:
            for run in found:
                self._runs[run.id] = run
                if not run.status.over:
                    trained = run.status in (Status.RUNNING, Status.QUEUED)
                    run.status = Status.PAUSED
                    self._take_over(run)
                    if trained:
                        self.resume(run.id)
