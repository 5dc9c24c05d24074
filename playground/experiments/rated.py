"""What a model of the zoo says of log p(x), of many data in parts."""

from collections.abc import Callable

import torch
from torch import Tensor

from model_zoo.base import Model, SaysLogProb
from playground.experiments.base import Work


def rated(model: Model, at_once: Callable[[int], int], n_samples: int, x: Tensor,
          *context: Tensor) -> Work[Tensor | None]:
    """Return log p(x) in nats, (B,): exact, a bound or an estimate; None if it cannot say.

    Args:
        model: what it says, `log_prob_kind` tells.
        at_once: how many data, with so many samples each, take a short while.
        n_samples: how hard to try where it is a bound or an estimate.
        x: data (B, *shape).
        context: of a `Conditional` model that wants one, (B, ...).
    """
    if not isinstance(model, SaysLogProb):
        return None
    size = at_once(1 if model.kind == "exact" else n_samples)
    parts: list[Tensor] = []
    for part in zip(*(each.split(size) for each in (x, *context)), strict=True):
        yield len(parts) * size / len(x)
        parts.append(model.rate(*part, n_samples=n_samples))
    return torch.cat(parts)
