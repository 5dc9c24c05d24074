"""Bars and stripes: small pictures of whole rows or whole columns, of which all is known.

D. J. C. MacKay, "Information Theory, Inference, and Learning Algorithms", 2003, chapter 43,
https://www.inference.org.uk/itila
"""

import functools
import math
from itertools import product

import numpy as np

from playground.datasets.base import Dataset

SIDE = 4


@functools.cache
def bars(side: int = SIDE) -> Dataset:
    """Each choice of rows or columns, and of which of them are white, once: 2^(side + 1) pictures.

    They are the distribution itself, each as likely as the other: all black and all white are
    there twice, since rows and columns make them alike. What is held out is the same again.

    Returns:
        Images (32, 1, 4, 4) of 0 and 1 for a side of 4; labels are 0 for rows and 1 for columns.
    """
    lines = np.array(list(product((0, 1), repeat=side)), np.float32)  # (2^side, side)
    rows = np.repeat(lines[:, :, None], side, axis=2)
    pictures = np.concatenate([rows, rows.transpose(0, 2, 1)])[:, None]
    labels = np.repeat(np.array([0, 1], np.int64), len(lines))
    return Dataset("bars", pictures, pictures.copy(), labels, labels.copy())


def entropy(side: int = SIDE) -> float:
    """The entropy in nats of a picture of `bars`: no model's mean of -log p lies below it.

    All but two pictures have the chance 2^-(side + 1); all black and all white have twice that.
    """
    return (side + 1 - 2.0 ** (1 - side)) * math.log(2)


def patterns(side: int = SIDE) -> np.ndarray:
    """The distinct pictures among them, (30, 4, 4) bytes of 0 and 1 for a side of 4."""
    return np.unique(bars(side).train[:, 0].astype(np.uint8), axis=0)
