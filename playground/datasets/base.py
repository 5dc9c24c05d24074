"""What every data set is, whatever it holds."""

from dataclasses import dataclass, replace

import numpy as np

from playground.refusal import Refusal

SHARE_TO_TRAIN = 0.7


class DatasetUnavailable(Refusal):
    """The data set is not on this machine and could not be fetched."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Data to train on, data held out, and the classes, which no model is shown.

    The arrays of the stored sets are shared by all who load them: read them, never write to them.

    Attributes:
        name: Key of the set, one of `playground.datasets.NAMES`.
        train: Points (N, D) or images (N, C, H, W), float32; images in [0, 1].
        test: Held-out data of the same kind, (M, D) or (M, C, H, W), float32.
        train_labels: Classes of `train`, (N,), int64.
        test_labels: Classes of `test`, (M,), int64.
        columns: Names of the D coordinates; empty where they have none.
        factors: What each item of `train` and of `test` was drawn from, (N, F) and (M, F) int64;
            None where nobody knows.
        part_of: The set for which this one, a part of it, stands in; see `stand_ins`.
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray
    test_labels: np.ndarray
    columns: tuple[str, ...] = ()
    factors: tuple[np.ndarray, np.ndarray] | None = None
    part_of: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one item: (D,) for points, (C, H, W) for images."""
        return self.train.shape[1:]

    @property
    def is_image(self) -> bool:
        """Whether the items are images."""
        return len(self.shape) == 3

    def pick(self, train: np.ndarray, test: np.ndarray) -> "Dataset":
        """The same set with the given rows alone, in this order.

        Args:
            train: Indices into `train`.
            test: Indices into `test`.
        """
        factors = self.factors and (self.factors[0][train], self.factors[1][test])
        return replace(self, train=self.train[train], test=self.test[test],
                       train_labels=self.train_labels[train], test_labels=self.test_labels[test],
                       factors=factors)


def whole(name: str, rows: np.ndarray, labels: np.ndarray,
          columns: tuple[str, ...] = ()) -> Dataset:
    """A set of which nothing is held out; the arguments are those of `Dataset`."""
    return Dataset(name, rows, rows[:0], labels, labels[:0], columns)


def hold_out(data: Dataset, seed: int = 0) -> Dataset:
    """Divide a whole set: 70% of each class to train and the rest held out, in random order.

    Args:
        data: A set of which nothing is held out, one row at least.
        seed: Seed of the division. The same one gives the same division.
    """
    rng = np.random.default_rng(seed)
    to_train = np.zeros(len(data.train), bool)
    for group in np.unique(data.train_labels):
        rows = rng.permutation(np.flatnonzero(data.train_labels == group))
        to_train[rows[: round(SHARE_TO_TRAIN * len(rows))]] = True
    order = rng.permutation(len(data.train))
    train, test = order[to_train[order]], order[~to_train[order]]
    return Dataset(data.name, data.train[train], data.train[test], data.train_labels[train],
                   data.train_labels[test], data.columns)


def every_third_held_out(data: Dataset) -> Dataset:
    """Divide a whole set: the third, sixth ... row of each class is held out, the rest to train.

    Which part a row belongs to does not change when more rows follow. Where no class has three
    rows, the last row is held out.

    Args:
        data: A set of which nothing is held out.
    """
    held_out = np.zeros(len(data.train), bool)
    for group in np.unique(data.train_labels):
        held_out[np.flatnonzero(data.train_labels == group)[2::3]] = True
    if not held_out.any():
        held_out[-1:] = True
    train, test = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    return Dataset(data.name, data.train[train], data.train[test], data.train_labels[train],
                   data.train_labels[test], data.columns)


def on_a_plane(name: str, source: Dataset) -> Dataset:
    """A set on the two directions in which its training data vary most.

    The mean and the two principal components come from the training data. One factor for both
    axes puts the farthest training coordinate at 1.5, the scale of the toy sets, so that
    distances keep their proportions.

    Args:
        name: Key of the new set.
        source: Points or images, two values each at least.

    Returns:
        Points (N, 2); divided as `source` is.
    """
    width = int(np.prod(source.shape))
    train, test = (rows.reshape(len(rows), width).astype(np.float64)  # (N, D)
                   for rows in (source.train, source.test))
    mean = train.mean(axis=0)
    axes = np.linalg.eigh((train - mean).T @ (train - mean))[1][:, :-3:-1].T  # (2, D)
    strongest = np.abs(axes).argmax(axis=1)
    axes *= np.sign(axes[[0, 1], strongest])[:, None]
    axes *= 1.5 / np.abs((train - mean) @ axes.T).max()
    train, test = (((rows - mean) @ axes.T).astype(np.float32) for rows in (train, test))
    return Dataset(name, train, test, source.train_labels, source.test_labels, ("PC1", "PC2"))
