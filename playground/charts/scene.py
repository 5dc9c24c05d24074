"""A scene: boxes with pictures, joined by arrows, that change from moment to moment."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from playground.charts.colors import SAMPLES

NOTHING = -1
LONGEST_SIDE = 128  # of a box's picture, in pixels of the screen


@dataclass(frozen=True)
class Mark:
    """A frame around some cells of a picture.

    Attributes:
        row, column: its upper left cell; it may begin outside of the picture.
        height, width: in cells.
        color: as CSS.
        filled: whether its cells are tinted too.
    """

    row: int
    column: int
    height: int = 1
    width: int = 1
    color: str = SAMPLES
    filled: bool = False


@dataclass(frozen=True)
class Box:
    """One box of a scene. It has pictures, or bars, or neither.

    A box is shown in several states, 0, 1, 2 ...: those beyond its last picture show that one.

    Attributes:
        title: the line above the picture, translated.
        row, column: its place in the grid; a half stands between two rows.
        notes: lines under the picture, translated.
        pictures: of its states, (T, H, W, 3) bytes.
        marks: what is framed in each of its states; nothing in those beyond.
        orders: in which state the cells are at work, (H, W) each; one is visible in later states
            alone, of all orders; -1 for a cell that is always visible.
        bars: numbers between 0 and 1 that stand beside each other, (T, L).
        side: length of the picture's longer side, in pixels of the screen.
        color: of the box's edge, as CSS; the theme's where there is none.
    """

    title: str
    row: float = 0
    column: int = 0
    notes: Sequence[str] = ()
    pictures: np.ndarray | None = None
    marks: Sequence[Sequence[Mark]] = ()
    orders: Sequence[np.ndarray] = ()
    bars: np.ndarray | None = None
    side: int = LONGEST_SIDE
    color: str = ""


@dataclass(frozen=True)
class Moment:
    """What is on the screen at one moment.

    Attributes:
        text: what is said under the boxes, translated.
        shown: the state of each box; `NOTHING` where it is still empty.
        lit: the boxes that are at work.
        beats: how long it lasts, in paces of the scene.
    """

    text: str
    shown: Sequence[int]
    lit: Sequence[int] = ()
    beats: int = 1


@dataclass(frozen=True)
class Scene:
    """Boxes, the arrows between them, and what happens.

    Attributes:
        boxes: what stands there.
        moments: one after the other, at least one.
        arrows: from one box to another.
        pace: milliseconds of a beat.
        start: the moment that is shown at first; the last one where it is -1.
        alt: what there is to see, for those who do not see it, translated.
    """

    boxes: Sequence[Box]
    moments: Sequence[Moment]
    alt: str
    arrows: Sequence[tuple[int, int]] = field(default=())
    pace: int = 400
    start: int = 0

    def __post_init__(self) -> None:
        for moment in self.moments:
            if len(moment.shown) != len(self.boxes):
                raise ValueError(f"a moment must tell the state of each of the "
                                 f"{len(self.boxes)} boxes, got {len(moment.shown)}")

    def to_json(self) -> dict[str, Any]:
        """The scene as its component reads it; `id` tells it from any other scene."""
        drawn = {
            "boxes": [_box(box) for box in self.boxes],
            "moments": [{"text": moment.text, "shown": list(moment.shown),
                         "lit": list(moment.lit), "beats": moment.beats}
                        for moment in self.moments],
            "arrows": [list(arrow) for arrow in self.arrows],
            "pace": self.pace, "start": self.start % len(self.moments), "alt": self.alt}
        return drawn | {"id": hashlib.sha1(json.dumps(drawn).encode()).hexdigest()}


def _box(box: Box) -> dict[str, Any]:
    drawn: dict[str, Any] = {"title": box.title, "row": box.row, "column": box.column,
                             "notes": list(box.notes), "side": box.side, "color": box.color}
    if box.pictures is not None:
        n, height, width, _ = box.pictures.shape
        pixels = np.ascontiguousarray(box.pictures, np.uint8).tobytes()
        drawn |= {"pictures": {"shape": [n, height, width],
                               "rgb": base64.b64encode(pixels).decode("ascii")},
                  "marks": [[asdict(mark) for mark in marks] for marks in box.marks],
                  "orders": [order.ravel().tolist() for order in box.orders]}
    if box.bars is not None:
        drawn["bars"] = [[round(float(value), 4) for value in row] for row in box.bars]
    return drawn
