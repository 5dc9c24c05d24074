"""Strips of dots: how one number spreads, for several groups side by side."""

from collections.abc import Mapping

import numpy as np

from playground.charts.colors import DATA
from playground.charts.encode import Figure, float32
from playground.language import _


def strips(groups: Mapping[str, np.ndarray], *, unit: str) -> Figure:
    """Draw one row of dots per group, each dot a value.

    Dots are moved up and down a little, in the same way each time, so that equal values show.

    Args:
        groups: Values (N,) by the group's name, translated.
        unit: Title of the x axis; translated here.
    """
    traces = []
    for row, (name, values) in enumerate(groups.items()):
        offsets = np.random.default_rng(0).uniform(-0.3, 0.3, len(values))
        traces.append({
            "type": "scatter", "mode": "markers", "name": name,
            "x": float32(values), "y": float32(row + offsets), "hovertemplate": "%{x:.4g}",
            "marker": {"color": DATA, "size": 7, "opacity": 0.6},
        })
    rows = {"tickvals": list(range(len(groups))), "ticktext": list(groups), "zeroline": False,
            "autorange": "reversed", "showgrid": False}
    return {"data": traces, "layout": {
        "xaxis": {"title": {"text": _(unit)}, "zeroline": False}, "yaxis": rows,
        "showlegend": False, "height": 120 + 70 * len(groups),
        "margin": {"l": 10, "r": 10, "t": 10, "b": 40},
    }}
