"""What a hand does in the density: it points at a place, and puts points on the line."""

from dataclasses import replace
from typing import Any

import numpy as np

from playground.concepts.density_estimation import ascent, words
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.browser_events import Event


def point_at(run: Run[DensityEstimationSettings], event: Event) -> dict[str, Any] | None:
    """Under the cursor: a point's own kernel, or how high p(x) is and who contributes."""
    last = run.history.kept.get(event.seq or 0) or run.history.last
    if (last is None or event.x is None or not run.settings.on_a_line
            or "density" not in last.arrays):
        return None
    a = last.arrays
    if run.settings.estimator == "ascent":
        return ascent.answer(last.metrics, event)
    if "bump" not in a:
        return {"text": _("p({x:.2f}) = {total:.3f}").format(
            x=event.x, total=np.interp(event.x, a["grid"], a["density"]))}
    places = a["points"][:, 0]
    if event.trace == "points" and event.index is not None and event.index < len(places):
        return words.own_kernel(places, event.index, a["bump"])
    return words.contributors(places, event.x, a["bump"])


def on_the_axis(settings: DensityEstimationSettings, event: Event) -> Event:
    """Return an event of a line as one of the plane, where points are kept."""
    if not settings.on_a_line or event.x is None:
        return event
    x, y = (0.0, event.x) if settings.axis == "second" else (event.x, 0.0)
    return replace(event, x=x, y=y)
