"""Bars that lie, of traces that move without being laid out anew."""

from collections.abc import Sequence

import numpy as np

from playground.charts.encode import Trace, float32


def lying_bars(lengths: np.ndarray, middles: np.ndarray, width: float, *, name: str, color: str,
               text: Sequence[str], errors: np.ndarray) -> list[Trace]:
    """Bars from 0 to the right, or to the left where they are negative, with a word at their ends.

    Args:
        lengths: of the bars, (N,), in units of the first axis.
        middles: where they lie on the second axis, (N,).
        width: of a bar, in units of the second axis.
        name: in the legend, translated.
        color: of the bars.
        text: what stands at their ends, N words.
        errors: half the length of the whisker at each end, (N,); none where it is 0.
    """
    ends = np.stack([0 * lengths, lengths, lengths, 0 * lengths, np.full_like(lengths, np.nan)], 1)
    low, high = middles - 0.46 * width, middles + 0.46 * width
    edges = np.stack([low, low, high, high, np.full_like(low, np.nan)], 1)
    bars: Trace = {"mode": "lines", "fill": "toself", "fillcolor": color, "name": name,
                   "line": {"width": 0, "color": color}, "legendgroup": name,
                   "x": float32(ends.ravel()), "y": float32(edges.ravel())}
    whiskers = np.stack([lengths - errors, lengths + errors, np.full_like(lengths, np.nan)], 1)
    spread: Trace = {"mode": "lines", "line": {"width": 2, "color": color}, "legendgroup": name,
                     "showlegend": False, "x": float32(whiskers[errors > 0].ravel()),
                     "y": float32(np.repeat(middles[errors > 0], 3))}
    words: Trace = {
        "mode": "text", "text": list(text), "legendgroup": name, "showlegend": False,
        "textposition": ["middle left" if length < 0 else "middle right" for length in lengths],
        "x": float32(lengths + np.sign(lengths) * errors), "y": float32(middles)}
    return [bars, spread, words]
