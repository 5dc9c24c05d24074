"""All states of a few binary units, for sums that are exact."""

from collections.abc import Iterator

import torch
from torch import Tensor

MOST_ENUMERATED = 20
NUMBERS_AT_ONCE = 2**20


def all_states(n: int, width: int) -> Iterator[Tensor]:
    """Yield all 2^n states of n units in float64 on the CPU, (N, n) of 0 and 1 at a time.

    Args:
        n: how many units.
        width: how many numbers each state will need.

    Raises:
        ValueError: there are more than 20 units.
    """
    if n > MOST_ENUMERATED:
        raise ValueError(f"the smaller layer must have at most {MOST_ENUMERATED} units to sum "
                         f"over all of its states, got {n}")
    places = torch.arange(n)
    for numbers in torch.arange(2**n).split(max(1, NUMBERS_AT_ONCE // max(n, width))):
        yield (numbers[:, None] >> places & 1).double()
