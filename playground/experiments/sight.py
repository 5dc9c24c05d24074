"""What a pixel can depend on, measured by gradients."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel, Place
from playground.experiments.base import Work

SIDE, ROW, COLUMN, MAX_DEPTH = 15, 10, 7, 6

Net = Callable[[tuple[int, ...], int], AutoregressiveModel]


def small_net(kind: Callable[..., AutoregressiveModel], width: int, kernel: int) -> Net:
    """Return how a net of black and white pixels is built, as wide as told."""
    return lambda shape, depth: kind(shape, 2, width, depth, kernel)


def gradient(model: AutoregressiveModel, x: Tensor, place: Place,
             context: Tensor | None = None) -> Tensor:
    """How much the logits at a place change with each pixel, (H, W): the mean of |d / dx|."""
    x = x.detach().clone().requires_grad_()
    logits = model.logits(x, context)[:, place.channel, place.row, place.column]
    weights = torch.linspace(1, 2, logits.shape[-1], dtype=x.dtype, device=x.device)
    (slope,) = torch.autograd.grad((logits * weights).sum(), x)
    return slope.abs().sum(1).mean(0)


def strength(slopes: np.ndarray) -> np.ndarray:
    """Slopes as bytes, 255 for the largest."""
    return np.rint(255 * slopes / max(float(slopes.max()), 1e-12)).astype(np.uint8)


def sight(net_of: Net) -> Work[np.ndarray]:
    """Which pixels an untrained net can see from the pixel at (`ROW`, `COLUMN`).

    Args:
        net_of: builds the net from a shape and a depth.

    Returns:
        Bytes (MAX_DEPTH + 1, SIDE, SIDE), 1 where a pixel is seen, for each depth from 0.
    """
    shape, place = (1, SIDE, SIDE), Place(0, ROW, COLUMN)
    maps = []
    for depth in range(MAX_DEPTH + 1):
        yield None
        net = net_of(shape, depth).double()
        x = torch.rand(8, *shape, dtype=torch.float64)
        maps.append((gradient(net, x, place) > 1e-12).numpy().astype(np.uint8))
    return np.stack(maps)
