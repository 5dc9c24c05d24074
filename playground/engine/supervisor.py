"""WorkerEngine: training in worker processes, one per device, watched and replaced."""

import atexit
import math
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

from playground import events
from playground.engine import handover
from playground.engine.checkpoints import Writer
from playground.engine.limits import Limits
from playground.engine.memory import GB, machine_bytes
from playground.engine.messages import Checkpoint, Event, Hello, Save, Saved
from playground.engine.process import ProcessWorker
from playground.engine.staff import SPOOL_PREFIX, Hire, StaffedEngine
from playground.engine.workers import AtWork, Worker
from playground.runs.run import Status

WATCH_SECONDS = 0.25
START_SECONDS = 120.0
SAVE_SECONDS = 3.0
SPARE = "PLAYGROUND_SPARE"
MEMORY_FOR_SPARE = 8 * GB
# Of a worker's work, before another process starts beside it: the first visitors come first; but
# where one worker has died, the next one may.
FIRST_SPARE_SECONDS, SPARE_SECONDS = 30.0, 2.0


class WorkerEngine(StaffedEngine):
    """Trains in processes, watches them, and ends those that hang.

    They start when first needed, or by `warm_up`. Beside each one on a CPU a spare process waits,
    with all that takes long to import: it costs half a gigabyte, and saves everybody the seconds
    of a start when the other one dies. `PLAYGROUND_SPARE` says whether, 1 or 0; by default there
    is one where the machine has memory enough.

    Args:
        devices: one worker each: "auto", "cpu", "cuda:0" ...; by default what
            `PLAYGROUND_DEVICE` says (commas between several), else "auto".
        hire: makes a worker, of a device, what receives its events, and a new file for its notes.
        left: where runs are left when the engine is closed, and found when it starts; by default
            nothing is left.
    """

    def __init__(self, limits: Limits | None = None, devices: tuple[str, ...] = (), *,
                 hire: Hire = ProcessWorker, left: Path | None = None) -> None:
        given = os.environ.get("PLAYGROUND_DEVICE", "auto")
        super().__init__(limits, devices or tuple(name.strip() for name in given.split(",")), hire)
        remove_abandoned_spools()
        self._seen: dict[Worker, tuple[AtWork, float]] = {}
        self._writer = Writer()
        self._saved = threading.Semaphore(0)
        enough = "1" if machine_bytes() >= MEMORY_FOR_SPARE else "0"
        self._spared = os.environ.get(SPARE, enough) != "0"
        self._left = left
        if left:
            self._take_up(handover.find(left, self._spool))
        threading.Thread(target=self._watch, daemon=True, name="worker-watch").start()
        atexit.register(self.close)

    def warm_up(self, delay: float = 0.0) -> None:
        """Start the workers after a delay, unless something needs them earlier."""
        timer = threading.Timer(delay, self._start_all)
        timer.daemon = True
        timer.start()

    def workers(self) -> dict[str, int]:
        """Return the process id of each worker process that is up, by device."""
        with self._lock:
            return {name: worker.process.pid for name, worker in self._workers.items()
                    if isinstance(worker, ProcessWorker)}

    def close(self) -> None:
        """End the workers and remove all files, but for runs that are left to the next engine."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._left:
            self._save_all()
            with self._lock:
                handover.leave([run for run in self._runs.values() if not run.stored and (
                    run.step or run.status in (Status.RUNNING, Status.QUEUED))], self._left)
        self._dismiss()

    def _save_all(self) -> None:
        """Have a checkpoint of every run in training, as far as the workers send one in time."""
        working = list(self._workers.values())
        for worker in working:
            worker.send(Save())
        end = time.monotonic() + SAVE_SECONDS
        for _worker in working:
            self._saved.acquire(timeout=max(0.0, end - time.monotonic()))
        self._writer.finish()

    def _start_all(self) -> None:
        with self._lock:
            for device in self._devices:
                if not self._closed.is_set():
                    self._worker(device)

    def _save(self, checkpoint: Checkpoint, folder: Path) -> None:
        self._writer.put(checkpoint, folder)

    def _on_event(self, worker: Worker, event: Event | None) -> None:
        if event is None:
            self._writer.finish()
            self._seen.pop(worker, None)
        elif isinstance(event, Hello):
            events.worker_started(event.device, event.pid)
        elif isinstance(event, Saved):
            self._saved.release()
        super()._on_event(worker, event)

    def _watch(self) -> None:
        while True:
            began = time.monotonic()
            if self._closed.wait(WATCH_SECONDS):
                return
            late = time.monotonic() - began - WATCH_SECONDS
            self._expire()
            for worker in list(self._workers.values()):
                if late < WATCH_SECONDS and self._hangs(worker):
                    worker.kill()
                elif self._may_have_spare(worker):
                    self._keep_spare(worker.wanted)

    def _may_have_spare(self, worker: Worker) -> bool:
        """Tell whether a worker is at work, and another process would take memory alone."""
        up = worker.place is not None and worker.place.device == "cpu"
        here = worker.wanted in self._devices
        hired = self._hired_at.get(worker.wanted, math.inf)
        wait = SPARE_SECONDS if self._deaths else FIRST_SPARE_SECONDS
        return up and here and self._spared and time.monotonic() - hired > wait

    def _hangs(self, worker: Worker) -> bool:
        """Tell whether a worker gives no sign of life, or is at one slice for too long."""
        if worker.place is None:
            return worker.silent > START_SECONDS
        now, last = time.monotonic(), worker.at_work()
        seen, since = self._seen.get(worker, (None, now))
        if seen != last or not last.label:
            since = now
        self._seen[worker] = last, since
        return worker.silent > self.limits.silence or now - since > self.limits.hang


def remove_abandoned_spools() -> None:
    """Remove files of servers that were killed before they could do it themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SPOOL_PREFIX}*"):
        pid = folder.name.removeprefix(SPOOL_PREFIX).split("-")[0]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    if os.name == "nt":  # there, signal 0 is not a question but Ctrl+C
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
