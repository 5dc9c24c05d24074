"""One update of a player: loss, gradients, a step of the optimiser; on CUDA maybe as one graph."""

import warnings
from collections import defaultdict
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from model_zoo.base import Losses, Player
from playground.training.batches import Batches

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
WARM_UPS = 3  # updates before a capture: what is made once must exist before


class Update:
    """Moves one player, each time on a new batch.

    Args:
        player: who is moved.
        mover: its optimiser.
        batches: what it learns from.
        precision: in which the nets compute; the weights stay as they are.
    """

    def __init__(self, player: Player, mover: Optimizer, batches: Batches,
                 precision: torch.dtype = torch.float32) -> None:
        self.player, self.mover, self.batches = player, mover, batches
        self.precision = precision

    def __call__(self, rate: float) -> Losses:
        """Move the player at a learning rate; return its losses before."""
        for group in self.mover.param_groups:
            if isinstance(group["lr"], Tensor):  # a captured graph reads it there
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        return self.learn(self.batches.draw())

    def learn(self, rows: Tensor) -> Losses:
        """Move the player on these rows of the data, (B,)."""
        with computing_in(self.precision, rows.device.type):
            losses = self.player.loss(*self.batches.at(rows))
        self.mover.zero_grad(set_to_none=True)
        losses["loss"].backward(inputs=self.player.parameters)
        self.mover.step()
        return {name: value.detach() for name, value in losses.items()}


def computing_in(precision: torch.dtype, device: str) -> AbstractContextManager[object]:
    """Let matrix products and convolutions compute in 16 bits, or leave them as they are.

    Paulius Micikevicius and others, "Mixed Precision Training", 2018,
    https://arxiv.org/abs/1710.03740: the weights and their optimiser keep 32 bits.
    """
    if precision == torch.float32:
        return nullcontext()
    # What is cast once may not be kept: a graph that is captured would look for it in vain.
    return torch.autocast(device, precision, cache_enabled=device != "cuda")


class GraphedUpdate(Update):
    """The same with the same numbers, captured as a CUDA graph: one launch instead of a hundred.

    A graph repeats what Python did at its capture, so it is given up when a number of the model
    has changed (a knob was moved), and captured anew once that number stays. What changes all the
    time has to be a tensor: the rows, the learning rate, the beta of a VAE. Where nothing can be
    captured (another optimiser, a model that waits for the device) it goes on without.

    Args:
        player, mover, batches, precision: see `Update`.
        model: whose numbers must not change.
    """

    def __init__(self, player: Player, mover: Optimizer, batches: Batches, model: nn.Module,
                 precision: torch.dtype = torch.float32) -> None:
        super().__init__(player, mover, batches, precision)
        self.numbers = _numbers(model)
        self.capturable = all(group.get("capturable") for group in mover.param_groups)
        self.seen: list[Any] = []
        self.alike = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.rows = torch.zeros(batches.size, dtype=torch.int64, device=batches.data.device)
        self.names: list[str] = []
        self.values = torch.empty(0)

    def learn(self, rows: Tensor) -> Losses:
        """Move the player on these rows of the data, (B,)."""
        now = [place[name] for place, name in self.numbers]
        if now != self.seen:
            self.seen, self.alike, self.graph = now, 0, None
        self.alike += 1
        if self.graph is None and self.capturable and self.alike > WARM_UPS:
            self._capture()
        if self.graph is None:
            return self._aside(rows)
        self.rows.copy_(rows)
        self.graph.replay()
        return dict(zip(self.names, self.values.clone().unbind(), strict=True))

    def _aside(self, rows: Tensor) -> Losses:
        """Learn on a stream of its own, as whatever is captured later must have been done."""
        main, aside = torch.cuda.current_stream(), _side_stream(rows.device)
        aside.wait_stream(main)
        with torch.cuda.stream(aside):
            losses = super().learn(rows)
        main.wait_stream(aside)
        return losses

    def _capture(self) -> None:
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=_pool(self.rows.device)):
                losses = super().learn(self.rows)
                self.values = torch.stack(list(losses.values()))
        except RuntimeError as error:
            self.capturable = False
            _renew_pool(self.rows.device)
            warnings.warn(f"training goes on without a graph: {error}", stacklevel=2)
            return
        self.graph, self.names = graph, list(losses)


@cache
def _side_stream(device: torch.device) -> torch.cuda.Stream:
    """The stream for warm-ups: one for all, since each holds 32 MB of cuBLAS from then on."""
    return torch.cuda.Stream(device)


_keepers: defaultdict[torch.device, list[torch.cuda.CUDAGraph]] = defaultdict(list)


def _pool(device: torch.device) -> Any:
    """The memory in which all graphs of a device compute.

    They may share it: they are replayed one after the other, and what one has computed is read
    before the next one is replayed. An empty graph keeps it when there is no other.
    """
    if not _keepers[device]:
        _renew_pool(device)
    return _keepers[device][-1].pool()


def _renew_pool(device: torch.device) -> None:
    """Begin with new memory: where a capture has failed, torch never closes the old one.

    Nor does it draw at random until some capture ends well, as this one does.
    """
    graph, number = torch.cuda.CUDAGraph(), torch.zeros(1, device=device)
    with torch.cuda.graph(graph):
        number.add_(1)
    _keepers[device].append(graph)


def _numbers(model: nn.Module) -> list[tuple[dict[str, Any], str]]:
    """Where the numbers of a model stand that Python reads, private ones left out."""
    return [(vars(part), name) for part in model.modules() for name, value in vars(part).items()
            if isinstance(value, int | float | str) and not name.startswith("_")]
