"""How far gradients point from the right one."""

from collections.abc import Sequence

import numpy as np

from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.charts.encode import Figure, float32
from playground.charts.scatter import figure
from playground.language import _

HEIGHT = 340


def angles(names: Sequence[str], degrees: np.ndarray) -> Figure:
    """The angle of each rule's gradient to the exact one.

    Args:
        names: of the rules, translated.
        degrees: (K,); beyond 90 the likelihood falls.
    """
    bars = [{"type": "bar", "x": list(names), "y": float32(degrees), "showlegend": False,
             "marker": {"color": [SAMPLES if angle > 90 else DATA for angle in degrees]},
             "hovertemplate": "%{y:.0f}°<extra></extra>"}]
    return figure(bars, {
        "yaxis": {"title": {"text": _("degrees from the exact gradient"), "standoff": 4},
                  "range": [0, 180], "tickvals": [0, 45, 90, 135, 180], "automargin": True},
        "xaxis": {"automargin": True}, "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 90, "y1": 90,
                    "line": {"color": NEUTRAL, "dash": "dash"}}]})
