"""Arrows on the plane: which way something is pulled, or how fast it moves."""

import numpy as np

from playground.charts.colors import GRADIENTS, translucent
from playground.charts.encode import Trace, float32


def arrows(places: np.ndarray, moves: np.ndarray, name: str) -> Trace:
    """Moves (F, 2) from places (F, 2) as short lines, all of them one trace.

    Args:
        name: in the legend, translated.
    """
    gap = np.full_like(places, np.nan)
    line = np.stack([places, places + moves, gap], 1).reshape(-1, 2)
    return {"type": "scatter", "mode": "lines", "name": name, "hoverinfo": "skip",
            "x": float32(line[:, 0]), "y": float32(line[:, 1]),
            "line": {"color": translucent(GRADIENTS, 0.7), "width": 1.2}}
