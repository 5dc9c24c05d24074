"""Places on a plane of a code: which dimensions span it, and where on it they lie."""

from typing import Annotated, Any

import numpy as np

from playground.arguments import Limit, check_range
from playground.language import N_
from playground.refusal import Refusal

FARTHEST = 1e6


def check_axes(axes: list[int], n_dimensions: int) -> None:
    """Refuse axes that are not one or two different dimensions of a code."""
    inside = all(0 <= axis < n_dimensions for axis in axes)
    if not inside or len(axes) not in (1, 2) or len({*axes}) < len(axes):
        raise Refusal(N_("axes must be one or two different dimensions from 0 to {highest}, got "
                         "[{axes}]"), highest=n_dimensions - 1, axes=axes)


class _OfTheCode(Limit):
    """One or two different dimensions of the code."""

    def check(self, name: str, value: Any, asked: Any) -> None:
        """Refuse others."""
        check_axes(value, asked.settings.latent_dim)

    def words(self, asked: Any) -> str:
        """Return the numbers that a dimension may have."""
        return f"[0..{asked.settings.latent_dim - 1}]"


Axes = Annotated[list[int], _OfTheCode()]


def on_axes(codes: list[list[float]], axes: list[int], most: int) -> np.ndarray:
    """Return at most so many places on these axes, (N, A) float32.

    Raises:
        Refusal: there are too many, or they have another number of coordinates, or they
            are too far away.
    """
    check_range("codes", len(codes), 0, most)
    if any(len(code) != len(axes) for code in codes):
        raise Refusal(N_("codes must have as many numbers as there are axes, {n}"), n=len(axes))
    points = np.array(codes, np.float64).reshape(-1, len(axes))
    if np.abs(points).max(initial=0) > FARTHEST:
        raise Refusal(N_("codes must lie within {limit:g} of 0, got {found:g}"), limit=FARTHEST,
                      found=float(np.abs(points).max()))
    return points.astype(np.float32)
