"""The scheduler: advances many training runs in turn, a slice of about 30 ms each.

It knows nothing of processes and pipes: messages come in through `handle`, events go out through
`send`. The worker process and the tests drive the same code.
"""

import sys
import time
import traceback
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from playground import datasets, experiments, weights
from playground.engine.protocol import Message, encode
from playground.experiments.base import Experiment, NotFinite, experiment_type
from playground.randomness import RandomStream, fixed_random_state, preserved_random_state
from playground.snapshot import Snapshot

SLICE_SECONDS = 0.03
MILESTONES = frozenset({0, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80})
LOOKS_PER_SECOND = 14.0
SHARE_FOR_LOOKS = 1 / 30
KEPT_EXPERIMENTS = 16


@dataclass
class Task:
    """A run on this side: the experiment, its iterator and its clock."""

    run: str
    owner: str
    experiment: Experiment[Any]
    steps: Iterator[None]
    random: RandomStream
    folder: Path
    max_seconds: float
    running: bool = False
    step: int = 0
    seconds: float = 0.0
    used: float = 0.0
    not_before: float = 0.0
    last_look: float = 0.0
    look_seconds: deque[float] = field(default_factory=lambda: deque(maxlen=8))
    trained_at_look: float = 0.0
    looked_at: int = -1

    def due(self, now: float) -> bool:
        """Tell whether it is time for a look: often enough for the eye, at a small cost.

        The cost, that of the cheapest of the last looks since others may have held the core, is
        counted against the run's own training time: the same share for any number of runs.
        """
        if self.step in MILESTONES:
            return True
        cost = min(self.look_seconds, default=0.0) / SHARE_FOR_LOOKS
        affordable = self.seconds - self.trained_at_look >= cost
        return affordable and now - self.last_look >= 1 / LOOKS_PER_SECOND


@dataclass
class Scheduler:
    """Advances runs in turn; every owner gets the same share of the time.

    Each owner has an account of the seconds used, and the smallest one is served next. An account
    that lies behind `account`, that of the owner served last, is brought up to it: time that an
    owner has left to others is gone (start-time fair queueing, Goyal, Vin and Cheng 1996).

    Args:
        device: where the models live, "cpu", "cuda:0", "mps" ...
        send: called with each event.
    """

    device: str
    send: Callable[[Message], None]
    tasks: dict[str, Task] = field(default_factory=dict)
    ended: OrderedDict[str, Experiment[Any]] = field(default_factory=OrderedDict)
    owners: dict[str, float] = field(default_factory=dict)
    account: float = 0.0

    def handle(self, message: Message) -> None:
        """Do what one message says; a fault ends the run that it concerns, not the worker."""
        kind, run = message["type"], message.get("run", "")
        if kind == "start":
            self._guard(run, lambda: self._start(message))
        elif kind == "ask":
            self._answer(message)
        elif kind == "drop":
            self.tasks.pop(run, None)
            self.ended.pop(run, None)
        elif task := self.tasks.get(run):
            self._guard(run, lambda: getattr(self, f"_{kind}")(task, message))

    def advance(self) -> float | None:
        """Give one run a slice of time.

        Returns:
            Seconds until the next run wants one: 0 for at once, None if nothing is running.
        """
        now = time.perf_counter()
        running = [task for task in self.tasks.values() if task.running]
        ready = [task for task in running if task.not_before <= now]
        if not ready:
            return min((task.not_before - now for task in running), default=None)
        task = min(ready, key=lambda t: (self.owners.get(t.owner, 0.0), t.used))
        self.account = max(self.account, self.owners.get(task.owner, 0.0))
        self.owners[task.owner] = self.account
        self.send({"type": "slice", "run": task.run})
        self._guard(task.run, lambda: self._slice(task))
        return 0.0

    def _start(self, message: Message) -> None:
        settings = experiments.settings_type(message["experiment"])(**message["settings"])
        random = RandomStream.seeded(settings.seed, self.device)  # type: ignore[attr-defined]
        with preserved_random_state(self.device):
            random.install(self.device)
            experiment = experiment_type(message["experiment"])(settings, self.device)
            random = RandomStream.current(self.device)
        task = Task(message["run"], message["owner"], experiment, experiment.steps(), random,
                    Path(message["folder"]), message["max_seconds"])
        self.tasks[task.run] = task
        self._tell(task, "paused")
        self._look(task)

    def _resume(self, task: Task, message: Message) -> None:
        task.running = True
        task.not_before = 0.0
        self._tell(task, "running")

    def _pause(self, task: Task, message: Message) -> None:
        task.running = False
        self._look(task)
        self._tell(task, "paused")

    def _step(self, task: Task, message: Message) -> None:
        task.running = False
        self._slice(task, single=True)
        if task.run in self.tasks:
            self._look(task)
            self._tell(task, "paused")

    def _stop(self, task: Task, message: Message) -> None:
        self._end(task, "stopped", message.get("reason", ""))

    def _update(self, task: Task, message: Message) -> None:
        task.experiment.settings = task.experiment.settings.with_changes(**message["changes"])
        task.not_before = 0.0

    def _slice(self, task: Task, single: bool = False) -> None:
        began = time.perf_counter()
        deadline = began + SLICE_SECONDS
        finished = False
        if torch.get_num_threads() != task.experiment.threads:
            torch.set_num_threads(task.experiment.threads)
        with preserved_random_state(self.device):
            task.random.install(self.device)
            now = began
            while True:
                task.step += 1
                try:
                    next(task.steps)
                except StopIteration:
                    task.step -= 1
                    finished = True
                    break
                before, now = now, time.perf_counter()
                task.seconds += now - before
                finished = task.step >= task.experiment.total_steps
                paced = task.experiment.pace
                if finished or single or paced or now >= deadline:
                    break
                if task.due(now):
                    self._look(task)
                    now = time.perf_counter()
            task.random = RandomStream.current(self.device)
        now = time.perf_counter()
        if not finished and (task.experiment.pace or task.due(now)):
            self._look(task)
        task.used += now - began
        self.owners[task.owner] = self.owners.get(task.owner, 0.0) + now - began
        if pace := task.experiment.pace:
            task.not_before = began + 1 / pace
        if finished:
            self._end(task, "finished", "")
        elif task.seconds >= task.max_seconds:
            self._end(task, "stopped", f"training is limited to {task.max_seconds:g} seconds")

    def _look(self, task: Task) -> None:
        if task.looked_at == task.step:
            return
        began = time.perf_counter()
        with fixed_random_state(self.device):
            metrics, arrays = task.experiment.observe()
        snapshot = Snapshot(task.step, task.seconds, metrics, arrays)
        if bad := snapshot.first_bad_name():
            raise NotFinite(f"{bad} is not a finite number")
        self.send({"type": "snapshot", "run": task.run, "step": snapshot.step,
                   "seconds": snapshot.seconds, "metrics": metrics, "arrays": arrays,
                   "clocked": task.experiment.clocked(), "progress": task.experiment.progress})
        task.last_look = time.perf_counter()
        task.look_seconds.append(task.last_look - began)
        task.trained_at_look = task.seconds
        task.looked_at = task.step

    def _end(self, task: Task, status: str, reason: str) -> None:
        self._look(task)
        weights.save(task.experiment.weights(), task.folder / "weights.safetensors")
        del self.tasks[task.run]
        self._keep(task.run, task.experiment)
        self._tell(task, status, reason)

    def _keep(self, run: str, experiment: Experiment[Any]) -> None:
        self.ended[run] = experiment
        self.ended.move_to_end(run)
        while len(self.ended) > KEPT_EXPERIMENTS:
            self.ended.popitem(last=False)

    def _answer(self, message: Message) -> None:
        answer: Message = {"type": "answer", "run": message["run"], "id": message["id"]}
        try:
            experiment = self._find(message)
            with fixed_random_state(self.device, message.get("seed", 0)):
                answer["value"] = experiment.ask(message["question"], message["arguments"])
            encode(answer)  # what cannot travel fails here, where there is somebody to tell
        except Exception as error:
            answer |= {"value": None, "error": describe(error)}
            if not isinstance(error, ValueError):
                traceback.print_exc(file=sys.stderr)
        self.send(answer)

    def _find(self, message: Message) -> Experiment[Any]:
        run = message["run"]
        if run in self.tasks:
            return self.tasks[run].experiment
        if run not in self.ended:
            if not message["folder"]:
                raise ValueError("this run has no trained model to ask")
            settings = experiments.settings_type(message["experiment"])(**message["settings"])
            seed = settings.seed  # type: ignore[attr-defined]
            with fixed_random_state(self.device, seed), datasets.stand_ins():
                experiment = experiment_type(message["experiment"])(settings, self.device)
            experiment.restore(weights.load(Path(message["folder"]) / "weights.safetensors"))
            self._keep(run, experiment)
        self.ended.move_to_end(run)
        return self.ended[run]

    def _guard(self, run: str, action: Callable[[], None]) -> None:
        """Do something for one run; if it fails, that run has failed and the others go on."""
        try:
            action()
        except Exception as error:
            task = self.tasks.pop(run, None)
            if not isinstance(error, ValueError | NotFinite):
                traceback.print_exc(file=sys.stderr)
            where = f"step {task.step}: " if task and isinstance(error, NotFinite) else ""
            self.send({"type": "status", "run": run, "status": "failed",
                       "reason": where + describe(error)})

    def _tell(self, task: Task, status: str, reason: str = "") -> None:
        self.send({"type": "status", "run": task.run, "status": status, "reason": reason,
                   "total": task.experiment.total_steps})


def describe(error: Exception) -> str:
    """Return one sentence for the visitor."""
    text = str(error)
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "allocate memory" in text:
        return "out of memory: make the model, the batch or the data smaller"
    return text.splitlines()[0] if text else type(error).__name__

