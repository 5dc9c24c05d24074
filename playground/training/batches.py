"""Batches of a data set that stays in memory."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor


class Batches:
    """An endless stream of random batches from a data set that stays in memory.

    No datum is seen twice in an epoch, in an order drawn from torch's random stream; what is left
    over at the end of an epoch and does not fill a batch is left out. Where it stands is kept
    here and not by who iterates: another iterator goes on from there.

    Args:
        data: (N, ...), on the device of the model.
        size: data per batch, at most N.
        transform: applied to each batch, e.g. a fresh binarisation.
        context: what goes with each datum, (N, ...): what a model is told of it, e.g. its class,
            or the answer that a net is taught.

    Attributes:
        order: rows of the data in the order of this epoch, (N,); empty before the first one.
        place: how many of these have been seen.
    """

    def __init__(self, data: Tensor, size: int,
                 transform: Callable[[Tensor], Tensor] | None = None, *,
                 context: Tensor | None = None) -> None:
        self.data = data
        self.context = context
        self.size = min(size, len(data))
        self.transform = transform
        self.order = torch.empty(0, dtype=torch.int64, device=data.device)
        self.place = 0

    def __iter__(self) -> Iterator[Tensor]:
        return (batch for batch, *_ in self.with_context())

    def with_context(self) -> Iterator[tuple[Tensor, ...]]:
        """Go on for ever: batches (B, ...), each with its context (B, ...) if there is one."""
        while True:
            yield self.at(self.draw())

    def draw(self) -> Tensor:
        """Return the rows of the next batch, (B,) int64."""
        if self.place + self.size > len(self.order):
            self.order = torch.randperm(len(self.data), device=self.data.device)
            self.place = 0
        self.place += self.size
        return self.order[self.place - self.size : self.place]

    def first(self, n: int) -> Tensor:
        """Return the first n rows, (n,) int64; nothing is drawn."""
        return torch.arange(n, device=self.data.device)

    def at(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Return the data in some rows (B, ...), and their context (B, ...) if there is one."""
        batch = self.data[rows]
        batch = self.transform(batch) if self.transform else batch
        return (batch,) if self.context is None else (batch, self.context[rows])
