"""Weights on disk: safetensors files, written so that a reader never sees half a file."""

import os
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from playground.language import N_
from playground.refusal import Refusal


def save(weights: dict[str, np.ndarray], path: Path) -> None:
    """Write named arrays to a safetensors file, whole or not at all."""
    partial = path.with_suffix(f".{os.getpid()}.partial")
    save_file({name: np.asarray(array, order="C") for name, array in weights.items()}, partial)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.chmod(0o644)
    partial.replace(path)


def load(path: Path) -> dict[str, np.ndarray]:
    """Read named arrays from a safetensors file.

    Raises:
        ValueError: the file does not exist or is not a safetensors file.
    """
    try:
        return load_file(path)
    except FileNotFoundError:
        raise Refusal(N_("this run has no stored weights")) from None
    except SafetensorError as error:
        raise Refusal(N_("weights must be a safetensors file: {reason}"),
                      reason=str(error)) from None


def halve(path: Path) -> None:
    """Store the 32-bit floats of a file in 16 bits."""
    save({name: array.astype(np.float16) if array.dtype == np.float32 else array
          for name, array in load(path).items()}, path)
