"""The layers of a net, for tests that look into it."""

from torch import nn


def linear(net: nn.Module, place: int) -> nn.Linear:
    """Return a linear layer of a net by its place among all layers, from the end if below 0."""
    found = list(net.children())[place]
    assert isinstance(found, nn.Linear)
    return found
