"""Training: players x batches -> steps, for every model alike."""

import math
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from model_zoo.base import Model, Player
from playground.device import captures_graphs, fetched
from playground.experiments.base import PART, NotFinite, Piece
from playground.language import N_
from playground.refusal import Refusal
from playground.training.batches import Batches
from playground.training.cost import check_cost
from playground.training.updates import GraphedUpdate, Update

WINDOW = 20
RATE = 1e-3
CHECK_EVERY = {"cpu": 1}
CHECK_EVERY_ON_GPU = 20


def adam(parameters: list[nn.Parameter],
         betas: tuple[float, float] = (0.9, 0.999)) -> Optimizer:
    """Return Adam as it is fastest where the parameters live.

    On CUDA its rate is a tensor there and it asks the device nothing, so that its steps can be
    captured.
    """
    device = parameters[0].device
    if device.type == "cuda":
        return torch.optim.Adam(parameters, torch.tensor(RATE, device=device), betas, fused=True,
                                capturable=True)
    return torch.optim.Adam(parameters, RATE, betas, fused=True)


class Trainer:
    """Trains the players of a model in turn.

    Args:
        model: on its device already.
        batches: what it learns from.
        optimizer: makes the optimiser of a player's parameters.
        precision: in which the nets compute while they learn.

    Attributes:
        movers: the optimisers of the players, by name.
        losses: the newest `WINDOW` loss dicts, as tensors on the device.
        done: steps so far.
    """

    def __init__(self, model: Model, batches: Batches,
                 optimizer: Callable[[list[nn.Parameter]], Optimizer] = adam, *,
                 precision: torch.dtype = torch.float32) -> None:
        self.model = model
        self.precision = precision
        self.batches = batches
        self.movers = {player.name: optimizer(player.parameters) for player in model.players()}
        self.losses: deque[dict[str, Tensor]] = deque(maxlen=WINDOW)
        self.done = 0

    def steps(self, learning_rate: Callable[[str], float],
              updates: Callable[[str], int] = lambda player: 1) -> Iterator[Piece | None]:
        """Train for ever; each step is some updates of every player, in turn: they are its pieces.

        All that lasts from step to step is kept in attributes: another iterator goes on from
        there.

        Args:
            learning_rate: of a player by name; asked before each update, so that it may change
                while the model trains.
            updates: how often a player moves in this step, each time on a new batch; 0 lets it
                wait.

        Raises:
            Refusal: an update would take so long that everybody else had to wait.
            NotFinite: a loss is NaN or infinite. On a GPU this is noticed up to 20 steps later,
                since asking at each step would halve the speed.
        """
        if not self.done:
            check_cost(self.model, self.batches)
        device = self.batches.data.device
        every = CHECK_EVERY.get(device.type, CHECK_EVERY_ON_GPU)
        players = self.model.players()
        movers = {player.name: self._update(player) for player in players}
        while True:
            record: dict[str, Tensor] = {}
            turns = [player.name for player in players for _ in range(updates(player.name))]
            for number, name in enumerate(turns):
                if number:
                    yield PART
                losses = movers[name](learning_rate(name))
                record |= {name if loss == "loss" and len(players) > 1 else loss: value
                           for loss, value in losses.items()}
            self.losses.append(record)
            self.done += 1
            if self.done % every == 0:
                self.check(every)
            yield None

    def check(self, n: int = WINDOW) -> None:
        """Raise NotFinite if a loss of the newest n steps is NaN or infinite.

        A device is waited for once; the CPU looks at one after the other, which is quicker there.
        """
        found = [(name, value) for record in list(self.losses)[-n:]
                 for name, value in record.items()]
        off_cpu = [value for _, value in found if value.device.type != "cpu"]
        if off_cpu and torch.stack(off_cpu).isfinite().all():
            return
        for name, value in found:
            if not math.isfinite(value.item()):
                raise NotFinite(N_("{name} is not a finite number any more"), name=name)

    def _update(self, player: Player) -> Update:
        mover = self.movers[player.name]
        if captures_graphs(self.batches.data.device):
            return GraphedUpdate(player, mover, self.batches, self.model, self.precision)
        return Update(player, mover, self.batches, self.precision)

    def recent_losses(self) -> dict[str, Tensor | float]:
        """Return each loss of the last `WINDOW` steps that had it, (n,), on the device.

        Empty before the first step. In a game, the loss of a player has the player's name.
        """
        values: dict[str, list[Tensor]] = {}
        for record in self.losses:
            for name, value in record.items():
                values.setdefault(name, []).append(value)
        return {name: torch.stack(each) for name, each in values.items()}


def to_arrays(model: nn.Module) -> dict[str, np.ndarray]:
    """Return a copy of a model's weights and buffers by name."""
    return {name: array.copy() for name, array in fetched(model.state_dict()).items()}


def from_arrays(model: nn.Module, arrays: dict[str, np.ndarray]) -> None:
    """Put weights into a model; 32-bit ones may have been stored in 16 bits.

    Raises:
        ValueError: a name, a shape or a type does not fit.
    """
    state = fetched(model.state_dict())
    if set(arrays) != set(state):
        odd = sorted(set(arrays) ^ set(state))
        raise Refusal(N_("weights must have the model's names, {name!r} is on one side only"),
                      name=odd[0])
    arrays = {name: array.astype(np.float32) if array.dtype == np.float16 else array
              for name, array in arrays.items()}
    for name, array in arrays.items():
        want = state[name]
        if array.shape != want.shape or array.dtype != want.dtype:
            raise Refusal(N_("weight {name!r} must be {wanted}, got {found}"), name=name,
                          wanted=f"{want.dtype} {want.shape}",
                          found=f"{array.dtype} {array.shape}")
    model.load_state_dict({name: torch.from_numpy(np.array(a)) for name, a in arrays.items()})
