"""Small pictures of shapes, with all that a label can be: a class, a box, a mask."""

from dataclasses import dataclass

import numpy as np

from playground.language import N_

SIZE = 32
CLASSES = (N_("disc"), N_("square"), N_("triangle"))


@dataclass(frozen=True, eq=False)
class Scenes:
    """Pictures with one shape each, and their labels.

    Attributes:
        images: (N, 3, SIZE, SIZE) float32 in [0, 1].
        classes: Index into `CLASSES`, (N,).
        boxes: First column and row of the shape, last column and row, both included, (N, 4).
        masks: Which pixels belong to the shape, (N, SIZE, SIZE) bool.
    """

    images: np.ndarray
    classes: np.ndarray
    boxes: np.ndarray
    masks: np.ndarray


def scenes(n: int, seed: int) -> Scenes:
    """Draw n scenes: each class equally often, in any order, place, size and colour.

    Raises:
        ValueError: n is below 1.
    """
    if n < 1:
        raise ValueError(f"n must be >= 1, got {n!r}")
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.arange(n) % len(CLASSES))
    radius = rng.uniform(5, 10, n)
    middle = rng.uniform(radius + 1, SIZE - 1 - radius, (2, n))
    masks = np.stack([_mask(*item) for item in zip(classes, *middle, radius, strict=True)])
    back, front = rng.uniform(0.55, 0.95, (n, 3)), rng.uniform(0.0, 0.45, (n, 3))
    images = np.where(masks[:, None], front[:, :, None, None], back[:, :, None, None])
    images = images + 0.03 * rng.standard_normal(images.shape)
    return Scenes(images.clip(0, 1).astype(np.float32), classes,
                  np.stack([_box(mask) for mask in masks]), masks)


def _mask(kind: int, x: float, y: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    across, down = columns - x, rows - y
    if kind == 0:
        return np.asarray(across**2 + down**2 <= radius**2)
    if kind == 1:
        return np.asarray(np.maximum(abs(across), abs(down)) <= 0.85 * radius)
    return np.asarray((down <= 0.8 * radius) & (abs(across) <= (down + radius) / 1.8))


def _box(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array([columns[0], rows[0], columns[-1], rows[-1]])
