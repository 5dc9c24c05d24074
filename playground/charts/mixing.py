"""Where chains spend their time."""

import numpy as np

from playground.charts.colors import DATA, SAMPLES
from playground.charts.encode import Figure, Trace, float32
from playground.charts.scatter import figure
from playground.language import _

HEIGHT = 340


def shares(found: np.ndarray, truth: np.ndarray | None, unit: str) -> Figure:
    """How much of their time chains spend at each place.

    Args:
        found: of the chains, (C,), shares.
        truth: what is right, (C,), if it is known.
        unit: what a place is, translated.
    """
    places = list(range(len(found)))
    traces: list[Trace] = [{"type": "bar", "name": _("chains"), "x": places, "y": float32(found),
                            "marker": {"color": SAMPLES}}]
    if truth is not None:
        traces.append({"type": "scatter", "mode": "markers", "name": _("data"), "x": places,
                       "y": float32(truth),
                       "marker": {"color": DATA, "size": 9, "symbol": "line-ew-open"}})
    return figure(traces, {
        "xaxis": {"title": {"text": unit, "standoff": 4}, "automargin": True,
                  **({"dtick": 1} if len(found) <= 12 else {})},
        "yaxis": {"title": {"text": _("share of the time"), "standoff": 4}, "automargin": True,
                  "tickformat": ".0%"},
        "showlegend": truth is not None, "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}})
