"""The data that the models learn from: toy sets, the visitor's own points, and images."""

from collections.abc import Callable, Sequence

import numpy as np

from playground.datasets import images, toys
from playground.datasets.base import Dataset, DatasetUnavailable
from playground.datasets.labels import LABELS, Label
from playground.datasets.own import points_from

__all__ = [
    "LABELS",
    "NAMES",
    "Dataset",
    "DatasetUnavailable",
    "Label",
    "load",
    "points_from",
]

_STORED: dict[str, Callable[[], Dataset]] = {
    "digits": images.digits,
    "digits_pca": images.digits_pca,
    "mnist": images.mnist,
    "mnist_full": lambda: images.mnist_full(images.data_folder()),
}

NAMES = (*toys.NAMES, "mine", *_STORED)


def load(
    name: str,
    *,
    n_points: int = 500,
    noise: float = 1.0,
    seed: int = 0,
    points: Sequence[Sequence[float]] | np.ndarray | None = None,
) -> Dataset:
    """Load a data set by name.

    Args:
        name: One of `NAMES`.
        n_points: Number of points of a toy set, for `train` and for `test` each.
        noise: Spread of a toy set, as a multiple of its usual one; see `toys.make`.
        seed: Seed of a toy set's `train`, 0 or more. Its `test` is a fresh draw with a seed that
            is derived from this one, and is no other visitor's `train`.
        points: The visitor's own points, (N, 2), for "mine" alone; they serve as `test` too, and
            are all of class 0.

    Returns:
        The data set. Stored sets are read once and shared.

    Raises:
        ValueError: If the name is unknown or an argument is outside its range.
        DatasetUnavailable: If the set has to be downloaded and cannot be.
    """
    if name in _STORED:
        return _STORED[name]()
    if name == "mine":
        if points is None:
            raise ValueError("points must be given for the data set 'mine', got None")
        own = points_from(points)
        labels = np.zeros(len(own), np.int64)
        return Dataset(name, own, own, labels, labels)
    if name not in toys.NAMES:
        raise ValueError(f"name must be one of {NAMES!r}, got {name!r}")
    train, train_labels = toys.make(name, n_points=n_points, noise=noise, seed=seed)
    test_seed = int(np.random.SeedSequence((seed, 1)).generate_state(1, np.uint64)[0])
    test, test_labels = toys.make(name, n_points=n_points, noise=noise, seed=test_seed)
    return Dataset(name, train, test, train_labels, test_labels)
