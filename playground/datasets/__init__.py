"""The data that the models learn from: toy sets, tables, images, and the visitor's own points."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

import numpy as np

from playground.datasets import bars, images, sprites, tables, tinted, toys
from playground.datasets.base import (
    Dataset,
    DatasetUnavailable,
    every_third_held_out,
    on_a_plane,
    whole,
)
from playground.datasets.labels import LABELS, Label

__all__ = [
    "DOWNLOADED",
    "LABELS",
    "NAMES",
    "SEEDED",
    "Dataset",
    "DatasetUnavailable",
    "Label",
    "every_third_held_out",
    "load",
    "stand_ins",
    "whole",
]

_STORED: dict[str, Callable[[], Dataset]] = {
    "bars": bars.bars,
    "digits": images.digits,
    "mnist": images.mnist,
    "mnist_14": images.mnist_14,
    "fashion": images.fashion,
    "fashion_14": images.fashion_14,
    "sprites": sprites.sprites,
    "mnist_full": lambda: images.mnist_full(images.data_folder()),
    "fashion_full": lambda: images.fashion_full(images.data_folder()),
    "cifar10": lambda: images.cifar10(images.data_folder()),
    "olivetti": lambda: images.olivetti(images.data_folder()),
}
_TINTED = {f"{name}_tinted": name for name in (
    "digits", "mnist_14", "mnist", "fashion_14", "fashion", "olivetti")}
_IN_SPACE = {"swiss_roll": (tables.swiss_roll, ("x", "y", "z")),
             "s_curve": (tables.s_curve, ("x", "y", "z")),
             "noise_10": (tables.noise_10, tuple(f"x{i}" for i in range(10)))}
_ON_A_PLANE = {f"{name}_pca": name for name in ("digits", "mnist", *tables.TABLES)}
_MOST_ON_A_PLANE = 2_000

DOWNLOADED = ("mnist_full", "fashion_full", "cifar10", "olivetti", "olivetti_tinted")
_PARTS = {"mnist_full": "mnist", "fashion_full": "fashion"}
_stand_ins = ContextVar("stand_ins", default=False)
SEEDED = (*toys.NAMES, *_IN_SPACE)
NAMES = (*SEEDED, *tables.TABLES, *_STORED, *_TINTED, *_ON_A_PLANE)


def load(
    name: str,
    *,
    n_points: int = 500,
    noise: float = 1.0,
    seed: int = 0,
    split: bool = True,
) -> Dataset:
    """Load a data set by name.

    Args:
        name: One of `NAMES`.
        n_points: Number of points of a drawn set, for `train` and for `test` each.
        noise: Spread of a drawn set, as a multiple of its usual one; see `toys.make`.
        seed: Seed of a drawn set's `train`, 0 or more. Its `test` is a fresh draw with a seed
            that is derived from this one, and is no other visitor's `train`.
        split: Whether a part of a table is held out; without it, `train` has all rows.

    Returns:
        The data set. Stored sets are read once and shared.

    Raises:
        ValueError: If the name is unknown or an argument is outside its range.
        DatasetUnavailable: If the set has to be downloaded and cannot be.
    """
    if name in _PARTS and _stand_ins.get():
        return replace(_STORED[_PARTS[name]](), part_of=name)
    if name in _STORED:
        return _STORED[name]()
    if name in _TINTED:
        return _tinted(name)
    if name in tables.TABLES:
        return tables.table(name, split)
    if name in _ON_A_PLANE:
        return _plane(name, split)
    if name not in SEEDED:
        raise ValueError(f"name must be one of {NAMES!r}, got {name!r}")
    if seed < 0:
        raise ValueError(f"seed must be >= 0, got {seed!r}")
    test_seed = int(np.random.SeedSequence((seed, 1)).generate_state(1, np.uint64)[0])
    if name in _IN_SPACE:
        draw, columns = _IN_SPACE[name]
        test_seed %= 2**32  # scikit-learn takes no larger ones
        parts = [draw(n_points, noise, each) for each in (seed, test_seed)]
    else:
        columns = ("x", "y")
        parts = [toys.make(name, n_points=n_points, noise=noise, seed=each)
                 for each in (seed, test_seed)]
    (train, train_labels), (test, test_labels) = parts
    return Dataset(name, train, test, train_labels, test_labels, columns)


@contextmanager
def stand_ins() -> Iterator[None]:
    """Within, the part of a downloaded set that ships stands in for the whole.

    That is enough for questions to a finished model, whose answers need some held-out data.
    """
    before = _stand_ins.set(True)
    try:
        yield
    finally:
        _stand_ins.reset(before)


@functools.cache
def _plane(name: str, split: bool) -> Dataset:
    source = load(_ON_A_PLANE[name], split=split)
    first = np.arange(min(len(source.train), _MOST_ON_A_PLANE))
    return on_a_plane(name, source).pick(first, np.arange(len(source.test)))


@functools.lru_cache(maxsize=2)
def _tinted(name: str) -> Dataset:
    return tinted.tinted(name, load(_TINTED[name]))
