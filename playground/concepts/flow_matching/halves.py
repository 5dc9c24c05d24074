"""Two nets that learn one after the other: a flow, and what learns from it."""

from collections.abc import Callable

import torch
from torch import Tensor

from model_zoo.base import Losses, Model, Player
from model_zoo.flow_matching import FlowMatching
from model_zoo.one_step import OneStep
from playground.training.batches import Batches

Drawer = FlowMatching | OneStep
FIRST, SECOND = "first", "second"


class Halves(Model):
    """A model, and maybe a second one, of which one draws at a time.

    Args:
        first: what learns at the beginning.
        second: what learns in the second half of the steps; None if that goes on with the first.

    Attributes:
        turn: who learns and draws now.
    """

    def __init__(self, first: Drawer, second: Drawer | None = None) -> None:
        super().__init__(first.shape)
        self.first, self.second, self.turn = first, second, FIRST

    @property
    def now(self) -> Drawer:
        """Who draws now."""
        return self.second if self.second and self.turn == SECOND else self.first

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return what is minimised now."""
        return self.now.loss(x, context)

    def players(self) -> list[Player]:
        """Return one player, or both."""
        each = {FIRST: self.first, SECOND: self.second}
        return [Player(name if self.second else "model", list(model.net.parameters()), model.loss)
                for name, model in each.items() if model]

    def hand_over(self) -> None:
        """Let the second one begin where the first one has come to."""
        assert self.second
        self.second.net.load_state_dict(self.first.net.state_dict())
        self.turn = SECOND


class PairBatches(Batches):
    """Batches of data and, once there are some, of pairs of noise and data that belong together.

    Args:
        data, size, context: see `Batches`.
        n_pairs: how many pairs there will be.

    Attributes:
        noise, ends: the pairs, (P, *shape) each, and the class of each, (P,).
        paired: how many there are so far.
    """

    def __init__(self, data: Tensor, size: int, *, context: Tensor | None, n_pairs: int) -> None:
        super().__init__(data, size, context=context)
        self.noise, self.ends = (data.new_zeros(n_pairs, *data.shape[1:]) for _ in range(2))
        self.classes = torch.zeros(n_pairs, dtype=torch.int64, device=data.device)
        self.paired = 0

    @property
    def whole(self) -> bool:
        """Whether all pairs are there, so that they are learned from."""
        return 0 < len(self.ends) == self.paired

    def add(self, n: int, carry: Callable[[int], tuple[Tensor, Tensor, Tensor | None]]) -> None:
        """Add pairs: noise, where it is carried, and the classes, made by `carry`."""
        rows = slice(self.paired, min(self.paired + n, len(self.ends)))
        noise, ends, classes = carry(rows.stop - rows.start)
        self.noise[rows], self.ends[rows] = noise, ends
        if classes is not None:
            self.classes[rows] = classes
        self.paired = rows.stop

    def draw(self) -> Tensor:
        """Return the rows of the next batch, (B,) int64."""
        if self.whole:
            return torch.randint(len(self.ends), (self.size,), device=self.ends.device)
        return super().draw()

    def at(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Return data, or the ends of pairs, their classes (or None) and their noise."""
        if not self.whole:
            return super().at(rows)
        classes = None if self.context is None else self.classes[rows]
        return self.ends[rows], classes, self.noise[rows]  # type: ignore[return-value]
