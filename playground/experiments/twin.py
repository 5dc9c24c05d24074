"""A model where it draws most quickly, if it draws number by number."""

import copy
from typing import TypeVar
from weakref import WeakKeyDictionary

import torch
from torch import nn

from model_zoo.base import device_of
from playground.device import fetched

M = TypeVar("M", bound=nn.Module)

_twins: WeakKeyDictionary[nn.Module, nn.Module] = WeakKeyDictionary()


@torch.no_grad()
def on_cpu(model: M) -> M:
    """Return the model itself, or one on the CPU that has its weights of this moment.

    To draw a pixel takes some fifty operations on a few numbers each. A GPU is told of each of
    them one by one, and that takes longer than a CPU needs to do them.
    """
    if device_of(model).type == "cpu":
        return model
    twin = _twins.get(model)
    if twin is None:
        twin = _twins[model] = copy.deepcopy(model).cpu()
    now = fetched(model.state_dict())
    for name, value in twin.state_dict().items():
        value.copy_(torch.from_numpy(now[name]))
    twin.train(model.training)
    return twin  # type: ignore[return-value]
