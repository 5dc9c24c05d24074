"""What a net is made of, measured while a datum passes through it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo import residual_coders, tower
from model_zoo.coders import Enlarging
from model_zoo.gated_pixel_cnn import GatedLayer
from model_zoo.made import PixelReadouts, RunningSums
from model_zoo.pixel_transformer import AttentionBlock

WHOLE = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, Enlarging, residual_coders.Block, tower.Block,
         GatedLayer, RunningSums, PixelReadouts, AttentionBlock)
N_MAPS = 4
MAX_NUMBERS = 1024

T = TypeVar("T")


def answers(layers: Sequence["Layer"]) -> list[dict[str, Any]]:
    """Layers as a page reads them, see `Layer.to_answer`."""
    return [layer.to_answer() for layer in layers]


@dataclass
class Layer:
    """One layer as a datum has passed through it, with all that only changes its numbers.

    Attributes:
        kind: the class of its module.
        kernel, stride: height and width, of a convolution.
        source: the number of the layer that it reads; -1 for the datum.
        weights: how many numbers it has learned.
        values: what it made of the datum, without the axis of the batch.
    """

    kind: str
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    source: int
    weights: int
    values: Tensor

    def to_answer(self) -> dict[str, Any]:
        """The layer as a page reads it.

        Returns:
            its attributes, and the `shape` of its values; of feature maps (F, H, W) the few that
            vary most, `values` (M, H, W), and which ones they are, `maps` (M,); of long vectors
            the first `MAX_NUMBERS` numbers.
        """
        shape, values, maps = list(self.values.shape), self.values.float(), None
        if values.ndim == 3:
            liveliest = values.flatten(1).std(1, correction=0).argsort(descending=True)
            maps = liveliest[:N_MAPS].sort().values
            values = values[maps]
        elif values.ndim == 1:
            values = values[:MAX_NUMBERS]
        return {"kind": self.kind, "kernel": list(self.kernel), "stride": list(self.stride),
                "source": self.source, "weights": self.weights, "shape": shape,
                "maps": np.zeros(0, np.int64) if maps is None else maps.cpu().numpy(),
                "values": values.detach().cpu().numpy().astype(np.float32)}


def watch(nets: Sequence[nn.Module], run: Callable[[], T]) -> tuple[T, list[Layer]]:
    """Watch the layers of some nets while one datum passes through them, in their order.

    What follows a layer and only changes its numbers (an activation, a normalisation, the class,
    another shape) belongs to it. All weights of the nets are counted once: those that belong to no
    layer, to the last one.

    Args:
        nets: whose layers; they are in evaluation while it runs.
        run: lets one datum, (1, *shape), pass.

    Returns:
        what `run` has returned, and the layers.
    """
    layers: list[Layer] = []
    inputs: list[Tensor] = []

    def see(module: nn.Module, given: tuple[Tensor, ...], output: Any) -> None:
        made = output[-1] if isinstance(output, tuple) else output
        weights = sum(weight.numel() for weight in module.parameters())
        if isinstance(module, WHOLE):
            same = (i for i, tensor in enumerate(inputs) if tensor is given[0])
            first = next(same, None)
            source = len(layers) - 1 if first is None else layers[first].source
            inputs.append(given[0])
            layers.append(Layer(type(module).__name__, _pair(module, "kernel_size"),
                                _pair(module, "stride"), source, weights, made[0]))
        elif layers:
            layers[-1].weights += weights
            if made[0].ndim >= layers[-1].values.ndim:
                layers[-1].values = made[0]

    hooks = [part.register_forward_hook(see) for net in nets for part in _parts(net)]
    try:
        with in_evaluation(*nets), torch.no_grad():
            result = run()
    finally:
        for hook in hooks:
            hook.remove()
    total = sum(weight.numel() for net in nets for weight in net.parameters())
    if layers:
        layers[-1].weights += total - sum(layer.weights for layer in layers)
    return result, layers


@contextmanager
def in_evaluation(*nets: nn.Module) -> Iterator[None]:
    """Let nets be in evaluation, and put them back as they were, each part of them."""
    before = [(part, part.training) for net in nets for part in net.modules()]
    for net in nets:
        net.eval()
    try:
        yield
    finally:
        for part, mode in before:
            part.training = mode


def _parts(net: nn.Module) -> Iterator[nn.Module]:
    """Go through the layers of a net, and what stands between them."""
    if isinstance(net, WHOLE) or not any(True for _ in net.children()):
        yield net
    else:
        for child in net.children():
            yield from _parts(child)


def _pair(module: nn.Module, name: str) -> tuple[int, ...]:
    if isinstance(module, Enlarging):
        module = module[1]
    found = getattr(module, name, ())
    return tuple(found) if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) else ()
