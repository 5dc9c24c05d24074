"""A game of two players, as it is trained: who moves, how often and how far."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from model_zoo.adversarial import AdversarialModel
from playground.experiments.base import Piece, Work
from playground.experiments.game_settings import GameSettings
from playground.experiments.measured import MeasuredExperiment
from playground.training.schedules import SCHEDULES
from playground.training.trainer import adam
from playground.training.untouched import untouched

SLOW_PACE = 2.0
BETWEEN_PUSHES = 10
MOVES = {"nobody": 0, "discriminator": 1, "generator": 2, "both": 3}

S = TypeVar("S", bound=GameSettings)


class GameExperiment(MeasuredExperiment[S]):
    """Trains both players of an adversarial model; a subclass makes them and looks.

    Attributes:
        model: both players.
        push_at_start: the mean length of a push before the first step, ().
        steepest: the largest one so far, at every tenth step, (); both stay on the device.
    """

    model: AdversarialModel
    push_at_start: Tensor | float = 0.0
    steepest: Tensor = torch.zeros(())

    @property
    def pace(self) -> float | None:
        """Two steps a second in slow motion."""
        return SLOW_PACE if self.settings.slow else None

    def after_step(self) -> Iterator[Piece]:
        """Watch the pushes, and measure now and then."""
        if self.done % BETWEEN_PUSHES == 0:
            with untouched(self.model, self.device):
                self.steepest = torch.maximum(self.steepest, mean_length(self.push()))
        yield from super().after_step()

    def measure_at_start(self) -> Work[None]:
        """Measure before the first step, once: when somebody looks or when the training starts."""
        if self.measured_at < 0:
            self.push_at_start = self.steepest = mean_length(self.push())
        yield from super().measure_at_start()

    @abstractmethod
    def push(self) -> Tensor:
        """Return -dL_G/dx at some samples of the fixed noise, (N, *shape)."""

    def game_metrics(self, said_real: Tensor, said_fake: Tensor,
                     push: Tensor) -> dict[str, Tensor | float]:
        """Return the numbers of the game at this moment.

        Args:
            said_real, said_fake: what D says of data and of samples, as its game shows it, (N,).
            push: -dL_G/dx at some samples, (N, *shape).

        Returns:
            `discriminator` and `generator`, the losses, `score_real` and `score_fake`, those of
            the last 20 steps each; `shown_real`, `shown_fake`, means of what D says; `push`, the
            mean length; `push_at_start`, `steepest` and `measured_at`, see there; `moved`, who
            moved last, see `MOVES`.
        """
        return self.trainer.recent_losses() | {
            "shown_real": said_real.mean(), "shown_fake": said_fake.mean(),
            "push": mean_length(push), "push_at_start": self.push_at_start,
            "steepest": self.steepest, "measured_at": float(self.measured_at),
            "moved": float(MOVES[self.mover()])}

    def mover(self) -> str:
        """Return who moved in the newest step, one of `MOVES`."""
        return self._moved(self.done - 1)

    def take_knobs(self) -> None:
        """Give the model what the live knobs say."""
        model, now = self.model, self.settings
        model.r1, model.instance_noise = now.r1, now.instance_noise
        model.smoothing, model.clip, model.gradient_penalty = now.smoothing, now.clip, now.penalty

    def rate(self, player: str) -> float:
        """Return the learning rate of a player now."""
        now = self.settings
        rate = now.discriminator_rate if player == "discriminator" else now.generator_rate
        return rate * SCHEDULES[now.schedule](self.share)

    def updates(self, player: str) -> int:
        """Return how often a player moves in this step: 0 if it is not its turn."""
        if self._moved(self.done) not in (player, "both"):
            return 0
        return self.settings.critic_steps if player == "discriminator" else 1

    def _moved(self, step: int) -> str:
        """Who moves in a step, as the knobs stand."""
        if step < 0:
            return "nobody"
        turn = self.settings.turn
        if turn == "alternate" or (self.settings.slow and turn == "both"):
            return ("discriminator", "generator")[step % 2]
        return turn

    def optimizer(self, parameters: list[nn.Parameter]) -> Optimizer:
        """Return an optimiser of the kind that the settings name."""
        now = self.settings
        if now.optimizer == "sgd":
            return torch.optim.SGD(parameters, lr=1.0, momentum=now.momentum)
        if now.optimizer == "rmsprop":
            return torch.optim.RMSprop(parameters)
        return adam(parameters, (now.momentum, 0.9))


def mean_length(push: Tensor) -> Tensor:
    """Return the mean Euclidean length of vectors (N, *shape), ()."""
    return push.flatten(1).norm(dim=1).mean()
