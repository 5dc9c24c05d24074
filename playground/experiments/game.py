"""A game of two players, as it is trained: who moves, how often and how far."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from model_zoo.adversarial import AdversarialModel
from playground import training
from playground.experiments.base import Experiment
from playground.experiments.gan.settings import GameSettings

SLOW_PACE = 2.0
MOVES = {"nobody": 0, "discriminator": 1, "generator": 2, "both": 3}

S = TypeVar("S", bound=GameSettings)


class GameExperiment(Experiment[S]):
    """Trains both players of an adversarial model; a subclass makes the model and looks.

    Attributes:
        model: both players.
        trainer: trains them; a subclass sets both.
        done: steps so far.
        n_measurements: how often the samples are measured in a training.
    """

    n_measurements: ClassVar[int]

    model: AdversarialModel
    trainer: training.Trainer
    done = 0
    _first_push = 0.0

    @property
    def total_steps(self) -> int:
        """As the visitor has set it."""
        return self.settings.steps

    @property
    def pace(self) -> float | None:
        """Two steps a second in slow motion."""
        return SLOW_PACE if self.settings.slow else None

    def steps(self) -> Iterator[None]:
        """Play; the live knobs are read before each step."""
        every = max(1, self.settings.steps // self.n_measurements)
        steps = self.trainer.steps(self._rate, self._updates, self._optimizer)
        while True:
            self._take_live_knobs()
            next(steps)
            self.done += 1
            self.after_step()
            if self.done % every == 0 or self.done == self.settings.steps:
                self.measure()
            yield

    @abstractmethod
    def measure(self) -> None:
        """Measure how good the samples are; always at the same steps, whoever looks."""

    def after_step(self) -> None:
        """Do what a model wants done after each step."""

    def game_metrics(self, said_real: Tensor, said_fake: Tensor,
                     push: Tensor) -> dict[str, float]:
        """Return the numbers of the game at this moment.

        Args:
            said_real, said_fake: what D says of data and of samples, as its game shows it, (N,).
            push: -dL_G/dx at some samples, (N, *shape).

        Returns:
            `discriminator` and `generator`, the losses, `score_real` and `score_fake`, means over
            the last 20 steps; `shown_real`, `shown_fake`, means of what D says; `push`, the mean
            length, and `push_ratio`, that over its value at step 0; `moved`, who moved last, see
            `MOVES`.
        """
        length = push.flatten(1).norm(dim=1).mean().item()
        if self.done == 0:
            self._first_push = length
        return self.trainer.mean_losses() | {
            "shown_real": said_real.mean().item(), "shown_fake": said_fake.mean().item(),
            "push": length, "push_ratio": length / self._first_push if self._first_push else 0.0,
            "moved": float(MOVES[self.mover()])}

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights of both players, and whatever else the model keeps."""
        return training.to_arrays(self.model)

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the weights back."""
        training.from_arrays(self.model, weights)

    def mover(self) -> str:
        """Return who moved in the newest step, one of `MOVES`."""
        return self._moved(self.done - 1)

    def _take_live_knobs(self) -> None:
        model, now = self.model, self.settings
        model.r1, model.instance_noise = now.r1, now.instance_noise
        model.smoothing, model.clip, model.gradient_penalty = now.smoothing, now.clip, now.penalty

    def _rate(self, player: str) -> float:
        now = self.settings
        rate = now.discriminator_rate if player == "discriminator" else now.generator_rate
        return rate * (1 - self.done / now.steps) if now.schedule == "linear" else rate

    def _updates(self, player: str) -> int:
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

    def _optimizer(self, parameters: list[nn.Parameter]) -> Optimizer:
        now = self.settings
        if now.optimizer == "sgd":
            return torch.optim.SGD(parameters, lr=1.0, momentum=now.momentum)
        if now.optimizer == "rmsprop":
            return torch.optim.RMSprop(parameters)
        return torch.optim.Adam(parameters, betas=(now.momentum, 0.9), fused=True)
