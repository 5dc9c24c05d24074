"""Points that the visitor drew or pasted."""

from collections.abc import Sequence

import numpy as np

MAX_POINTS = 2_000
LIMIT = 10.0


def points_from(values: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """The visitor's points as an array, checked.

    Args:
        values: Pairs (x, y), 1 to 2,000 of them, each coordinate finite and in [-10, 10].

    Returns:
        Points, shape (N, 2), float32.

    Raises:
        ValueError: If the values are no such pairs.
    """
    if not 1 <= len(values) <= MAX_POINTS:
        raise ValueError(f"points must be between 1 and {MAX_POINTS} in number, got {len(values)}")
    try:
        points = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"points must be pairs of numbers, got {values[0]!r} ...") from error
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"points must have the shape (N, 2), got {points.shape!r}")
    inside = np.isfinite(points).all(axis=1) & (np.abs(points) <= LIMIT).all(axis=1)
    if not inside.all():
        index = int(np.argmin(inside))
        raise ValueError(
            f"points must lie within [-{LIMIT:g}, {LIMIT:g}], "
            f"got {tuple(points[index].tolist())!r} at index {index}"
        )
    return points.astype(np.float32)
