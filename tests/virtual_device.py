"""A GPU without a GPU: the kernels are those of the CPU, the rules those of CUDA or of MPS.

A tensor of this device wraps one of the CPU. torch's C++ knows its device by a name of its own, so
autograd works; Python sees "cuda:0" or "mps:0". Refused is what a real device refuses: to mix its
tensors with those of the CPU (but for numbers without dimensions, and indices), `.numpy()`,
generators of the CPU, operations without a kernel there, float64 on MPS. A wrong index or a chance
that is none counts as a device-side assert, from which a CUDA process does not recover.

It counts what makes small models slow: launches, and waits of the CPU for the device. A captured
graph is replayed operation by operation with all that Python gave to it at the capture, and
refuses a wait inside. What it cannot tell: speed, memory, the numbers of real kernels.
"""

import importlib
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

IS_REAL = torch.cuda.is_available()  # then that one is used, and none is simulated beside it
ROOT = str(Path(__file__).parents[1]) + os.sep
CORE = "virtual"  # the device's name inside of torch's C++
INDEXING = {"index", "_unsafe_index", "index_put", "index_put_", "_index_put_impl_",
            "_unsafe_index_put"}
COPIES = {"copy_", "_to_copy", "copy", "_copy_from"}
TAKES_SCALARS = {"fill_", "fill", "masked_fill_", "masked_fill", "where", "_fused_adam_"}
MATRIX = {"mm", "addmm", "bmm", "baddbmm", "mv", "addmv", "dot", "convolution"}
WAITS = {"equal", "nonzero", "masked_select", "_unique2", "unique_dim", "unique_consecutive",
         "bincount", "repeat_interleave", "_local_scalar_dense", "is_nonzero", "allclose"}
NO_LAUNCH = {"empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided",
             "_unsafe_view", "lift_fresh", "_local_scalar_dense", "empty_permuted"}
ASSERTS = re.compile(r"out of (bounds|range)|Expected p_in|probability tensor", re.I)


class DeviceError(RuntimeError):
    """What the device would not do."""


Step = tuple[Any, tuple[Any, ...], dict[str, Any], Any]


@dataclass
class Device:
    """The device that is plugged in.

    Attributes:
        name: as Python sees it.
        launches: kernels so far.
        waits: how often the CPU waited, by the line of the project and the reason.
        random: the state of its random stream.
        captured: the operations of the graph that is being captured, if one is.
        before: what these have written over, by the place of its memory.
    """

    name: torch.device
    launches: int = 0
    waits: Counter[str] = field(default_factory=Counter)
    random: Tensor = field(default_factory=lambda: torch.Generator().get_state())
    captured: list[Step] | None = None
    before: dict[int, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def is_mps(self) -> bool:
        return self.name.type == "mps"

    def reset(self) -> None:
        """Count from 0."""
        self.launches = 0
        self.waits.clear()

    def wait(self, reason: str) -> None:
        """Count a wait; none is allowed while a graph is captured."""
        if self.captured is not None:
            raise DeviceError(f"operation not permitted when stream is capturing: {reason}")
        self.waits[f"{_line()} {reason}"] += 1

    def keep(self, value: Any) -> None:
        """Keep the numbers of tensors of the CPU as they were before the capture."""
        for tensor in _tensors(value):
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in self.before:
                self.before[storage.data_ptr()] = storage, storage.clone()

    def seed(self, seed: int) -> None:
        """Start its random stream anew."""
        self.random = torch.Generator().manual_seed(int(seed)).get_state()

    def set_random(self, state: Tensor, _device: Any = None) -> None:
        """Put its random stream into a state, which is on the CPU."""
        if isinstance(state, Virtual):
            raise TypeError("RNG state must be a torch.ByteTensor")
        if self.captured is not None:
            raise DeviceError("the random state must stay while a graph is captured")
        self.random = state.clone()


current: Device | None = None


def _now() -> Device:
    assert current is not None, "no virtual device is plugged in"
    return current


def _line() -> str:
    """The innermost line of the project that is running."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(ROOT) and name != __file__ and ".venv" not in name:
            return f"{name[len(ROOT):]}:{frame.f_lineno}"
        frame = frame.f_back  # type: ignore[assignment]
    return "(backward)"


def _is_here(device: Any) -> bool:
    return device is not None and torch.device(device).type in (_now().name.type, CORE)


class Virtual(Tensor):
    """A tensor of the device; `held` is on the CPU.

    It overrides by properties and methods what torch declares as attributes.
    """

    held: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @staticmethod
    def __new__(cls: type["Virtual"], held: Tensor) -> "Virtual":
        made: Virtual = torch.Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(),
            dtype=held.dtype, layout=held.layout, device=torch.device(CORE, 0))
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
            cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return execute(func, args, kwargs or {})

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return _now().name

    @property
    def is_cuda(self) -> bool:  # type: ignore[override]
        return not _now().is_mps

    @property
    def is_mps(self) -> bool:  # type: ignore[override]
        return _now().is_mps

    @property
    def data(self) -> Tensor:
        return Tensor.data.__get__(self)  # type: ignore[attr-defined]

    @data.setter  # type: ignore[override]
    def data(self, value: "Virtual") -> None:
        Tensor.data.__set__(self, value)  # type: ignore[attr-defined]
        self.held = value.held

    def get_device(self) -> int:
        return 0

    def numpy(self, **_: Any) -> np.ndarray:
        raise TypeError(f"can't convert {_now().name} device type tensor to numpy. Use "
                        "Tensor.cpu() to copy the tensor to host memory first.")

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        return self.numpy()

    def tolist(self) -> Any:
        return self.detach().cpu().tolist()

    def __getitem__(self, key: Any) -> Tensor:
        return Tensor.__getitem__(self, _index(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        Tensor.__setitem__(self, _index(key), value)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if id(self) not in memo:
            new = self.detach().clone().requires_grad_(self.requires_grad)
            if getattr(self, "_is_param", False):
                new._is_param = True
            memo[id(self)] = new
        return memo[id(self)]

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return f"Virtual({self.held!r}, device='{_now().name}')"


def _index(key: Any) -> Any:
    """Lists and arrays in an index become tensors of the device, as on CUDA."""
    if type(key) is tuple:
        return tuple(map(_index, key))
    if type(key) in (list, range, np.ndarray) and len(key):
        return torch.tensor(np.asarray(key).tolist(), device=_now().name)
    return key


class VirtualMode(TorchDispatchMode):
    """Sees what makes a tensor from nothing, and the operations of the CPU."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else torch loads its compiler at the first operation

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if not types and not (kwargs and kwargs.get("device")):
            return func(*args, **kwargs or {})
        return execute(func, args, kwargs or {})


@dataclass(frozen=True)
class Operation:
    """What the schema of an operation says.

    Attributes:
        returned: of each result, the argument that it is, by place or by name; None for a new one.
        written: arguments that are changed.
    """

    name: str
    returned: tuple[int | str | None, ...]
    written: tuple[int | str, ...]
    is_view: bool
    is_random: bool
    is_pointwise: bool
    waits: bool
    missing_on: str


@cache
def operation(func: Any) -> Operation:
    """Read an operation's schema."""
    name, tags = func._schema.name.split("::")[1], func.tags
    owner: dict[str, int | str] = {}
    written: list[int | str] = []
    for place, argument in enumerate(func._schema.arguments):
        alias = argument.alias_info
        if alias is not None and alias.is_write:
            key = argument.name if argument.kwarg_only else place
            written.append(key)
            owner |= dict.fromkeys(alias.before_set, key)
    aliases = [item.alias_info for item in func._schema.returns]
    returned = tuple(next((owner[each] for each in alias.before_set if each in owner), None)
                     if alias is not None and alias.is_write else None for alias in aliases)
    kernels = ("CUDA", "CompositeExplicitAutograd", "CompositeImplicitAutograd",
               "CompositeExplicitAutogradNonFunctional")
    on_cuda = torch.version.cuda is None or any(
        torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), key) for key in kernels)
    return Operation(
        name, returned, tuple(written),
        is_view=any(alias is not None and not alias.is_write for alias in aliases),
        is_random=torch.Tag.nondeterministic_seeded in tags,
        is_pointwise=torch.Tag.pointwise in tags,
        waits=name in WAITS or (torch.Tag.dynamic_output_shape in tags and name not in INDEXING),
        missing_on="" if on_cuda and _has_mps(func) else "mps" if on_cuda else "cuda")


@cache
def _mps_kernels() -> dict[str, tuple[bool, str]]:
    """Of each native operation: whether MPS has it, and to which other one it delegates."""
    path = Path(torch.__file__).parents[1] / "torchgen/packaged/ATen/native/native_functions.yaml"
    found = {}
    for block in re.split(r"^- func: ", path.read_text(), flags=re.M)[1:]:
        delegate = re.search(r"^\s+structured_delegate: (\S+)", block, re.M)
        dispatch = re.search(r"^  dispatch:\n((?:    .*\n?)+)", block, re.M)
        keys = ",".join(re.findall(r"^    ([^#:\n]+):", dispatch[1], re.M)) if dispatch else ""
        found[block.split("(", 1)[0].strip()] = (
            (not dispatch and not delegate) or "MPS" in keys or "Composite" in keys,
            delegate[1] if delegate else "")
    return found


def _has_mps(func: Any) -> bool:
    name = func.name().removeprefix("aten::").removesuffix(".default")
    has, delegate = _mps_kernels().get(name, (True, ""))
    return _mps_kernels().get(delegate, (True, ""))[0] if delegate else has


def execute(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do one operation as the device would."""
    here: list[Tensor] = []
    elsewhere: list[Tensor] = []

    def opened(value: Any) -> Any:
        if isinstance(value, Tensor):
            (here if isinstance(value, Virtual) else elsewhere).append(value)
            return value.held if isinstance(value, Virtual) else value
        return type(value)(map(opened, value)) if type(value) in (list, tuple) else value

    inner_args = opened(args)
    inner_kwargs = {key: opened(value) for key, value in kwargs.items()}
    asked = kwargs.get("device")
    arrives, leaves = _is_here(asked), asked is not None and not _is_here(asked)
    if not here and not arrives:
        return func(*args, **kwargs)
    device, info = _now(), operation(func)
    _check(info, args, kwargs, here, elsewhere)
    if not info.is_view and info.name not in NO_LAUNCH:
        device.launches += 1
    if reason := _reason_to_wait(info, args, elsewhere, arrives=arrives, leaves=leaves):
        device.wait(reason)
    inner_kwargs |= {"device": torch.device("cpu")} if arrives else {}
    inner_kwargs |= {"pin_memory": False} if inner_kwargs.get("pin_memory") else {}
    if device.captured is not None:
        places = range(len(args)) if "batch_norm" in info.name else info.written
        device.keep([inner_args[key] if isinstance(key, int) else inner_kwargs.get(key)
                     for key in places if isinstance(key, str) or key < len(args)])
    out = _run(info, func, inner_args, inner_kwargs)
    if leaves or info.name == "_local_scalar_dense":
        return out
    if info.name in COPIES and info.written and not isinstance(args[0], Virtual):
        return args[0]
    if device.captured is not None and not info.is_view and "empty" not in info.name:
        device.captured.append((func, inner_args, inner_kwargs, out))
    return _wrap(info, args, kwargs, out)


def _run(info: Operation, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        if not info.is_random:
            return func(*args, **kwargs)
        before = torch.default_generator.get_state()
        torch.default_generator.set_state(_now().random)
        try:
            return func(*args, **kwargs)
        finally:
            _now().random = torch.default_generator.get_state()
            torch.default_generator.set_state(before)
    except (IndexError, RuntimeError) as error:
        if not _now().is_mps and info.name != "select" and ASSERTS.search(str(error)):
            raise DeviceError(f"CUDA error: device-side assert triggered ({error})") from error
        raise


def _wrap(info: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
    def one(value: Any) -> Any:
        if isinstance(value, Tensor):
            if _now().is_mps and value.dtype in (torch.float64, torch.complex128):
                raise TypeError("Cannot convert a MPS Tensor to float64 dtype as the MPS "
                                "framework doesn't support float64. Please use float32 instead.")
            return Virtual(value)
        return type(value)(map(one, value)) if isinstance(value, list | tuple) else value

    def result(key: int | str | None, value: Any) -> Any:
        return one(value) if key is None else args[key] if isinstance(key, int) else kwargs[key]

    if len(info.returned) == 1:
        return result(info.returned[0], out)
    if isinstance(out, tuple) and len(out) == len(info.returned):
        return tuple(map(result, info.returned, out))
    return one(out)


def _check(info: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], here: list[Tensor],
           elsewhere: list[Tensor]) -> None:
    """Raise what the device would raise."""
    device = _now()
    generator = kwargs.get("generator")
    if generator is not None and generator.device.type == "cpu":
        raise DeviceError(f"Expected a '{device.name.type}' device type for generator but found "
                          "'cpu'")
    if info.missing_on == device.name.type:
        raise NotImplementedError(f"The operator 'aten::{info.name}' is not currently implemented "
                                  f"for the {device.name.type} device.")
    if info.name in MATRIX and here and not any(each.is_floating_point() for each in here):
        raise DeviceError(f'"{info.name}" not implemented for {here[0].dtype}')
    if not elsewhere or not here or info.name in COPIES:
        return
    mixed = DeviceError("Expected all tensors to be on the same device, but found at least two "
                        f"devices, {device.name} and cpu! (in {info.name})")
    if info.name in INDEXING:
        if not isinstance(args[0], Virtual):
            raise DeviceError("indices should be either on cpu or on the same device as the "
                              f"indexed tensor (cpu) (in {info.name})")
        if "put" in info.name and not isinstance(args[2], Virtual) and args[2].dim():
            raise mixed
        return
    targets = (args[key] if isinstance(key, int) and key < len(args) else kwargs.get(str(key))
               for key in info.written)
    onto_cpu = any(isinstance(each, Tensor) and not isinstance(each, Virtual) for each in targets)
    scalars = (info.is_pointwise or info.name in TAKES_SCALARS
               or info.name.startswith("_foreach"))
    if onto_cpu or any(each.dim() for each in elsewhere) or not scalars:
        raise mixed


def _reason_to_wait(info: Operation, args: tuple[Any, ...], elsewhere: list[Tensor], *,
                    arrives: bool, leaves: bool) -> str:
    if info.waits:
        return info.name
    if info.name in COPIES:
        if leaves or (info.written and not isinstance(args[0], Virtual)):
            return "to the CPU"
        return "from the CPU" if elsewhere and (arrives or args) else ""
    if info.name in INDEXING:
        indices = [each for each in args[1] if isinstance(each, Tensor)]
        masks = [each for each in indices if each.dtype in (torch.bool, torch.uint8)]
        filled = "put" in info.name and args[2].numel() == 1 and len(indices) == 1
        if masks and not filled:  # one value is filled in without a wait
            return "mask"
        if any(not isinstance(each, Virtual) for each in indices):
            return "index from the CPU"
    if info.name == "multinomial" and (args[1] == 1 or not (len(args) > 2 and args[2])):
        return "multinomial checks the chances"
    return info.name if info.name.startswith("_linalg_") else ""


class Graph:
    """A captured graph: replayed with the numbers that Python gave to it at its capture."""

    steps: list[Step]

    def replay(self) -> None:
        """Do all operations again, into the same memory."""
        _now().launches += 1
        for func, args, kwargs, out in self.steps:
            again = _run(operation(func), func, args, kwargs)
            for old, new in zip(_tensors(out), _tensors(again), strict=True):
                if old.data_ptr() != new.data_ptr():
                    old.copy_(new)

    def pool(self) -> tuple[int, int]:
        """Its memory, which it does not have."""
        return 0, 0


@contextmanager
def _capture(graph: Graph, **_: Any) -> Iterator[None]:
    """Capture a graph; as on CUDA, nothing that is done within has an effect yet."""
    device = _now()
    before = device.random, device.launches
    device.captured, device.before = [], {}
    try:
        yield
        graph.steps = device.captured
    finally:
        for storage, kept in device.before.values():
            storage.copy_(kept)
        device.captured = None
        device.random, device.launches = before


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [each for item in value for each in _tensors(item)] if isinstance(
        value, list | tuple) else []


class _Stream:
    """A stream of work; here there is one."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def wait_stream(self, other: "_Stream") -> None: ...

    def synchronize(self) -> None: ...


class _Backend:
    """What torch asks of a device that Python has made."""

    is_initialized = is_available = staticmethod(lambda: True)
    _is_in_bad_fork = staticmethod(lambda: False)
    current_device, device_count = staticmethod(lambda: 0), staticmethod(lambda: 1)

    @staticmethod
    def manual_seed_all(seed: int) -> None:
        if current is not None:
            current.seed(seed)


@cache
def register() -> None:
    """Tell torch of the device, once a process, before its first backward pass.

    Torch counts the devices whose gradients it may have to compute once and for all, and it can
    compute those of one kind: where there is a real GPU, nothing is simulated.
    """
    if IS_REAL:
        return
    from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

    importlib.import_module("torch._dynamo")  # optimisers load it, and it asks for GPUs
    _setup_privateuseone_for_python_backend(rename=CORE, backend_module=_Backend())
    constructors = importlib.import_module("torch.utils._device")._device_constructors
    constructors()  # `with torch.device(...)` keeps the originals


def _made_here(original: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """torch.tensor and its like: made on the CPU, then moved."""
    def make(data: Any, *args: Any, device: Any = None, **kwargs: Any) -> Tensor:
        if not _is_here(device):
            return original(data, *args, **kwargs, **({} if device is None else {
                "device": device}))
        return (data if isinstance(data, Virtual) else original(data, *args, **kwargs)).to(device)
    return make


@contextmanager
def plugged_in(kind: str) -> Iterator[Device]:
    """Within, this process has a virtual device, "cuda" or "mps", and no other one."""
    global current
    if IS_REAL:
        pytest.skip("a GPU is simulated only where there is none")
    register()
    device = current = Device(torch.device(kind, 0))
    move = Tensor.to

    def to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        def named(value: Any) -> Any:
            return torch.device(CORE, 0) if isinstance(value, str | torch.device) and _is_here(
                value) else value
        return move(self, *map(named, args), **{k: named(v) for k, v in kwargs.items()})

    with pytest.MonkeyPatch.context() as patch:
        for name in ("tensor", "as_tensor", "asarray"):
            patch.setattr(torch, name, _made_here(getattr(torch, name)))
        patch.setattr(Tensor, "to", to)
        own, other = (torch.mps, torch.cuda) if device.is_mps else (torch.cuda, torch.mps)
        patch.setattr(torch.cuda, "is_available", lambda: not device.is_mps)
        patch.setattr(torch.backends.mps, "is_available", lambda: device.is_mps)
        patch.setattr(other, "manual_seed", lambda seed: None)
        patch.setattr(torch.cuda, "manual_seed_all",
                      (lambda seed: None) if device.is_mps else device.seed)
        shared: dict[str, object] = {
            "get_rng_state": lambda device_=None: device.random.clone(),
            "set_rng_state": device.set_random, "manual_seed": device.seed,
            "synchronize": lambda device_=None: device.wait("synchronize"),
            "empty_cache": lambda: None}
        for name, value in shared.items():
            patch.setattr(own, name, value)
        if not device.is_mps:
            for name, value in {
                    "_lazy_init": lambda: None, "is_initialized": lambda: True,
                    "_is_in_bad_fork": lambda: False, "device_count": lambda: 1,
                    "current_device": lambda: 0, "Stream": _Stream,
                    "get_device_name": lambda device_=None: "Virtual GPU",
                    "current_stream": lambda device_=None: _Stream(),
                    "stream": lambda stream: nullcontext(), "CUDAGraph": Graph,
                    "graph": _capture,
                    "is_current_stream_capturing": lambda: device.captured is not None}.items():
                patch.setattr(torch.cuda, name, value)
        patch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: None)
        try:
            with VirtualMode():
                yield device
        finally:
            current = None
