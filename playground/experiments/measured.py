"""Measurements that take longer than a look may: taken now and then between two steps."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar, TypeVar

from playground.experiments.base import PART, Piece, Work
from playground.experiments.model_experiment import ModelExperiment
from playground.experiments.model_settings import ModelSettings
from playground.experiments.pieces import within
from playground.training.untouched import untouched

S = TypeVar("S", bound=ModelSettings)


class MeasuredExperiment(ModelExperiment[S]):
    """Trains a model and measures it some times on the way; a subclass says what.

    Attributes:
        n_measurements: how often in a training.
        measured_at: the step of the last one; -1 before the first.
        every: steps from one to the next, as the settings are at the first step.
    """

    n_measurements: ClassVar[int]

    measured_at = -1
    every = 1

    def before_training(self) -> Iterator[Piece]:
        """Measure the model as it begins."""
        if not self.done:
            self.every = max(1, self.settings.steps // self.n_measurements)
        yield from self._aside(self.measure_at_start())

    def after_step(self) -> Iterator[Piece]:
        """Measure now and then."""
        if self.done % self.every == 0 or self.done == self.settings.steps:
            yield from self._aside(self._measure())

    def measure_at_start(self) -> Work[None]:
        """Measure before the first step, once: when somebody looks or when the training starts."""
        if self.measured_at < 0:
            yield from self._measure()

    @abstractmethod
    def measure(self) -> Work[None]:
        """Measure, in pieces."""

    def _aside(self, work: Work[None]) -> Iterator[Piece]:
        """Do some work between two steps, in pieces; the training does not notice."""
        for _share in within(lambda: untouched(self.model, self.device), self.device, work):
            yield PART

    def _measure(self) -> Work[None]:
        self.trainer.check()  # measures do not like numbers that are not finite
        yield from self.measure()
        self.measured_at = self.done
