"""Curves over the steps of a training."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from playground.charts.colors import class_color
from playground.charts.encode import Figure, float32
from playground.language import _

MAX_POINTS = 1_000
_DASHES = ("solid", "dash", "dot", "dashdot")
_FEW = 30
_MANY_STEPS = 100
_BEGINNING = 0.05
_DWARFS = 3

Series = tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]


def thin(
    steps: np.ndarray, values: np.ndarray, *, limit: int = MAX_POINTS
) -> tuple[np.ndarray, np.ndarray]:
    """Fewer points that draw the same curve: the first, last, lowest and highest of each bin.

    U. Jugel et al., "M4: a visualization-oriented time series data aggregation", 2014,
    https://doi.org/10.14778/2732951.2732953

    Args:
        steps: (N,), rising.
        values: (N,); NaN is a gap in the curve.
        limit: Most points to keep, 4 or more.

    Returns:
        Steps and values, (M,) each, with M <= limit; as they came where N <= limit.
    """
    n = len(steps)
    if n <= limit:
        return steps, values
    width = math.ceil(n / (limit // 4))
    first = np.arange(0, n, width)
    last = np.minimum(first + width, n) - 1
    padded = np.full(len(first) * width, np.nan)
    padded[:n] = values
    bins = padded.reshape(-1, width)
    lowest = first + np.where(np.isnan(bins), np.inf, bins).argmin(axis=1)
    highest = first + np.where(np.isnan(bins), -np.inf, bins).argmax(axis=1)
    kept = np.unique(np.concatenate([first, last, lowest, highest]))
    return steps[kept], values[kept]


def later(series: Mapping[str, Series]) -> list[float] | None:
    """The part of the y axis that a long training fills after its first steps.

    Returns:
        Bottom and top; None where the first twentieth of the steps, which often falls from far
        above, does not dwarf what follows.
    """
    curves = [(np.asarray(x, dtype=float), np.asarray(y, dtype=float)) for x, y in series.values()]
    end = max((x.max() for x, _y in curves if len(x)), default=0.0)
    values = np.concatenate([y for _x, y in curves] or [np.zeros(0)])
    rest = np.concatenate([y[x > _BEGINNING * end] for x, y in curves] or [np.zeros(0)])
    values, rest = values[np.isfinite(values)], rest[np.isfinite(rest)]
    if end < _MANY_STEPS or not len(rest) or not np.ptp(values) > _DWARFS * np.ptp(rest) > 0:
        return None
    margin = 0.1 * np.ptp(rest)
    return [float(rest.min() - margin), float(rest.max() + margin)]


def with_gaps(steps: np.ndarray, values: np.ndarray, all_steps: np.ndarray) -> Series:
    """A curve that is interrupted where there is no finite value.

    Args:
        steps: where there is one, (N,).
        values: (N,).
        all_steps: where it was looked for, (M,), rising.

    Returns:
        All steps, and the values, (M,), NaN where there is none.
    """
    spread = np.full(len(all_steps), np.nan)
    spread[np.searchsorted(all_steps, steps)] = values
    return all_steps, spread


def noted(drawn: Figure, text: str) -> Figure:
    """Return a figure with a note in its lower right corner."""
    note = {"text": text, "showarrow": False, "xref": "paper", "yref": "paper", "x": 1, "y": 0,
            "xanchor": "right", "yanchor": "bottom"}
    return {**drawn, "layout": {**drawn["layout"], "annotations": [note]}}


def lines(series: Mapping[str, Series], *, unit: str, log: bool = False,
          colors: Mapping[str, str] | None = None) -> Figure:
    """Curves over the steps, thinned to what a screen can show.

    A linear axis shows what comes after the first steps (`later`); a double click shows all.
    Without any values both axes go from 0 to 1, so that a share does not seem to reach 4.

    Args:
        series: Steps (N,) and values (N,) of each curve by its name. The name is translated here.
        unit: Title of the y axis, for example "nats"; translated here.
        log: Whether the y axis is logarithmic; values of 0 and below are then not drawn.
        colors: Of each curve by its name; those of classes, one after the other, if not given.
    """
    empty = not any(len(steps) for steps, _values in series.values())
    shown = [0.0, 1.0] if empty else None if log else later(series)
    traces = []
    for index, (name, (steps, values)) in enumerate(series.items()):
        x, y = thin(np.asarray(steps, dtype=float), np.asarray(values, dtype=float))
        dash = _DASHES[index % len(_DASHES)]
        color = colors[name] if colors else class_color(index)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if len(x) <= _FEW else "lines",
                "name": _(name),
                "x": float32(x),
                "y": float32(y),
                "line": {"color": color, "width": 1.5, "dash": dash},
                "marker": {"size": 4},
            }
        )
    return {
        "data": traces,
        "layout": {
            "xaxis": {
                "title": {"text": _("step"), "standoff": 4},
                "automargin": True,
                **({"range": [0, 1]} if empty else {}),
            },
            "yaxis": {
                "title": {"text": _(unit) if unit else "", "standoff": 4},
                "type": "log" if log else "linear",
                "automargin": True,
                **({"range": shown} if shown else {}),
            },
            "showlegend": len(series) > 1,
            "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "hovermode": "x unified",
            "uirevision": "keep",
        },
    }
