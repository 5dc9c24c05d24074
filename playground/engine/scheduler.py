"""The scheduler: does many visitors' work in turn, a slice of about 30 ms each.

It knows nothing of processes and pipes: orders come in through `handle`, events go out through
`send`. The worker process and the tests drive the same code.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Any

import torch
from pydantic import ValidationError

from playground import datasets, events
from playground.engine.kept import Kept
from playground.engine.messages import (
    Answered,
    Ask,
    Built,
    Cancel,
    Changed,
    Checkpoint,
    Drop,
    Ended,
    Event,
    Forgotten,
    Further,
    Order,
    Pause,
    Resume,
    Save,
    Saved,
    Shown,
    Start,
    Step,
    Stop,
    Underway,
    Update,
    Wanted,
    plain,
)
from playground.engine.protocol import encode
from playground.engine.task import Inquiry, Task
from playground.experiments.base import Experiment
from playground.experiments.sliced import Build, Regard
from playground.explain import explain
from playground.language import N_
from playground.refusal import Refusal

SLICE_SECONDS = 0.03
ANSWER_SECONDS = 60.0
TELL_SECONDS = 0.25
KEPT_BYTES = 2e9


class DeviceLost(RuntimeError):
    """The device does not work any more in this process, which has to end."""


@dataclass
class Scheduler:
    """Does the work of all visitors in turn; every owner gets the same share of the time.

    Each owner has an account of the seconds used, and the smallest one is served next. An account
    that lies behind `account`, that of the owner served last, is brought up to it: time that an
    owner has left to others is gone (start-time fair queueing, Goyal, Vin and Cheng 1996). What
    one owner wants done takes turns, a slice each: a second run does not hold up the first.
    Background runs take their turn when nobody else wants one.

    Args:
        device: where the models live, "cpu", "cuda:0", "mps" ...
        send: called with each event.
        at_work: called before a slice with what it is for, a run or "question N", and its step.
        budget: bytes that finished models may take.
    """

    device: str
    send: Callable[[Event], None]
    at_work: Callable[[str, int], None] = lambda label, step: None
    budget: float = KEPT_BYTES
    tasks: dict[str, Task] = field(default_factory=dict)
    inquiries: dict[int, Inquiry] = field(default_factory=dict)
    resting: dict[str, Task] = field(default_factory=dict)
    owners: dict[str, float] = field(default_factory=dict)
    account: float = 0.0
    slices: int = 0

    def __post_init__(self) -> None:
        self.kept = Kept(self.budget, self._forgotten)

    # --- orders

    @singledispatchmethod
    def handle(self, order: Order) -> None:
        """Do what an order says; a fault ends the run that it concerns, not the worker."""
        raise TypeError(f"order must be one of those that are known, got {order!r}")

    @handle.register
    def _start(self, order: Start) -> None:
        def start() -> None:
            self.tasks[order.run] = Task.of(order, self.device)
            self._slice(self.tasks[order.run])

        self._guard(order.run, start)

    @handle.register
    def _resume(self, order: Resume) -> None:
        if task := self.tasks.get(order.run):
            task.running = True
            task.not_before = 0.0

    @handle.register
    def _pause(self, order: Pause) -> None:
        if task := self.tasks.get(order.run):
            task.running = False
            task.until = min(task.until, max(task.step, task.order.step))
            self._guard(order.run, lambda: self._slice(task))

    @handle.register
    def _step(self, order: Step) -> None:
        if task := self.tasks.get(order.run):
            task.running = False
            task.until = max(task.until, task.step) + 1
            self._guard(order.run, lambda: self._slice(task))

    @handle.register
    def _stop(self, order: Stop) -> None:
        if task := self.tasks.get(order.run):
            task.ending = Ended(order.run, "stopped", reason=order.reason)
            self._guard(order.run, lambda: self._slice(task))

    @handle.register
    def _update(self, order: Update) -> None:
        if task := self.tasks.get(order.run):
            task.not_before = 0.0
            self._guard(order.run, lambda: self.send(
                Changed(order.run, order.number, task.training.move(order.changes))))

    @handle.register
    def _further(self, order: Further) -> None:
        task = self.resting.pop(order.run, None)
        if task is None:  # it was forgotten while the order was on its way
            self.send(Ended(order.run, "finished"))
            return
        self.tasks[order.run] = task
        self.kept.remove(order.run)
        task.ending, task.running, task.until = None, False, task.step
        task.training.go_on(order.changes)
        self.send(Built(order.run, task.experiment.total_steps))

    @handle.register
    def _drop(self, order: Drop) -> None:
        for number in [number for number, each in self.inquiries.items()
                       if each.order.run == order.run]:
            self._close(number, Answered(number, refusal=Refusal(
                N_("this run is gone; train again"))))
        self.tasks.pop(order.run, None)
        self.resting.pop(order.run, None)
        self.kept.remove(order.run)
        working = {task.owner for task in self.tasks.values()}
        working |= {inquiry.owner for inquiry in self.inquiries.values()}
        self.owners = {owner: used for owner, used in self.owners.items() if owner in working}

    @handle.register
    def _ask(self, order: Ask) -> None:
        inquiry = self.inquiries[order.number] = Inquiry(order)
        if task := self.tasks.get(order.run):
            task.inquiries.add(order.number)
        if self._answerable(inquiry):
            self._inquire(inquiry)

    @handle.register
    def _cancel(self, order: Cancel) -> None:
        self._close(order.number)

    @handle.register
    def _save(self, order: Save) -> None:
        for task in list(self.tasks.values()):
            if task.training.is_built and not task.halfway and not task.experiment.replays:
                self._checkpoint(task)
        self.send(Saved())

    # --- slices

    def advance(self) -> float | None:
        """Do a slice of somebody's work.

        Returns:
            Seconds until the next one is wanted: 0 for at once, None if there is nothing to do.
        """
        now = time.perf_counter()
        work: list[Task | Inquiry] = [each for each in self.inquiries.values()
                                     if self._answerable(each)]
        busy = [task for task in self.tasks.values() if task.busy]
        work += [task for task in busy if task.ready_at() <= now and not task.background]
        work = work or [task for task in busy if task.ready_at() <= now]
        if not work:
            return min((task.ready_at() - now for task in busy), default=None)
        chosen = min(work, key=lambda each: (self.owners.get(each.owner, 0.0), each.served))
        self.slices += 1
        chosen.served = self.slices
        self.account = max(self.account, self.owners.get(chosen.owner, 0.0))
        self.owners[chosen.owner] = self.account
        if isinstance(chosen, Inquiry):
            self._inquire(chosen)
        else:
            self._guard(chosen.run, lambda: self._slice(chosen))
        return 0.0

    def _slice(self, task: Task) -> None:
        """Do what comes next for a task: build, look, train, end."""
        self.at_work(task.run, task.step)
        began = time.perf_counter()
        until = began + SLICE_SECONDS
        if not task.training.is_built:
            self._go_on_building(task, until)
        elif task.look:
            self._go_on_looking(task, until)
        elif task.trains:
            self._train(task, until)
        if task.training.is_built and not task.trains and not task.look:
            self._rest(task, until)
        elapsed = time.perf_counter() - began
        self.owners[task.owner] = self.owners.get(task.owner, 0.0) + elapsed
        self.at_work("", 0)

    def _go_on_building(self, task: Task, until: float) -> None:
        if not task.training.build(until):
            return
        if saved := task.order.checkpoint:
            try:
                task.training.recall(saved)
            except ValueError as error:  # it goes through all its steps again instead
                events.failed(secrets.token_hex(3), error)
                self.tasks[task.run] = Task.of(replace(task.order, checkpoint=None), self.device)
                return
            task.looked_at, task.trained_at_look = task.step, task.training.seconds
        self.send(Built(task.run, task.experiment.total_steps))
        if not task.catching_up:
            self._look(task, until)

    def _train(self, task: Task, until: float) -> None:
        """Train, and look in between where it is time to, until the slice is over."""
        training, experiment = task.training, task.experiment
        began = time.perf_counter()

        def is_enough() -> bool:
            paced = task.pace and not task.halfway and not task.catching_up
            return not task.trains or bool(paced) or task.look_is_due(time.perf_counter())

        while True:
            training.train(until, is_enough)
            now = time.perf_counter()
            if training.over:
                further = experiment.goes_further and task.step >= experiment.total_steps
                task.ending = Ended(task.run, "finished", further=further)
                return
            if training.seconds >= task.order.max_seconds:
                task.ending = Ended(task.run, "stopped", reason=Refusal(
                    N_("training is limited to {seconds:g} seconds"),
                    seconds=task.order.max_seconds))
                return
            if pace := task.pace:
                task.not_before = 0.0 if task.catching_up else began + 1 / pace
            if not task.trains:
                break
            paced = bool(task.pace) and not task.catching_up
            if (paced or task.look_is_due(now)) and not self._look(task, until):
                break
            if paced or time.perf_counter() >= until:
                break
        if task.checkpoint_is_due(now):
            self._checkpoint(task)

    def _look(self, task: Task, until: float) -> bool:
        """Look at a task, unless it was looked at; tell whether that is done."""
        if task.looked_at == task.step or task.halfway:
            return True
        task.look = task.training.look()
        task.look_cost = 0.0
        return self._go_on_looking(task, until)

    def _go_on_looking(self, task: Task, until: float) -> bool:
        assert task.look is not None
        began = time.perf_counter()
        finished = task.look.advance(until)
        now = time.perf_counter()
        task.look_cost += now - began
        if not finished:
            return False
        seen = task.look.value
        task.look = None
        self.send(Shown(task.run, seen.step, seen.seconds, seen.metrics, seen.arrays,
                        task.experiment.clocked(), task.experiment.progress))
        task.last_look = now
        task.look_costs.append(task.look_cost)
        task.trained_at_look = seen.seconds
        task.looked_at = seen.step
        return True

    def _rest(self, task: Task, until: float) -> None:
        """Show a task that stands still, and end it if it is to end."""
        waits = task.inquiries if task.running else task.answering
        if waits and not task.ending:
            return
        if not self._look(task, until) or task.halfway or not task.ending:
            return
        ending = task.ending
        del self.tasks[task.run]
        if ending.further:
            self.resting[task.run] = task
        self.kept.add(task.run, task.experiment)
        self.send(Ended(task.run, ending.status, task.experiment.total_steps, ending.reason,
                        task.run in self.resting, task.experiment.weights()))

    def _checkpoint(self, task: Task) -> None:
        """Send all that is needed to go on from here; what cannot be put away costs no run."""
        began = time.perf_counter()
        try:
            self.send(Checkpoint(task.run, **task.training.checkpoint()))
        except Exception as error:
            events.failed(secrets.token_hex(3), error)
        task.saved_at, task.saved_step = time.perf_counter(), task.step
        task.save_cost = task.saved_at - began

    def _forgotten(self, run: str) -> None:
        if self.resting.pop(run, None):
            self.send(Forgotten(run))

    # --- questions

    def _inquire(self, inquiry: Inquiry) -> None:
        """Do a slice of a question."""
        number = inquiry.order.number
        self.at_work(f"question {number}", 0)
        began = time.perf_counter()
        try:
            self._find_out(inquiry, began + SLICE_SECONDS)
        except Exception as error:
            self._close(number, Answered(number, refusal=refusal_of(error)))
            if is_device_lost(error):
                raise DeviceLost(str(error)) from error
        now = time.perf_counter()
        inquiry.used += now - began
        self.owners[inquiry.owner] = self.owners.get(inquiry.owner, 0.0) + now - began
        if number in self.inquiries:
            if inquiry.used > ANSWER_SECONDS:
                self._close(number, Answered(number, refusal=Refusal(
                    N_("an answer may take {seconds:g} seconds of work; ask for less"),
                    seconds=ANSWER_SECONDS)))
            elif now - inquiry.told > TELL_SECONDS:
                inquiry.told = now
                self.send(Underway(number, inquiry.regard.share if inquiry.regard else None))
        self.at_work("", 0)

    def _find_out(self, inquiry: Inquiry, until: float) -> None:
        order = inquiry.order
        if inquiry.regard is None:
            experiment = self._experiment(inquiry, until)
            if experiment is None:
                return
            inquiry.regard = Regard(experiment, self.device,
                                    experiment.answering(order.name, order.arguments))
            if task := self.tasks.get(order.run):
                task.answering.add(order.number)
        if inquiry.regard.advance(until):
            answer = Answered(order.number, inquiry.regard.value)
            encode(plain(answer))  # what cannot travel fails here, where somebody can be told
            self._close(order.number, answer)

    def _experiment(self, inquiry: Inquiry, until: float) -> Experiment[Any] | None:
        """Return whom to ask; None if it is not built yet, or cannot be."""
        order = inquiry.order
        if task := self.tasks.get(order.run):
            return task.experiment
        if inquiry.build is None:
            if experiment := self.kept.get(order.run):
                return experiment
            if order.weights is None:
                self._close(order.number, Wanted(order.number))
                return None
            inquiry.build = Build(order.experiment, order.settings, self.device,
                                  datasets.stand_ins)
        if not inquiry.build.advance(until):
            return None
        inquiry.build.experiment.restore(order.weights or {})
        self.kept.add(order.run, inquiry.build.experiment)
        return inquiry.build.experiment

    def _answerable(self, inquiry: Inquiry) -> bool:
        """Tell whether its model is whole and between two steps, or can be built.

        A run that stands still first does, and shows, what it was told to do before.
        """
        task = self.tasks.get(inquiry.order.run)
        if task is None:
            return True
        return task.training.is_built and not task.halfway and not task.pending

    def _close(self, number: int, last_word: Event | None = None) -> None:
        """End a question."""
        inquiry = self.inquiries.pop(number, None)
        if inquiry is None:
            return
        if inquiry.regard:
            inquiry.regard.work.close()
        if task := self.tasks.get(inquiry.order.run):
            task.inquiries.discard(number)
            task.answering.discard(number)
        if last_word:
            self.send(last_word)

    # --- faults

    def _guard(self, run: str, action: Callable[[], None]) -> None:
        """Do something for one run; if it fails, that run has failed and the others go on."""
        try:
            action()
        except Exception as error:
            if self.tasks.pop(run, None):
                for inquiry in self.inquiries.values():
                    inquiry.regard = inquiry.regard if inquiry.order.run != run else None
            self.send(Ended(run, "failed", reason=refusal_of(error)))
            if is_out_of_memory(error):
                self.kept.clear()
            if is_device_lost(error):
                raise DeviceLost(str(error)) from error


def refusal_of(error: Exception) -> Refusal:
    """Return one sentence for the visitor; what a programmer did wrong goes to the log."""
    if isinstance(error, Refusal):
        return error
    if is_out_of_memory(error):
        return Refusal(N_("out of memory: make the model, the batch or the data smaller"))
    if isinstance(error, ValidationError):
        return explain(error)
    number = secrets.token_hex(3)
    events.failed(number, error)
    return Refusal(N_("something went wrong; the server's log tells what, under error {number}"),
                   number=number)


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether there was not enough memory, of the machine or of the device."""
    return (isinstance(error, MemoryError | torch.OutOfMemoryError)
            or "allocate memory" in str(error))


def is_device_lost(error: Exception) -> bool:
    """Tell whether the device is of no more use in this process."""
    return isinstance(error, torch.AcceleratorError) or "CUDA error" in str(error)
