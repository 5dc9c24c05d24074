"""A model of the zoo as it is trained, kept and put back: what all who train one share."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from model_zoo.base import Model
from playground.experiments.base import PART, Experiment, Piece
from playground.experiments.model_settings import ModelSettings
from playground.training.trainer import Trainer, from_arrays, to_arrays

S = TypeVar("S", bound=ModelSettings)


class HasWeights:
    """Whatever keeps its numbers in one model.

    Attributes:
        model: all nets together.
    """

    model: Model

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights of all nets, and whatever else the model keeps."""
        return to_arrays(self.model)

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the weights back.

        Raises:
            ValueError: a name, a shape or a type does not fit.
        """
        from_arrays(self.model, weights)


class ModelExperiment(HasWeights, Experiment[S]):
    """Trains a model of the zoo; a subclass makes model and trainer, and looks.

    Attributes:
        model: what is trained.
        trainer: trains it.
        done: steps so far.
    """

    goes_further = True
    replays = False

    trainer: Trainer
    done = 0

    @property
    def total_steps(self) -> int:
        """As the visitor has set it."""
        return self.settings.steps

    @property
    def share(self) -> float:
        """How much of the training is done, 0 to 1."""
        return min(self.done / self.settings.steps, 1)

    def steps(self) -> Iterator[Piece | None]:
        """Train; the live knobs are read before each step."""
        steps = self.trainer.steps(self.rate, self.updates)
        yield from self.before_training()
        while True:
            self.take_knobs()
            while next(steps) is PART:
                yield PART
            self.done += 1
            yield from self.after_step()
            yield None

    @abstractmethod
    def rate(self, player: str) -> float:
        """Return the learning rate of a player now."""

    def updates(self, player: str) -> int:
        """Return how often a player moves in this step."""
        return 1

    def take_knobs(self) -> None:
        """Give the model what the live knobs say; before each step."""

    def before_training(self) -> Iterator[Piece]:
        """Do what is to be done before the next step, in pieces; after a pause once more."""
        yield from ()

    def after_step(self) -> Iterator[Piece]:
        """Do what belongs to a step that is done, in pieces."""
        yield from ()
