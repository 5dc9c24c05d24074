"""A net with the running mean of its weights beside it, which is steadier than the net itself.

B. T. Polyak, A. B. Juditsky, "Acceleration of stochastic approximation by averaging", 1992,
https://doi.org/10.1137/0330046
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn

SLOW_START = 10  # of n steps so far the mean forgets at least 1 / n, times this


class Averaged(nn.Module):
    """A net that learns, `net`, and what answers, `mean`: a mean over its last weights.

    As batch normalisation does with its statistics, it takes in the weights whenever it is called
    to learn, that is with gradients and in training. At the start the mean forgets quickly, since
    the first weights are worth nothing.

    Args:
        net: what learns.
        decay: how much of the mean stays in a step, 0 to 1; 0 for no mean: the net answers itself.
    """

    steps: Tensor

    def __init__(self, net: nn.Module, decay: float) -> None:
        super().__init__()
        if not 0 <= decay < 1:
            raise ValueError(f"decay must be at least 0 and below 1, got {decay!r}")
        self.net, self.decay = net, decay
        self.copy = copy.deepcopy(net).requires_grad_(False) if decay else None
        self.register_buffer("steps", torch.zeros(()))

    @property
    def mean(self) -> nn.Module:
        """The net with the mean of the weights."""
        return self.net if self.copy is None else self.copy

    def forward(self, *given: Any) -> Any:
        """Return what the net that learns says."""
        if self.training and torch.is_grad_enabled():
            self.take_in()
        return self.net(*given)

    @torch.no_grad()
    def take_in(self) -> None:
        """Move the mean towards the net; buffers belong to it, such as statistics of batches."""
        if self.copy is None:
            return
        self.steps += 1
        share = 1 - ((1 + self.steps) / (SLOW_START + self.steps)).clamp_max(self.decay)
        for mean, now in zip(_numbers(self.copy), _numbers(self.net), strict=True):
            if now.is_floating_point():
                mean.lerp_(now, share)
            else:
                mean.copy_(now)


def _numbers(net: nn.Module) -> list[Tensor]:
    return [*net.parameters(), *net.buffers()]
