"""How well a box or a mask fits: the intersection over the union."""

import numpy as np


def box_iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pixels in both boxes over pixels in either, (N,).

    Args:
        one: First column and row, last column and row, both included, (N, 4).
        other: The same, (N, 4).
    """
    low, high = np.maximum(one[:, :2], other[:, :2]), np.minimum(one[:, 2:], other[:, 2:])
    both = (high - low + 1).clip(0).prod(axis=1)
    areas = sum((boxes[:, 2:] - boxes[:, :2] + 1).prod(axis=1) for boxes in (one, other))
    return np.asarray(both / (areas - both))


def mask_iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Pixels in both masks (N, H, W) over pixels in either, (N,); 1 where both are empty."""
    both, either = (one & other).sum(axis=(1, 2)), (one | other).sum(axis=(1, 2))
    return np.asarray(np.where(either, both / np.maximum(either, 1), 1.0))


def box_around(mask: np.ndarray) -> np.ndarray:
    """The box around a mask (H, W), (4,); of an empty mask, the first pixel."""
    if not mask.any():
        return np.zeros(4, np.int64)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array([columns[0], rows[0], columns[-1], rows[-1]])
