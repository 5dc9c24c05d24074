"""The figures of the gap statistic: inertia on the data and on noise, and the gap between them."""

import numpy as np

from playground.charts.colors import DATA, NEUTRAL, SAMPLES, translucent
from playground.charts.encode import Figure, Trace, float32
from playground.language import _


def fan(data: np.ndarray, noise: np.ndarray) -> Figure:
    """How the inertia falls with k: on the data, on each set of noise, and their mean.

    Args:
        data: log inertia for k = 1 ... K, (K,), in nats.
        noise: The same on each set of noise, (B, K).
    """
    k = np.arange(1, len(data) + 1)
    each = np.hstack([noise, np.full((len(noise), 1), np.nan)])
    steps = np.tile(np.append(k, np.nan), len(noise))
    mean = noise.mean(axis=0) if len(noise) else np.full(len(data), np.nan)
    return _over_k([
        _line(steps, each.ravel(), _("a set of noise"), translucent(NEUTRAL, 0.35), 1),
        {**_line(k, mean, _("mean of the noise"), NEUTRAL, 2), "mode": "lines+markers"},
        {**_line(k, data, _("your points"), DATA, 2), "mode": "lines+markers"},
    ], _("log inertia, nats"))


def gaps(values: np.ndarray, errors: np.ndarray, chosen: int) -> Figure:
    """By how much the data lie below the noise for each k, and the k that is chosen.

    Args:
        values: For k = 1 ... K, (K,), in nats; NaN where there is no noise yet.
        errors: Their errors, (K,).
        chosen: The smallest k whose gap the next one does not beat by more than its error; 0
            where there is no noise yet.
    """
    k = np.arange(1, len(values) + 1)
    star = {"type": "scatter", "mode": "markers", "name": _("chosen"),
            "x": [chosen] if chosen else [], "y": [float(values[chosen - 1])] if chosen else [],
            "marker": {"size": 16, "symbol": "star", "color": SAMPLES}}
    bars = {**_line(k, values, _("gap"), DATA, 2), "mode": "lines+markers",
            "error_y": {"type": "data", "array": float32(errors), "color": DATA}}
    return _over_k([bars, star], _("gap, nats"))


def _line(x: np.ndarray, y: np.ndarray, name: str, color: str, width: float) -> Trace:
    return {"type": "scatter", "mode": "lines", "name": name, "x": float32(x), "y": float32(y),
            "line": {"color": color, "width": width}, "hoverinfo": "x+y+name"}


def _over_k(traces: list[Trace], title: str) -> Figure:
    return {"data": traces, "layout": {
        "xaxis": {"title": {"text": _("clusters k"), "standoff": 4}, "dtick": 1,
                  "automargin": True},
        "yaxis": {"title": {"text": title, "standoff": 4}, "automargin": True},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "uirevision": "keep"}}
