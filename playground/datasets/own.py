"""The visitor's own points: drawn on the page, or rows of an uploaded table."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from playground.datasets.base import Dataset, whole
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import Settings

MAX_POINTS = 2_000
MAX_CLASSES = 10
LIMIT = 3.0


class OwnPointsSettings(Settings):
    """Settings of an experiment that can learn from the visitor's own points.

    They have no knobs: the visitor draws the points or uploads them, and they count where
    `dataset` is "mine".

    Attributes:
        points: Rows (N, D), at most 2,000, each value within `LIMIT` of 0.
        classes: The class of each row, 0 to 9; empty where no classes are known.
        columns: Names of the coordinates; empty for points that were drawn.
        min_columns, max_columns: How many coordinates the experiment can learn from.
    """

    min_columns: ClassVar[int] = 2
    max_columns: ClassVar[int] = 2

    dataset: str = "mine"
    points: tuple[tuple[float, ...], ...] = ()
    classes: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _own_points_hold_together(self) -> Self:
        n, low, high = len(self.points), self.min_columns, self.max_columns
        if n and not low <= points_from(self.points).shape[1] <= high:
            raise Refusal(N_("points must have {low} to {high} coordinates, got {n}"), low=low,
                          high=high, n=len(self.points[0]))
        if len(self.classes) not in (0, n):
            raise Refusal(N_("classes must be as many as points, {n}, got {found}"), n=n,
                          found=len(self.classes))
        if self.classes and not 0 <= min(self.classes) <= max(self.classes) < MAX_CLASSES:
            raise Refusal(N_("classes must be between 0 and {highest}, got [{classes}]"),
                          highest=MAX_CLASSES - 1, classes=sorted({*self.classes}))
        return self

    @classmethod
    def learns_from_own(cls, values: Mapping[str, object]) -> bool:
        """Tell whether knobs that stand like this ask for the visitor's own points."""
        return values.get("dataset") == "mine"

    def own_points(self) -> Dataset:
        """The visitor's own points as a data set of which nothing is held out; it may be empty."""
        if not self.points:
            return whole("mine", np.zeros((0, max(2, self.min_columns)), np.float32),
                         np.zeros(0, np.int64), ("x", "y"))
        points = points_from(self.points)
        classes = np.array(self.classes or [0] * len(points), np.int64)
        return whole("mine", points, classes, self.columns or ("x", "y"))


def points_from(values: Sequence[Sequence[float]] | np.ndarray) -> np.ndarray:
    """The visitor's points as an array, checked.

    Args:
        values: Rows of the same length, 1 to 2,000 of them, each value finite and in [-3, 3].

    Returns:
        Points, shape (N, D), float32.

    Raises:
        Refusal: If the values are no such rows.
    """
    if not 1 <= len(values) <= MAX_POINTS:
        raise Refusal(N_("points must be between 1 and {most} in number, got {n}"),
                      most=MAX_POINTS, n=len(values))
    try:
        points = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise Refusal(N_("points must be rows of numbers of the same length, got {first} ..."),
                      first=repr(values[0])) from error
    if points.ndim != 2 or not points.shape[1]:
        raise Refusal(N_("points must have the shape (N, D), got {shape}"),
                      shape=str(points.shape))
    inside = np.isfinite(points).all(axis=1) & (np.abs(points) <= LIMIT).all(axis=1)
    if not inside.all():
        index = int(np.argmin(inside))
        raise Refusal(N_("points must lie within [-{limit:g}, {limit:g}], got ({point}) at index "
                         "{index}"), limit=LIMIT, point=points[index].tolist(), index=index)
    return points.astype(np.float32)
