"""What a run may take on: models that are too large to answer are refused."""

from collections.abc import Callable

import torch
from torch import nn

from playground.language import N_
from playground.refusal import Refusal

MOST_WEIGHTS = 10_000_000


def count_weights(build: Callable[[], nn.Module]) -> int:
    """Count the weights of a model before there are any.

    Args:
        build: makes the model; it is called where tensors have a shape and nothing else.

    Raises:
        ValueError: there would be too many.
    """
    with torch.device("meta"):
        n = sum(weight.numel() for weight in build().parameters())
    if n > MOST_WEIGHTS:
        raise Refusal(N_("a model must have at most {most:,} weights, got {n:,}: lower the hidden "
                         "width or the levels, or take a smaller data set"),
                      most=MOST_WEIGHTS, n=n)
    return n
