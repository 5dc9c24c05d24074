"""One training: how a model is seeded, built, trained step by step and looked at.

Whoever trains goes through here: the worker in slices, everybody else at once.
"""

import math
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch

from playground.concepts import settings_type
from playground.device import synchronize
from playground.experiments.base import PART, Experiment, NotFinite, Piece, experiment_type
from playground.experiments.checkpoint import recall, remember
from playground.experiments.sliced import Build, Regard
from playground.language import N_
from playground.refusal import Refusal
from playground.runs.run import Change, Run, Status
from playground.settings import Settings
from playground.snapshot import Snapshot
from playground.training.randomness import RandomStream, preserved_random_state

N_LOOKS = 50


class Training:
    """A model that is built, trained and looked at, with a random stream of its own.

    What is drawn at random elsewhere in the program neither changes its numbers nor is changed by
    it. Everything can be done in slices.

    Args:
        concept: whose model it is, e.g. "vae".
        settings: its knobs.
        device: "cpu", "cuda:0", "mps" ...
        changes: knobs that are to move, each after so many steps.

    Attributes:
        step: steps done.
        seconds: of training.
        halfway: a step is done in part.
        over: no more steps are to be done.

    Raises:
        ValueError: it cannot be built with these settings.
    """

    def __init__(self, concept: str, settings: dict[str, Any], device: str,
                 changes: Iterable[Change] = ()) -> None:
        self.device = device
        self.changes = deque((step, dict(values)) for step, values in
                             sorted(changes, key=lambda each: each[0]))
        self.step, self.seconds = 0, 0.0
        self.halfway = self.over = False
        self._build = Build(concept, settings, device)
        self._random = self._build.random
        self._steps: Iterator[Piece | None] | None = None

    @property
    def experiment(self) -> Experiment[Any]:
        """What is trained."""
        return self._build.experiment

    @property
    def is_built(self) -> bool:
        """Whether it can be trained and looked at."""
        return self._steps is not None

    def build(self, until: float = math.inf) -> bool:
        """Build it until it is whole or `time.perf_counter` says so; tell whether it is whole."""
        if not self.is_built and self._build.advance(until):
            self._random = self._build.random
            self._steps = self.experiment.steps()
            self._move_knobs()
        return self.is_built

    def train(self, until: float = math.inf,
              is_enough: Callable[[], bool] = lambda: False) -> None:
        """Do steps, or pieces of one, until it is over or enough, or the clock says so.

        Args:
            until: as `time.perf_counter` tells. A piece is done in any case.
            is_enough: asked after each piece.

        Raises:
            Refusal: a number is not finite; it tells the step.
        """
        assert self._steps is not None
        if torch.get_num_threads() != self.experiment.threads:
            torch.set_num_threads(self.experiment.threads)
        with preserved_random_state(self.device):
            self._random.install(self.device)
            now = time.perf_counter()
            while True:
                try:
                    self.halfway = next(self._steps) is PART
                    self.step += not self.halfway
                except StopIteration:
                    self.halfway, self.over = False, True
                except NotFinite as error:
                    raise at_step(self.step + 1, error) from error
                before, now = now, time.perf_counter()
                self.seconds += now - before
                self._move_knobs()  # the number of steps may be among them
                enough = is_enough()
                if not self.halfway and self.step >= self.experiment.total_steps:
                    self.over = True
                if self.over or enough or now >= until:
                    break
            self._random = RandomStream.current(self.device)
        synchronize(self.device)
        self.seconds += time.perf_counter() - now

    def look(self) -> Regard[Snapshot]:
        """Look at it, which it does not notice; it must not train meanwhile.

        Raises:
            Refusal: by `advance`: a number is not finite.
        """
        def looking() -> Any:
            metrics, arrays = yield from self.experiment.looking()
            snapshot = Snapshot(self.step, self.seconds, metrics, arrays)
            if bad := snapshot.first_bad_name():
                raise at_step(self.step, NotFinite(N_("{name} is not a finite number"), name=bad))
            return snapshot

        return Regard(self.experiment, self.device, looking())

    def move(self, values: dict[str, Any]) -> int:
        """Let somebody move some knobs, for good; return the step after which they stand there.

        A step that is half done is finished as it was begun.
        """
        for _step, planned in self.changes:
            for name in values:
                planned.pop(name, None)
        self.changes.appendleft((self.step + self.halfway, values))
        self._move_knobs()
        return self.step + self.halfway

    def _move_knobs(self) -> None:
        """Move the knobs whose step has come."""
        while not self.halfway and self.changes and self.changes[0][0] <= self.step:
            experiment = self.experiment
            experiment.settings = experiment.settings.with_changes(**self.changes.popleft()[1])

    def go_on(self, values: dict[str, Any]) -> None:
        """Move some knobs; let one that is over have more steps, if they say so."""
        self.over = False
        self.move(values)

    def checkpoint(self) -> dict[str, Any]:
        """Return all that is needed to go on from here: between two steps, and not on the way."""
        return {"step": self.step, "seconds": self.seconds, "state": remember(self.experiment),
                "random": self._random.arrays()}

    def recall(self, saved: dict[str, Any]) -> None:
        """Go on from a checkpoint, before the first step.

        Raises:
            ValueError: it does not fit; the training is spoilt, and has to begin anew.
        """
        recall(self.experiment, saved["state"])
        self._random = RandomStream.of(saved["random"])
        self.step, self.seconds = saved["step"], saved["seconds"]
        self._move_knobs()


def train(concept: str, *, device: str = "cpu", every: int | None = None,
          **settings: Any) -> "Watch":
    """Train a model, and look at it now and then: before the first step and after the last, too.

    The numbers are those that the concept's page shows for the same settings on the same device.

    Args:
        concept: whose model it is, as in the page's address, e.g. "vae".
        device: "cpu", "cuda:0", "mps" ...
        every: steps from look to look; such that there are about 50 if it is None.
        settings: the knobs that do not stand where they stand on arrival.

    Returns:
        The training: each `next()` trains up to the next look. Its `run` has all that was seen,
        and `playground.figures` draws it.

    Raises:
        ValueError: there is no such concept, or a setting does not fit.
        Refusal: the data cannot be had; by `next()`: a number is not finite any more.
    """
    if every is not None and every < 1:
        raise Refusal(N_("{name} must be at least {low}, got {value!r}"),
                      name="every", low=1, value=every)
    return Watch(*begin(concept, settings_type(concept)(**settings), device), every)


def begin(concept: str, settings: Settings, device: str) -> tuple[Run, Training]:
    """Build a model; return its run, which has not trained yet, and its training.

    Raises:
        Refusal: the data cannot be had, or the model cannot be built.
    """
    experiment_type(concept).prepare(settings)
    training = Training(concept, settings.model_dump(), device)
    training.build()
    return Run(secrets.token_hex(16), concept, settings, owner="", device=device,
               total=training.experiment.total_steps), training


class Watch(Iterator[Snapshot]):
    """A training that goes on as far as somebody looks; its run knows all that was seen.

    Args:
        run: what is known of the training so far.
        training: what is built.
        every: steps from look to look; such that there are about 50 if it is None.
        is_enough: asked before the first step and after each: what ends here is stopped.

    Raises:
        Refusal: by `next()`: a number is not finite any more. Then the run has failed.
    """

    def __init__(self, run: Run, training: Training, every: int | None = None,
                 is_enough: Callable[[], bool] = lambda: False) -> None:
        self.run, self.training = run, training
        self._looks = self._watch(every, is_enough)

    def __next__(self) -> Snapshot:
        return next(self._looks)

    def _watch(self, every: int | None, is_enough: Callable[[], bool]) -> Iterator[Snapshot]:
        run, training = self.run, self.training
        run.status, run.refusal = Status.RUNNING, None
        try:
            for snapshot in watched(training, every, is_enough):
                run.total, run.progress = (training.experiment.total_steps,
                                           training.experiment.progress)
                run.clocked = training.experiment.clocked()
                run.receive(snapshot)
                yield snapshot
        except Refusal as refusal:
            run.status, run.refusal = Status.FAILED, refusal
            raise
        if training.over:
            run.status = Status.FINISHED
        else:
            run.status, run.refusal = Status.STOPPED, Refusal(N_("it was interrupted"))


def trained(concept: str, settings: Settings, device: str = "cpu") -> Training:
    """Train a model to its end without looking at it.

    Raises:
        Refusal: the data cannot be had, or a number is not finite any more.
    """
    _run, training = begin(concept, settings, device)
    training.train()
    return training


def watched(training: Training, every: int | None = None,
            is_enough: Callable[[], bool] = lambda: False) -> Iterator[Snapshot]:
    """Train what is built to its end; look at it as it stands, every so many steps, and at last.

    Args:
        every: steps from look to look; such that there are about 50 if it is None.
        is_enough: asked before the first step and after each: whether it ends here.
    """
    every = every or max(1, training.experiment.total_steps // N_LOOKS)
    yield seen(training)
    while not (training.over or is_enough()):
        before, threads = training.step, torch.get_num_threads()
        target = before + every - before % every
        training.train(is_enough=lambda: not training.halfway and (
            is_enough() or training.step >= target))  # noqa: B023
        torch.set_num_threads(threads)
        if training.step > before:
            yield seen(training)


def seen(training: Training) -> Snapshot:
    """Look at a training at once."""
    regard = training.look()
    regard.advance(math.inf)
    return regard.value


def at_step(step: int, refusal: Refusal) -> Refusal:
    """Return a refusal with the step at which it happened."""
    return Refusal(N_("step {step}: {reason}"), step=step, reason=refusal)
