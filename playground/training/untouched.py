"""Looks, questions and judgements leave no trace in whatever they look at."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn

from playground.settings import Settings
from playground.training.randomness import fixed_random_state

OURS = ("playground", "model_zoo")


@contextmanager
def untouched(thing: object, device: str, seed: int = 0) -> Iterator[None]:
    """Look at something that learns: afterwards it is as it was, and so is its training.

    Within, all its nets are in evaluation and chance is that of `seed`. Then each layer is in the
    mode in which it was, buffers (running means, vectors of a power iteration, a codebook) have
    their numbers again, and torch's random stream goes on where it stood.

    Args:
        thing: whose nets they are, see `nets`.
        device: where these live.
        seed: of whatever is drawn within.
    """
    layers = {layer: layer.training for net in nets(thing) for layer in net.modules()}
    buffers = [(buffer, buffer.clone()) for layer in layers
               for buffer in layer.buffers(recurse=False)]
    try:
        for layer in layers:
            layer.training = False
        with fixed_random_state(device, seed):
            yield
    finally:
        for layer, mode in layers.items():
            layer.training = mode
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)


def nets(thing: object) -> Iterator[nn.Module]:
    """Find each net within reach."""
    return (item for item in reachable(thing) if isinstance(item, nn.Module))


def reachable(thing: object) -> Iterator[object]:
    """Find all in attributes of our objects, in lists, tuples and mappings; not within nets."""
    waiting, seen = [thing], set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, Settings):
            continue
        seen.add(id(item))
        yield item
        if isinstance(item, nn.Module):
            continue
        if isinstance(item, Mapping):
            waiting += item.values()
        elif isinstance(item, list | tuple):
            waiting += item
        elif type(item).__module__.partition(".")[0] in OURS:
            waiting += vars(item).values()
