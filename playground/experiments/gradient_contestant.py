"""A contestant that learns by gradients: any model of the zoo, with its optimiser."""

from collections.abc import Iterator

import numpy as np
from torch import nn
from torch.optim import Optimizer

from model_zoo.base import Model
from playground.experiments.base import PART, Piece
from playground.experiments.contestant import Contestant
from playground.experiments.model_experiment import HasWeights
from playground.training.batches import Batches
from playground.training.randomness import RandomStream, preserved_random_state
from playground.training.schedules import linear
from playground.training.trainer import Trainer, adam


class GradientContestant(HasWeights, Contestant):
    """A model of the zoo with a random stream of its own.

    So what it learns does not depend on who else takes part.

    Args:
        model: moved to the device here; it is in evaluation but for its steps.
        batches: what it learns from.
        rate: the learning rate of Adam at the start, one for all players or one for each by name;
            it falls to 0 along a line.
        betas: of Adam.
        device: where it learns.
    """

    def __init__(self, model: Model, batches: Batches, *,
                 rate: float | dict[str, float], betas: tuple[float, float] = (0.9, 0.999),
                 device: str) -> None:
        self.model = model.to(device).eval()
        self.rate, self.betas, self.device = rate, betas, device
        self.trainer = Trainer(self.model, batches, self._optimizer)
        self.random = RandomStream.current(device)

    def steps(self) -> Iterator[Piece | None]:
        """Train for ever."""
        steps = self.trainer.steps(self._rate)
        while True:
            with preserved_random_state(self.device):
                self.random.install(self.device)
                self.model.train()
                piece = next(steps)
                if piece is not PART:
                    self.after_step()
                self.model.eval()
                self.random = RandomStream.current(self.device)
            self.done += piece is not PART
            yield piece

    def after_step(self) -> None:
        """Do what a model wants done after each step."""

    @property
    def n_weights(self) -> int:
        """How many numbers it has learned, those of all its nets."""
        return sum(weight.numel() for weight in self.model.parameters() if weight.requires_grad)

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the weights back."""
        super().restore(weights)
        self.model.eval()

    def _rate(self, player: str) -> float:
        rate = self.rate if isinstance(self.rate, float) else self.rate[player]
        return rate * linear(self.progress)

    def _optimizer(self, parameters: list[nn.Parameter]) -> Optimizer:
        return adam(parameters, self.betas)
