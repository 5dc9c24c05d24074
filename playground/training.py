"""Training: players x batches -> steps, for every model alike."""

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from model_zoo.base import Model
from playground.experiments.base import NotFinite

WINDOW = 20
CHECK_EVERY = {"cpu": 1}
CHECK_EVERY_ON_GPU = 20


class Batches:
    """An endless stream of random batches from a data set that stays in memory.

    No datum is seen twice in an epoch, in an order drawn from torch's random stream; what is left
    over at the end of an epoch and does not fill a batch is left out.

    Args:
        data: (N, ...), on the device of the model.
        size: data per batch, at most N.
        transform: applied to each batch, e.g. a fresh binarisation.
        labels: classes (N,), int64, that go with the data to a model that is told them.
    """

    def __init__(self, data: Tensor, size: int,
                 transform: Callable[[Tensor], Tensor] | None = None, *,
                 labels: Tensor | None = None) -> None:
        self.data = data
        self.labels = labels
        self.size = min(size, len(data))
        self.transform = transform

    def __iter__(self) -> Iterator[Tensor]:
        return (batch for batch, *_ in self.with_labels())

    def with_labels(self) -> Iterator[tuple[Tensor, ...]]:
        """Go on for ever: batches (B, ...), each with its labels (B,) where there are any."""
        while True:
            order = torch.randperm(len(self.data), device=self.data.device)
            for start in range(0, len(order) - self.size + 1, self.size):
                rows = order[start:start + self.size]
                batch = self.data[rows]
                batch = self.transform(batch) if self.transform else batch
                yield (batch,) if self.labels is None else (batch, self.labels[rows])


def adam(parameters: list[nn.Parameter]) -> Optimizer:
    """Return Adam with its usual settings."""
    return torch.optim.Adam(parameters, fused=True)


class Trainer:
    """Trains the players of a model in turn.

    Attributes:
        losses: the newest `WINDOW` loss dicts, as tensors on the device.
    """

    def __init__(self, model: Model, batches: Batches) -> None:
        self.model = model
        self.batches = batches
        self.losses: deque[dict[str, Tensor]] = deque(maxlen=WINDOW)

    def steps(self, learning_rate: Callable[[str], float],
              updates: Callable[[str], int] = lambda player: 1,
              optimizer: Callable[[list[nn.Parameter]], Optimizer] = adam) -> Iterator[None]:
        """Train for ever; each `next()` is one step: some updates of every player, in turn.

        Args:
            learning_rate: of a player by name; asked before each update, so that it may change
                while the model trains.
            updates: how often a player moves in this step, each time on a new batch; 0 lets it
                wait.
            optimizer: makes the optimiser of a player's parameters.

        Raises:
            NotFinite: a loss is NaN or infinite. On a GPU this is noticed up to 20 steps later,
                since asking at each step would halve the speed.
        """
        players = [(player, optimizer(player.parameters)) for player in self.model.players()]
        every = CHECK_EVERY.get(self.batches.data.device.type, CHECK_EVERY_ON_GPU)
        batches = self.batches.with_labels()
        for step in itertools.count(1):
            record: dict[str, Tensor] = {}
            for player, mover in players:
                for _ in range(updates(player.name)):
                    for group in mover.param_groups:
                        group["lr"] = learning_rate(player.name)
                    losses = player.loss(*next(batches))
                    mover.zero_grad(set_to_none=True)
                    losses["loss"].backward(inputs=player.parameters)
                    mover.step()
                    record |= {player.name if name == "loss" and len(players) > 1 else name:
                               value.detach() for name, value in losses.items()}
            self.losses.append(record)
            if step % every == 0:
                self._check(every)
            yield

    def mean_losses(self) -> dict[str, float]:
        """Return each loss averaged over the last `WINDOW` steps that had it.

        Empty before the first step. In a game, the loss of a player has the player's name.
        """
        table: dict[str, list[Tensor]] = {}
        for record in self.losses:
            for name, value in record.items():
                table.setdefault(name, []).append(value)
        means = [torch.stack(values).double().mean() for values in table.values()]
        return dict(zip(table, torch.stack(means).tolist(), strict=True)) if means else {}

    def _check(self, count: int) -> None:
        for record in list(self.losses)[-count:]:
            for name, value in record.items():
                if not math.isfinite(value.item()):
                    raise NotFinite(f"the {name} is not a finite number any more")


def to_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """Return a copy of a model's weights and buffers by name."""
    return {name: value.detach().cpu().numpy().copy()
            for name, value in model.state_dict().items()}


def from_arrays(model: nn.Module, arrays: dict[str, np.ndarray]) -> None:
    """Put weights into a model; 32-bit ones may have been stored in 16 bits.

    Raises:
        ValueError: a name, a shape or a type does not fit.
    """
    state = model.state_dict()
    if set(arrays) != set(state):
        odd = sorted(set(arrays) ^ set(state))
        raise ValueError(f"weights must have the model's names, {odd[0]!r} is on one side only")
    arrays = {name: array.astype(np.float32) if array.dtype == np.float16 else array
              for name, array in arrays.items()}
    for name, array in arrays.items():
        want = state[name].cpu().numpy()
        if array.shape != want.shape or array.dtype != want.dtype:
            raise ValueError(f"weight {name!r} must be {want.dtype} {want.shape}, "
                             f"got {array.dtype} {array.shape}")
    model.load_state_dict({name: torch.from_numpy(np.array(a)) for name, a in arrays.items()})
