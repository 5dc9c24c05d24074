"""What a run may take on: models and steps that are too large to answer are refused."""

from collections.abc import Callable

import torch
from torch import nn

MOST_WEIGHTS = 10_000_000
MOST_WORK = 3e10
SMALLEST_BATCH = 8


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
        raise ValueError(f"a model must have at most {MOST_WEIGHTS:,} weights, got {n:,}: "
                         "lower the hidden width or the levels, or take a smaller data set")
    return n


def check_work(n_weights: int, uses: int, batch_size: int) -> None:
    """Refuse training steps that would hold up everybody.

    Args:
        uses: how often a step uses each weight for one datum.

    Raises:
        ValueError: they would; the message says which knob to lower.
    """
    work = n_weights * uses * batch_size
    if work <= MOST_WORK:
        return
    fits = int(MOST_WORK / (n_weights * uses))
    lower = (f"lower the batch size to {fits}" if fits >= SMALLEST_BATCH else
             "lower the size of the model")
    raise ValueError("weights x their uses for a datum x batch size must be at most "
                     f"{MOST_WORK / 1e9:g} billion a step, got {work / 1e9:.0f} billion: {lower}")
