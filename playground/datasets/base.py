"""What every data set is, whatever it holds."""

from dataclasses import dataclass

import numpy as np


class DatasetUnavailable(ValueError):
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
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    train_labels: np.ndarray
    test_labels: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one item: (D,) for points, (C, H, W) for images."""
        return self.train.shape[1:]

    @property
    def is_image(self) -> bool:
        """Whether the items are images."""
        return len(self.shape) == 3
