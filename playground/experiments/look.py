"""A look at a model: all that it shows leaves the device in one copy."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from playground.device import fetched
from playground.experiments.base import Observation


def look(metrics: Mapping[str, Tensor | float],
         arrays: Mapping[str, Tensor | np.ndarray]) -> Observation:
    """Return numbers and arrays as in `Snapshot`.

    Args:
        metrics: numbers; of a tensor of several ones, (N,), their mean, which is exact.
        arrays: where they are.
    """
    found = fetched({(part, name): value for part, values in enumerate((metrics, arrays))
                     for name, value in values.items()})
    return ({name: _number(found[0, name]) for name in metrics},
            {name: found[1, name] for name in arrays})


def _number(value: np.ndarray | float) -> float:
    if isinstance(value, np.ndarray):  # not every device has float64
        return torch.from_numpy(value).double().mean().item()
    return float(value)
