"""The device on which models live, "cpu", "cuda:0", "mps": what one must know of each kind."""

import os
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

Name = TypeVar("Name", bound=Hashable)

_shared: WeakValueDictionary[tuple[int, str], Tensor] = WeakValueDictionary()


def kind(device: str | torch.device) -> str:
    """Return "cpu", "cuda" or "mps": "cuda:1" is a "cuda", "mps:0" an "mps"."""
    return torch.device(device).type


def synchronize(device: str) -> None:
    """Wait until the device has done what it was given; a CPU always has.

    A clock that is read without it measures how long it takes to give work, not to do it.
    """
    if kind(device) == "cuda":
        torch.cuda.synchronize(device)
    elif kind(device) == "mps":
        torch.mps.synchronize()


def captures_graphs(device: str | torch.device) -> bool:
    """Tell whether training steps are captured as CUDA graphs there.

    They are unless `PLAYGROUND_CUDA_GRAPHS` is 0. The numbers are the same, to the last bit.
    """
    return kind(device) == "cuda" and os.environ.get("PLAYGROUND_CUDA_GRAPHS", "1") != "0"


def be_repeatable() -> None:
    """Let the same seed give the same numbers on a GPU: algorithms that do not vary, float32.

    Without it cuDNN may choose another algorithm each time, and convolutions round to 10 bits
    (TF32) where products of matrices do not. Call it before the device is first used.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def warm_up(device: str) -> None:
    """Pay once for what a process loads at its first training, on a GPU its libraries too.

    cuBLAS, cuDNN and the generator of random numbers take up to some seconds, which the first
    visitor would wait for. Nothing here decomposes matrices on the device, so cuSOLVER stays out.
    """
    weight = torch.zeros(1, 2, device=device, requires_grad=True)
    optimizer = torch.optim.Adam([weight], fused=True)
    F.linear(torch.zeros(1, 2, device=device), weight).sum().backward()
    optimizer.step()
    if kind(device) == "cpu":
        return
    kernel = torch.zeros(2, 1, 3, 3, device=device, requires_grad=True)
    picture = torch.rand(4, 1, 8, 8, device=device)
    features = F.conv2d(picture, kernel, padding=1)
    back = F.conv_transpose2d(features, kernel, padding=1)
    (back - torch.bernoulli(picture)).square().mean().backward()
    torch.randperm(64, device=device).sort()
    torch.cdist(picture.flatten(1), picture.flatten(1))
    synchronize(device)


def shared(array: np.ndarray, device: str) -> Tensor:
    """Return an array as a tensor on the device: the same one for all who ask at a time.

    Nobody may write to it. A CPU shares the array's own memory; on another device there is one
    copy, which is given up when nobody holds it any more.
    """
    if kind(device) == "cpu":
        return torch.from_numpy(array)
    key = id(array), str(device)
    tensor = _shared.get(key)
    if tensor is None:
        tensor = torch.from_numpy(array).to(device)
        tensor.source = array  # type: ignore[attr-defined]  # the key stays its own so long
        _shared[key] = tensor
    return tensor


def fetched(found: Mapping[Name, Any]) -> dict[Name, Any]:
    """Bring tensors to the CPU as arrays, all in one copy; whatever else there is stays.

    Each copy makes the CPU wait for the device, however small it is.
    """
    away = {name: value.detach() for name, value in found.items()
            if isinstance(value, Tensor) and value.device.type != "cpu"}
    arrays: dict[Name, Any] = {}
    if away:
        # Large numbers first, so that each part starts at a multiple of its numbers' size.
        names = sorted(away, key=lambda name: -away[name].element_size())
        flat = torch.cat([away[name].contiguous().reshape(-1).view(torch.uint8)
                          for name in names]).cpu().numpy()
        start = 0
        for name in names:
            tensor = away[name]
            end = start + tensor.numel() * tensor.element_size()
            like = torch.empty(0, dtype=tensor.dtype).numpy().dtype
            arrays[name] = flat[start:end].view(like).reshape(tuple(tensor.shape))
            start = end
    return {name: arrays[name] if name in away else
            value.detach().numpy() if isinstance(value, Tensor) else value
            for name, value in found.items()}
