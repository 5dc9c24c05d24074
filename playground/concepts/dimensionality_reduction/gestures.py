"""What a hand does in the plane of dimensionality reduction: it turns the axis, points at data."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.charts.encode import png_uri, tile
from playground.concepts.dimensionality_reduction.figures import STEP
from playground.concepts.dimensionality_reduction.settings import (
    MAX_VISITED,
    DimensionalityReductionSettings,
)
from playground.language import _, listed
from playground.numbers import shown
from playground.runs.run import Run
from playground.settings import Value
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event
from playground.ui.bench.controls import choose_next
from playground.ui.bench.state import Wish, wish
from playground.ui.bench.visited import remember, visited

FEW_VALUES = 5
VISITED = "axis-visited"


def turn(run: Run[DimensionalityReductionSettings], event: Event) -> bool:
    """Put the axis where its handle was dragged to, and remember where it was on the way."""
    last = run.history.last
    if last is None or event.x is None or event.y is None or not len(last.arrays["points"]):
        return False
    middle = last.arrays["points"].mean(axis=0)
    angle, *passed = (_angle(np.array(place) - middle)
                      for place in [[event.x, event.y], *(event.path or [])])
    remember(VISITED, _data(run.settings.model_dump()), [run.settings.angle, *passed, angle],
             MAX_VISITED)
    choose_next("angle", angle)
    if angle == run.settings.angle:
        wish(Wish.RESET)
    return True


def angles_tried(values: Mapping[str, Value]) -> tuple[float, ...]:
    """Return where the axis has been on these data, without where it is now."""
    now = float(values.get("angle", 0.0))
    start = float(DimensionalityReductionSettings.default("angle"))
    return visited(VISITED, _data(values), now, start, MAX_VISITED)


def point_at(run: Run[DimensionalityReductionSettings], event: Event) -> dict[str, Any] | None:
    """Show the datum of an embedding that is nearest to the cursor."""
    kept = run.history.kept.get(event.seq or 0) or run.history.last
    if kept is None or event.x is None or event.y is None:
        return None
    points = kept.arrays["points"]
    if not len(points):
        return None
    nearest = int(((points - [event.x, event.y]) ** 2).sum(axis=1).argmin())
    reply = ask(run, "item", index=nearest)
    if reply is None:
        return None
    text = _("number {index}, class {label}").format(index=nearest, label=reply["label"])
    if "image" in reply:
        return {"text": text, "image": png_uri(tile(np.asarray(reply["image"])[None]))}
    values = [shown(value, ".2f") for value in reply["values"][:FEW_VALUES]]
    if reply["names"]:
        values = [f"{name} {value}" for name, value in
                  zip(reply["names"], values, strict=False)]
    return {"text": _("{item}: {values}").format(item=text, values=listed(values))}


def _angle(away: np.ndarray) -> float:
    degrees = math.degrees(math.atan2(away[1], away[0]))
    return float(STEP * round(degrees / STEP) % 180)


def _data(values: Mapping[str, Value]) -> tuple[Value | None, ...]:
    return tuple(values.get(name, DimensionalityReductionSettings.default(name))
                 for name in ("dataset", "n_points", "noise", "seed"))
