"""Tasks and inquiries: what a worker has to do for a run, and how far it has come."""

import os
import time
from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playground.engine.messages import Ask, Ended, Start
from playground.experiments.base import Answer, Experiment
from playground.experiments.sliced import Build, Regard
from playground.snapshot import Snapshot
from playground.training.recipe import Training

MILESTONES = frozenset({0, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80})
MILESTONES_UNWATCHED = frozenset({0, 5, 30})
LOOKS_PER_SECOND = 14.0
SHARE_UNWATCHED = 1 / 150
EVERY = "PLAYGROUND_CHECKPOINT_SECONDS"
CHECKPOINT_SECONDS = float(os.environ.get(EVERY, 2.0))
SHARE_FOR_CHECKPOINTS = 1 / 100


@dataclass
class Task:
    """A run on this side: its training, what is wanted of it, and its clocks.

    It is built, then it trains while it is `running`, or up to the step `until`. Where it stands
    still it is looked at; where it is to end, it ends then.

    Attributes:
        order: what started it.
        training: what is trained, as far as it has come.
        look: what is being looked at; the training waits for it.
        ending: how it ends, once it has been looked at.
        inquiries: questions about it; the training waits for them.
        answering: those of them that have begun to be answered.
        served: the number of the slice that was its last one.
    """

    order: Start
    training: Training
    running: bool = False
    until: int = 0
    look: Regard[Snapshot] | None = None
    ending: Ended | None = None
    inquiries: set[int] = field(default_factory=set)
    answering: set[int] = field(default_factory=set)
    served: int = 0
    not_before: float = 0.0
    last_look: float = 0.0
    look_cost: float = 0.0
    look_costs: deque[float] = field(default_factory=lambda: deque(maxlen=8))
    trained_at_look: float = 0.0
    looked_at: int = -1
    saved_at: float = field(default_factory=lambda: time.perf_counter())
    saved_step: int = 0
    save_cost: float = 0.0

    @classmethod
    def of(cls, order: Start, device: str) -> "Task":
        """Return the task that an order asks for.

        Raises:
            ValueError: it cannot be built with these settings.
        """
        return cls(order, Training(order.experiment, order.settings, device, order.changes),
                   until=order.step)

    @property
    def run(self) -> str:
        """The run's id."""
        return self.order.run

    @property
    def owner(self) -> str:
        """Who pays."""
        return self.order.owner

    @property
    def background(self) -> bool:
        """Whether it takes what the others leave."""
        return self.order.background

    @property
    def experiment(self) -> Experiment[Any]:
        """What it trains."""
        return self.training.experiment

    @property
    def pace(self) -> float | None:
        """Steps per second that an eye can follow; None where nobody watches, or none is needed.
        """
        return None if self.background else self.experiment.pace

    @property
    def step(self) -> int:
        """Steps done."""
        return self.training.step

    @property
    def halfway(self) -> bool:
        """Whether a step is done in part."""
        return self.training.halfway

    @property
    def catching_up(self) -> bool:
        """Whether it goes again through what was shown before."""
        return self.step < self.order.step

    @property
    def owes(self) -> bool:
        """Whether it stands still but for steps that it was told to do one by one."""
        return not (self.running or self.ending or self.answering) and self.step < self.until

    @property
    def trains(self) -> bool:
        """Whether it has steps to do now: those that it owes come before the next question."""
        goes_on = self.running and not self.ending and not self.inquiries
        return self.halfway or self.owes or goes_on

    @property
    def busy(self) -> bool:
        """Whether there is anything to do for it."""
        at_rest = self.look is None and self.ending is None and not self.trains
        return not self.training.is_built or not at_rest

    @property
    def pending(self) -> bool:
        """Whether it stands still and has not yet done and shown all that it was told to."""
        shown = self.look is None and self.looked_at == self.step
        return not self.running and not self.answering and (self.owes or not shown)

    def ready_at(self) -> float:
        """Return when it wants its next slice, as `time.perf_counter` tells."""
        paced = self.training.is_built and self.look is None and self.ending is None
        return self.not_before if paced and self.running else 0.0

    def look_is_due(self, now: float) -> bool:
        """Tell whether it is time for a look: often enough for the eye, at a small cost.

        The cost, the median of the last looks since others may have held the core, is counted
        against the run's own training time: the same share for any number of runs.
        """
        if self.halfway or self.catching_up:
            return False
        if self.step in (MILESTONES_UNWATCHED if self.background else MILESTONES):
            return True
        share = SHARE_UNWATCHED if self.background else self.order.looks
        cost = (median(self.look_costs) if self.look_costs else 0.0) / share
        affordable = self.training.seconds - self.trained_at_look >= cost
        return affordable and now - self.last_look >= 1 / LOOKS_PER_SECOND

    def checkpoint_is_due(self, now: float) -> bool:
        """Tell whether it is time for a checkpoint; one at rest is as good as the last one."""
        if self.experiment.replays or self.halfway or self.step == self.saved_step:
            return False
        every = max(CHECKPOINT_SECONDS, self.save_cost / SHARE_FOR_CHECKPOINTS)
        return now - self.saved_at >= every


@dataclass
class Inquiry:
    """A question that is being answered.

    Attributes:
        order: the question.
        build: what makes the model, where it is not there yet.
        regard: what finds the answer, once it is.
        used: seconds of work.
        served: the number of the slice that was its last one.
        told: when its progress was told last.
    """

    order: Ask
    build: Build | None = None
    regard: Regard[Answer] | None = None
    used: float = 0.0
    served: int = 0
    told: float = field(default_factory=lambda: time.perf_counter())

    @property
    def owner(self) -> str:
        """Who pays."""
        return self.order.owner
