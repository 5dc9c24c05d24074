"""What the browsers of visitors send, checked by type on its arrival.

Whoever tampers with a browser can send anything: what does not fit is as if it was never sent.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationError
from pydantic.dataclasses import dataclass

from playground import events
from playground.explain import explain

MOST_PLACES = 1_000
MOST_CELLS = 10_000

Name = Annotated[str, Field(max_length=200)]
Index = Annotated[int, Field(ge=0)]
Pair = Field(min_length=2, max_length=2)
Place = Annotated[list[float], Pair]
Cell = Annotated[list[Index], Pair]

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


@dataclass(frozen=True, config=_STRICT)
class Event:
    """Something a visitor did in a panel of a live plot.

    Attributes:
        kind: "hover", "click", "drag", "stroke", or "resync": the browser asks for frames.
        id: a fresh name; an answer carries it back.
        panel: the panel's name.
        x, y: where, in the units of the axes.
        trace, index: the point under the cursor, where there is one: what part of the figure its
            trace is (`meta.part`, which no language changes), and its place in it.
        seq: the frame that was on the screen.
        path: of a stroke, the places (x, y) that the pointer passed while it was down.
        since: of a resync, the number after which the browser wants all frames.
    """

    kind: Literal["hover", "click", "drag", "stroke", "resync"]
    id: Name = ""
    panel: Name = ""
    x: float | None = None
    y: float | None = None
    trace: Name | None = None
    index: Index | None = None
    seq: Index | None = None
    path: Annotated[list[Place], Field(max_length=MOST_PLACES)] | None = None
    since: Annotated[int, Field(ge=-1)] = -1


@dataclass(frozen=True, config=_STRICT)
class Resync:
    """A live plot misses frames of a run: all after this number."""

    run: Name
    since: Annotated[int, Field(ge=-1)]


@dataclass(frozen=True, config=_STRICT)
class Shown:
    """The frame of a run at which the visitor has stopped the clock."""

    run: Name
    seq: Index


@dataclass(frozen=True, config=_STRICT)
class Stroke:
    """The cells (row, column) of a grid that the pen has passed."""

    id: Name
    cells: Annotated[list[Cell], Field(max_length=MOST_CELLS)]


T = TypeVar("T", Event, Resync, Shown, Stroke)


def heard(kind: type[T], sent: object) -> T | None:
    """Return what a browser has sent; None if it is nothing, or not of this kind."""
    if not isinstance(sent, dict) or not all(isinstance(name, str) for name in sent):
        return None
    try:
        return kind(**sent)
    except ValidationError as error:
        events.refused("browser_event", explain(error))
        return None
