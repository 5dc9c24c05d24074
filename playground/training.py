"""Training: players x batches -> steps, for every model alike."""

import math
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

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


class Trainer:
    """Trains the players of a model, one step each in turn.

    Attributes:
        losses: the newest `WINDOW` loss dicts, as tensors on the device.
    """

    def __init__(self, model: Model, batches: Batches) -> None:
        self.model = model
        self.batches = batches
        self.losses: deque[dict[str, Tensor]] = deque(maxlen=WINDOW)

    def steps(self, learning_rate: Callable[[], float]) -> Iterator[None]:
        """Train for ever; each `next()` is one step of every player.

        Args:
            learning_rate: asked before each step, so that it may change while the model trains.

        Raises:
            NotFinite: a loss is NaN or infinite. On a GPU this is noticed up to 20 steps later,
                since asking at each step would halve the speed.
        """
        players = self.model.players()
        optimizers = [torch.optim.Adam(player.parameters, fused=True) for player in players]
        every = CHECK_EVERY.get(self.batches.data.device.type, CHECK_EVERY_ON_GPU)
        for step, batch in enumerate(self.batches.with_labels(), start=1):
            record: dict[str, Tensor] = {}
            for player, optimizer in zip(players, optimizers, strict=True):
                for group in optimizer.param_groups:
                    group["lr"] = learning_rate()
                losses = player.loss(*batch)
                optimizer.zero_grad(set_to_none=True)
                losses["loss"].backward()
                optimizer.step()
                record |= {name: value.detach() for name, value in losses.items()}
            self.losses.append(record)
            if step % every == 0:
                self._check(every)
            yield

    def mean_losses(self) -> dict[str, float]:
        """Return each loss averaged over the last `WINDOW` steps; empty before the first."""
        if not self.losses:
            return {}
        names = list(self.losses[0])
        table = torch.stack([torch.stack([row[name] for name in names]) for row in self.losses])
        return dict(zip(names, table.double().mean(0).tolist(), strict=True))

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
