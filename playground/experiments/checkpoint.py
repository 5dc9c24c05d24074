"""All that changes while an experiment trains, as plain values and arrays: put away, put back.

Nobody lists it. It is found as `untouched` finds nets: in the attributes of our objects, in lists,
tuples, sets and mappings, in nets and their optimisers. What two share they share again. Left as
they are built: settings, functions, and the data that are learned from. Of an object that has a
`__getstate__` of its own, what that returns is all that lasts.
"""

import importlib
from collections import deque
from enum import Enum
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from playground.datasets import Dataset
from playground.experiments.base import Experiment
from playground.settings import Settings
from playground.training.batches import Batches
from playground.training.untouched import OURS, reachable

Node = Any  # a plain value, or a dict that `_Reader.value` knows by its keys
PLAIN = frozenset({type(None), bool, int, float, str})
THAT_STAY = (FunctionType, MethodType, partial, BuiltinFunctionType, type, torch.Size, torch.dtype,
             torch.device, Dataset, Enum, ModuleType, Path, Settings)
FIXED: Node = {"fixed": None}
SERIES: dict[str, type[Any]] = {each.__name__: each
                                for each in (list, tuple, set, frozenset, deque)}
OF_EVERY_NET = frozenset(vars(nn.Module()))
MISSING = object()


def remember(experiment: Experiment[Any]) -> dict[str, Any]:
    """Return all that changes while it trains, as it is between two steps.

    These are dicts with texts for keys, lists, plain values and arrays. The experiment may go on
    meanwhile: nothing is shared with it. From a device they come in one copy.

    Raises:
        TypeError: it keeps something that cannot be put away, such as an iterator.
    """
    writer = _Writer(experiment)
    node = writer.node(experiment, type(experiment).__name__)
    writer.copy()
    return {"device": _kind(experiment), "experiment": node}


def recall(experiment: Experiment[Any], remembered: dict[str, Any]) -> None:
    """Put back what `remember` returned, into an experiment of the same settings, just built.

    Its next `steps()` go on from there. If this fails, the experiment is of no use any more.

    Raises:
        ValueError: a name, a shape or a type does not fit.
    """
    if remembered["device"] != _kind(experiment):
        raise ValueError(f"device must be {remembered['device']!r}, as it was, "
                         f"got {_kind(experiment)!r}")
    reader = _Reader(experiment)
    reader.value(remembered["experiment"], experiment, type(experiment).__name__)


class _Data:
    """The data that are learned from, wherever else their memory is held."""

    def __init__(self, experiment: Experiment[Any]) -> None:
        blocks: list[Any] = []
        for item in reachable(experiment):
            if isinstance(item, Batches):
                blocks += item.data, item.context
            elif isinstance(item, Dataset):
                blocks += item.train, item.test, item.train_labels, item.test_labels
        self._blocks = [block for block in blocks if block is not None]
        self._spans = [_span(block) for block in self._blocks]

    def __contains__(self, item: object) -> bool:
        if not isinstance(item, Tensor | np.ndarray):
            return False
        device, start, _ = _span(item)
        return any(item is block for block in self._blocks) or any(
            device == where and 0 < first <= start < last for where, first, last in self._spans)


class _Writer:
    """Writes things down, each one once."""

    def __init__(self, experiment: Experiment[Any]) -> None:
        self.device, self.data = experiment.device, _Data(experiment)
        self.written: dict[int, tuple[int, object]] = {}
        self.tensors: list[tuple[Node, Tensor]] = []

    def node(self, item: Any, path: str) -> Node:
        """Return a thing with all that it holds, but for the numbers of its tensors.

        Args:
            path: where it was found.
        """
        if type(item) in PLAIN:
            return item if item is not self.device else FIXED
        if id(item) in self.written:
            return {"again": self.written[id(item)][0]}
        if isinstance(item, THAT_STAY) or item in self.data:
            return FIXED
        self.written[id(item)] = len(self.written), item
        if isinstance(item, Tensor):
            self.tensors.append(({"tensor": None, "on_device": item.device.type != "cpu"}, item))
            return self.tensors[-1][0]
        if isinstance(item, np.ndarray | np.generic):
            return {"array": np.array(item), "scalar": isinstance(item, np.generic)}
        if isinstance(item, dict):
            return {"mapping": [[self.node(key, path), self.node(value, f"{path}[{key!r}]")]
                                for key, value in item.items()]}
        if type(item) in SERIES.values():
            return {"series": type(item).__name__, "items": [
                self.node(each, f"{path}[{place}]") for place, each in enumerate(item)]}
        if isinstance(item, Optimizer):
            return {"state": self.node(item.state_dict(), path)}
        if isinstance(item, torch.Generator):
            return {"state": self.node(item.get_state(), path)}
        if isinstance(item, np.random.Generator):
            return {"state": self.node(item.bit_generator.state, path)}
        if isinstance(item, nn.Module) or _is_ours(item):
            return {"object": _name(item), "attributes": {
                name: self.node(value, f"{path}.{name}")
                for name, value in _attributes(item).items()}}
        raise TypeError(f"{path} must be something that can be put away, got {item!r:.80}")

    def copy(self) -> None:
        """Add the numbers of all tensors: of each device in one copy."""
        by_device: dict[torch.device, list[tuple[Node, Tensor]]] = {}
        for node, tensor in self.tensors:
            by_device.setdefault(tensor.device, []).append((node, tensor.detach()))
        for found in by_device.values():
            found.sort(key=lambda each: -each[1].element_size())  # so that each is aligned
            parts = [tensor.reshape(-1).view(torch.uint8) for _, tensor in found]
            numbers, start = torch.cat(parts).cpu().numpy(), 0
            for (node, tensor), part in zip(found, parts, strict=True):
                mine, start = numbers[start : start + len(part)], start + len(part)
                node["tensor"] = mine.view(_dtype(tensor)).reshape(tensor.shape)


class _Reader:
    """Reads what was written, and puts it into an experiment that was just built."""

    def __init__(self, experiment: Experiment[Any]) -> None:
        self.device, self.data = experiment.device, _Data(experiment)
        self.found: list[Any] = []
        self.taken: set[int] = set()

    def value(self, node: Node, now: Any, path: str) -> Any:
        """Return a thing as it was.

        Args:
            now: what is in its place, and is filled again as far as it can be.
        """
        if not isinstance(node, dict):
            return node
        if "fixed" in node:
            if now is MISSING:
                raise ValueError(f"{path} must be there as soon as it is built")
            return now
        if "again" in node:
            return self.found[node["again"]]
        number = len(self.found)
        self.found.append(None)
        if id(now) in self.taken:  # one thing now, which had become two
            now = MISSING
        self.taken.add(id(now))
        match node:
            case {"tensor": array, "on_device": on_device}:
                self.found[number] = self._tensor(array, on_device, now, path)
            case {"array": array, "scalar": True}:
                self.found[number] = array[()]
            case {"array": array}:
                self.found[number] = now if _same(now, array) else np.array(array)
            case {"mapping": pairs}:
                self._fill_mapping(pairs, number, now, path)
            case {"series": kind, "items": items}:
                self._fill_series(items, SERIES[kind], number, now, path)
            case {"state": state}:
                self.found[number] = now
                _set_state(now, self.value(state, MISSING, path), path)
            case {"object": kind, "attributes": attributes}:
                self._fill_object(attributes, kind, number, now, path)
            case _:
                raise ValueError(f"{path} must be something known, got {sorted(node)}")
        return self.found[number]

    def _tensor(self, array: np.ndarray, on_device: bool, now: Any, path: str) -> Tensor:
        tensor = torch.from_numpy(np.array(array))
        if isinstance(now, Tensor) and now not in self.data:
            fits = now.shape == tensor.shape and now.dtype == tensor.dtype
            if fits and 0 not in now.stride():
                with torch.no_grad():
                    return now.copy_(tensor)
        return tensor.to(self.device) if on_device else tensor

    def _fill_mapping(self, pairs: list[Any], number: int, now: Any, path: str) -> None:
        mapping = self.found[number] = now if isinstance(now, dict) else {}
        before = dict(mapping)
        mapping.clear()
        for first, second in pairs:
            key = self.value(first, MISSING, path)
            mapping[key] = self.value(second, before.get(key, MISSING), f"{path}[{key!r}]")

    def _fill_series(self, items: list[Any], kind: type[Any], number: int, now: Any,
                     path: str) -> None:
        before = list(now) if isinstance(now, list | tuple | deque) else []
        before += [MISSING] * (len(items) - len(before))
        changes = type(now) is kind and not isinstance(now, tuple | frozenset)
        if changes:
            self.found[number] = now
        values = [self.value(item, old, f"{path}[{place}]")
                  for place, (item, old) in enumerate(zip(items, before, strict=False))]
        if not changes:
            self.found[number] = kind(values)
            return
        now.clear()
        (now.update if isinstance(now, set) else now.extend)(values)

    def _fill_object(self, attributes: dict[str, Any], kind: str, number: int, now: Any,
                     path: str) -> None:
        item = self.found[number] = now if now is not MISSING and _name(now) == kind else _new(
            kind, path)
        before = _attributes(now) if item is now else {}
        odd = set(before) - set(attributes)
        if isinstance(item, nn.Module):
            odd ^= set(attributes) - set(before)
        if odd:
            raise ValueError(f"{path}.{min(odd)} must be there before and after")
        values = {name: self.value(child, before.get(name, MISSING), f"{path}.{name}")
                  for name, child in attributes.items()}
        changed = {name: value for name, value in values.items() if value is not before.get(
            name, MISSING)}
        frozen = _is_frozen(item)
        if changed and frozen and item is now:  # others may hold it as it is now
            item = self.found[number] = object.__new__(type(now))
            changed = values
        for name, value in changed.items():
            if isinstance(item, nn.Module) and name in {**item._parameters, **item._buffers}:
                raise ValueError(f"{path}.{name} must be {_form(before[name])}, "
                                 f"got {_form(value)}")
            object.__setattr__(item, name, value) if frozen else setattr(item, name, value)


def _attributes(item: Any) -> dict[str, Any]:
    """What there is of an object: of a net without the buffers that it makes again itself."""
    if not isinstance(item, nn.Module):
        return item.__getstate__() or {}
    own = {name: value for name, value in vars(item).items() if name not in OF_EVERY_NET}
    buffers = {name: buffer for name, buffer in item._buffers.items()
               if name not in item._non_persistent_buffers_set}
    return {"training": item.training, **(own if _is_ours(item) else {}), **item._parameters,
            **buffers, **item._modules}


def _set_state(item: Any, state: Any, path: str) -> None:
    """Put back the state of an optimiser or of a stream of random numbers."""
    if isinstance(item, np.random.Generator):
        item.bit_generator.state = state
    elif isinstance(item, torch.Generator):
        item.set_state(state)
    elif isinstance(item, Optimizer):
        item.load_state_dict(state)
        for weight, own in item.state.items():
            for name, value in own.items():
                if not isinstance(value, Tensor) or not value.ndim:
                    continue
                if value.shape != weight.shape:
                    raise ValueError(f"{path}: {name} must be of the weight's shape "
                                     f"{tuple(weight.shape)}, got {tuple(value.shape)}")
                # A fused step goes through both in the order in which they lie in memory.
                own[name] = torch.empty_like(weight, dtype=value.dtype).copy_(value)
    else:
        raise ValueError(f"{path} must be there as soon as it is built")


def _new(kind: str, path: str) -> Any:
    """An empty object of one of our classes, by its name."""
    module, _, name = kind.partition(":")
    if module.partition(".")[0] not in OURS:
        raise ValueError(f"{path} must be a {kind} as soon as it is built")
    return object.__new__(getattr(importlib.import_module(module), name))


def _name(item: object) -> str:
    return f"{type(item).__module__}:{type(item).__qualname__}"


def _is_ours(item: object) -> bool:
    return type(item).__module__.partition(".")[0] in OURS


def _is_frozen(item: object) -> bool:
    parameters = getattr(item, "__dataclass_params__", None)
    return parameters is not None and parameters.frozen


def _kind(experiment: Experiment[Any]) -> str:
    return experiment.device.partition(":")[0]


def _form(item: Any) -> str:
    return f"{item.dtype} {tuple(item.shape)}" if isinstance(item, Tensor) else repr(item)


def _dtype(tensor: Tensor) -> np.dtype[Any]:
    return np.dtype(str(tensor.dtype).removeprefix("torch."))


def _same(now: Any, array: np.ndarray) -> bool:
    return (isinstance(now, np.ndarray) and now.dtype == array.dtype
            and np.array_equal(now, array, equal_nan=now.dtype.kind == "f"))


def _span(block: Tensor | np.ndarray) -> tuple[str, int, int]:
    """Where a block of numbers lies: the device, the first byte, the one after the last."""
    if isinstance(block, Tensor):
        start = block.data_ptr()
        return str(block.device), start, start + block.numel() * block.element_size()
    start = block.__array_interface__["data"][0]
    return "cpu", start, start + block.nbytes
