"""WorkerEngine: training in worker processes, one per device, watched and replaced."""

import atexit
import itertools
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from playground.engine import protocol
from playground.engine.base import Engine, Limits, Place, QuestionFailed
from playground.engine.protocol import Message
from playground.runs import Run, Status

PROJECT = Path(__file__).parents[2]
WATCH_SECONDS = 0.5
MAX_EARLY_DEATHS = 3
# OpenMP threads that spin for long while they wait take the core from whoever they wait for: with
# two threads on two busy cores a step became ten times slower. Those that sleep at once make every
# step slower. A short spin is the best of both, on busy and on idle cores.
QUIET_THREADS = {"GOMP_SPINCOUNT": "20000"}
SPOOL_PREFIX = "playground-spool-"


class WorkerProcess:
    """One worker process and its two pipes.

    Args:
        wanted: the device, or "auto".
        receive: called with each event, in the reader's thread; with {"type": "ended"} at the end.
    """

    def __init__(self, wanted: str, receive: Callable[["WorkerProcess", Message], None]) -> None:
        self.wanted = wanted
        self.place: Place | None = None
        self.heard = time.monotonic()
        self.hung = False
        self._receive = receive
        self._outbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "playground.engine.worker", wanted],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=PROJECT,
            env=QUIET_THREADS | os.environ,
        )
        threading.Thread(target=self._read, daemon=True, name="worker-reader").start()
        threading.Thread(target=self._write, daemon=True, name="worker-writer").start()

    def send(self, message: Message) -> None:
        """Queue a message; never blocks."""
        self._outbox.put(message)

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Let the process end by closing its stdin; kill it if it does not."""
        self._outbox.put({"type": "close"})
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.kill()

    def _read(self) -> None:
        pipe = self.process.stdout
        if pipe is not None:
            while (event := protocol.read(pipe)) is not None:
                self.heard = time.monotonic()
                self._receive(self, event)
            pipe.close()
        self.process.wait()
        self._outbox.put({"type": "close"})
        self._receive(self, {"type": "ended"})

    def _write(self) -> None:
        pipe = self.process.stdin
        if pipe is None:
            return
        while (message := self._outbox.get())["type"] != "close":
            try:
                protocol.write(pipe, message)
            except OSError:
                break
        try:
            pipe.close()
        except OSError:
            return


class WorkerEngine(Engine):
    """Trains in worker processes. They start when first needed, or by `warm_up`.

    Args:
        devices: one worker each: "auto", "cpu", "cuda:0" ...; by default what
            `PLAYGROUND_DEVICE` says (commas between several), else "auto".
    """

    def __init__(self, limits: Limits | None = None, devices: tuple[str, ...] = ()) -> None:
        super().__init__(limits)
        given = os.environ.get("PLAYGROUND_DEVICE", "auto")
        self._devices = devices or tuple(name.strip() for name in given.split(","))
        self._workers: dict[str, WorkerProcess] = {}
        self._early_deaths = dict.fromkeys(self._devices, 0)
        self._placed: dict[str, str] = {}
        self._waiting: dict[int, tuple[str, queue.SimpleQueue[Message]]] = {}
        self._numbers = itertools.count()
        self._closed = threading.Event()
        remove_abandoned_spools()
        self._spool = Path(tempfile.mkdtemp(prefix=f"{SPOOL_PREFIX}{os.getpid()}-"))
        threading.Thread(target=self._watch, daemon=True, name="worker-watch").start()
        atexit.register(self.close)

    @property
    def place(self) -> Place | None:
        """Where the first worker trains, once it is up."""
        worker = self._workers.get(self._devices[0])
        return worker.place if worker else None

    def warm_up(self, delay: float = 0.0) -> None:
        """Start the workers after a delay, unless something needs them earlier."""
        timer = threading.Timer(delay, self._start_all)
        timer.daemon = True
        timer.start()

    def workers(self) -> dict[str, int]:
        """Return the process id of each worker that is up, by device."""
        with self._lock:
            return {name: worker.process.pid for name, worker in self._workers.items()}

    def close(self) -> None:
        """End the workers and remove all files."""
        if self._closed.is_set():
            return
        self._closed.set()
        for worker in list(self._workers.values()):
            worker.close()
        shutil.rmtree(self._spool, ignore_errors=True)

    def drop(self, run_id: str) -> None:
        """Forget a run, its history, its model and its files."""
        with self._lock:
            super().drop(run_id)
            self._placed.pop(run_id, None)

    def _start_all(self) -> None:
        with self._lock:
            for device in self._devices:
                if not self._closed.is_set():
                    self._worker(device)

    def _worker(self, device: str) -> WorkerProcess:
        with self._lock:
            if device not in self._workers:
                self._workers[device] = WorkerProcess(device, self._on_event)
            return self._workers[device]

    def _send(self, run: Run, message: Message) -> None:
        if run.stored and message["type"] != "ask" and run.id not in self._placed:
            return
        self._worker(self._place_run(run)).send(message)

    def _place_run(self, run: Run) -> str:
        if run.id not in self._placed:
            counts = {name: 0 for name in self._devices}
            for run_id, name in self._placed.items():
                known = self._runs.get(run_id)
                counts[name] += known is not None and not known.status.over
            self._placed[run.id] = min(counts, key=lambda name: counts[name])
        return self._placed[run.id]

    def _question(self, run: Run, message: Message) -> Message:
        number = next(self._numbers)
        answers: queue.SimpleQueue[Message] = queue.SimpleQueue()
        try:
            with self._lock:
                self._waiting[number] = (self._place_run(run), answers)
                self._send(run, message | {"id": number})
            return answers.get(timeout=self.limits.answer)
        except queue.Empty:
            raise QuestionFailed(
                f"the model did not answer within {self.limits.answer:g} seconds"
            ) from None
        finally:
            del self._waiting[number]

    def _where(self, run: Run) -> Place | None:
        worker = self._workers.get(self._place_run(run))
        return worker.place if worker else None

    def _new_folder(self, run_id: str) -> Path:
        folder = self._spool / run_id
        folder.mkdir()
        return folder

    def _has_room(self, run: Run) -> bool:
        device = self._place_run(run)
        training = {other.owner for other in self._runs.values()
                    if other.status is Status.RUNNING and self._placed.get(other.id) == device}
        return run.owner in training or len(training) < self.limits.sessions

    def _on_event(self, worker: WorkerProcess, event: Message) -> None:
        kind = event["type"]
        if kind == "hello":
            worker.place = Place(event["device"], event["name"], event["remark"])
            self._early_deaths[worker.wanted] = 0
        elif kind == "answer":
            if waiting := self._waiting.get(event["id"]):
                waiting[1].put(event)
        elif kind == "ended":
            self._on_end(worker)
        else:
            self._receive(event)

    def _on_end(self, worker: WorkerProcess) -> None:
        if self._closed.is_set():
            return
        reason = f"the training process {cause_of_death(worker)}; train again to go on"
        with self._lock:
            if self._workers.get(worker.wanted) is not worker:
                return
            del self._workers[worker.wanted]
            if worker.place is None:
                self._early_deaths[worker.wanted] += 1
            mine = [run for run in self._runs.values()
                    if self._placed.get(run.id) == worker.wanted and not run.stored]
            usable = self._early_deaths[worker.wanted] < MAX_EARLY_DEATHS
            untouched = [run for run in mine if usable and run.step == 0
                         and run.status in (Status.PAUSED, Status.QUEUED)]
            for run in untouched:
                self._send_start(run)
            lost = [run for run in mine if not run.status.over and run not in untouched]
            for run in lost:
                self._leave_queue(run.id)
            for run in lost:
                self._receive({"type": "status", "run": run.id, "status": "failed",
                               "reason": reason})
            for device, answers in list(self._waiting.values()):
                if device == worker.wanted:
                    answers.put({"error": reason})
            if usable:
                self._worker(worker.wanted)
            self._admit()

    def _watch(self) -> None:
        while not self._closed.wait(WATCH_SECONDS):
            self._expire()
            for worker in list(self._workers.values()):
                silent = time.monotonic() - worker.heard
                if silent > (self.limits.hang if worker.place else 10 * self.limits.hang):
                    worker.hung = True
                    worker.kill()


def cause_of_death(worker: WorkerProcess) -> str:
    """Return how a worker ended, in words."""
    code = worker.process.returncode
    if worker.hung:
        return "hung and was replaced"
    if code is not None and code < 0:
        return f"was killed ({signal.Signals(-code).name})"
    return f"ended unexpectedly (exit code {code})"


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
