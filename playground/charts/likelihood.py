"""The figures of maximum likelihood: a Gaussian over its points, and the hill that one climbs."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.algorithms.gaussian_ascent import Gaussian, Hill
from playground.charts import scatter
from playground.charts.colors import DATA, EDGE, GRADIENTS, NEUTRAL, SAMPLES, translucent
from playground.charts.encode import Figure, Trace, float32
from playground.charts.follow import draggable, parts
from playground.language import _

MAX_STEMS = 500
STEEPNESS = 20.0
N_LEVELS = 16
LOWEST_LOG = -5.0
UNIT_LOG = 5.0  # by which the axis grows: it seldom changes


def stems(
    points: np.ndarray, grid: np.ndarray, now: Gaussian, room: float,
    truth: np.ndarray | None, known: Mapping[str, Any],
) -> Figure:
    """A Gaussian with its two handles; below each point its density, and the logarithm of it.

    Args:
        points: (N, 1); of more than `MAX_STEMS`, some at even distances in their order are drawn.
        grid: Rising places, (G,).
        now: The Gaussian.
        room: Up to where the axis goes, unless the Gaussian is higher.
        truth: The true density on the grid, (G,), where it is known.
        known: What `reach` says, for the hand that drags a handle.
    """
    x = points[:: max(1, -(-len(points) // MAX_STEMS)), 0].astype(float)
    heights, logs = now.pdf(x), now.log_prob(x)
    peak, shoulder = now.pdf(np.array([now.mu, now.mu + now.sigma]))
    ends = np.array([now.mu, now.mu + now.sigma])
    traces = [
        _part("curve", _line(grid, now.pdf(grid), _("Gaussian"), DATA, 2.5, fill="tozeroy",
                             fillcolor=translucent(DATA, 0.12))),
        _line(grid, np.full(len(grid), np.nan) if truth is None else truth, _("true density"),
              NEUTRAL, 2, dash="dash"),
        _part("sticks", _sticks(x, heights, _("p(x) of each point"))),
        _part("tops", _dots(x, heights, 6)),
        _part("width", _line(ends, np.full(2, shoulder), _("one sigma"), GRADIENTS, 3)),
        _handle(ends[0], peak, _("mean"), "mean", DATA, known),
        _handle(ends[1], shoulder, _("sigma"), "sigma", GRADIENTS, known),
        _part("log sticks", {**_sticks(x, logs, _("log p(x) of each point")), "yaxis": "y2"}),
        _part("log tops", {**_dots(x, logs, 4), "yaxis": "y2"}),
    ]
    for trace in (traces[3], traces[4], traces[8]):
        trace["showlegend"] = False
    return {"data": scatter.same(traces), "layout": {
        "xaxis": {"range": [float(grid[0]), float(grid[-1])], "zeroline": False, "anchor": "y2",
                  "title": {"text": "x", "standoff": 4}},
        "yaxis": {"range": [0, max(room, 1.1 * float(peak))], "domain": [0.4, 1],
                  "title": {"text": _("density p(x)"), "standoff": 4}},
        "yaxis2": {"range": [
            min(LOWEST_LOG, UNIT_LOG * math.floor(logs.min(initial=0.0) / UNIT_LOG)),
            max(0.5, 0.5 * math.ceil(2.2 * logs.max(initial=0.0)))],
                   "domain": [0, 0.33], "zeroline": True, "nticks": 5,
                   "title": {"text": "log p(x)", "standoff": 4}},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 44}, "hovermode": False,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}, "uirevision": "keep",
    }}


def reach(hill: Hill, box: scatter.Box, step: float, most: int) -> dict[str, Any]:
    """What a hand must know that drags a Gaussian.

    Args:
        hill: How likely each Gaussian makes the points.
        box: Lowest and highest mean, lowest and highest deviation, above 0.
        step: The distance of the places where it may come to rest.
        most: How many places are remembered, its own included.
    """
    return {"points": [hill.mean, hill.deviation, hill.n], "box": list(box), "step": step,
            "most": most, "path": True,
            "says": _("mean {mu}, deviation {sigma}: {height} nats")}


def likelihoods(hill: Hill, path: np.ndarray, visited: np.ndarray, box: scatter.Box,
                known: Mapping[str, Any], *, arrived: bool) -> Figure:
    """The log-likelihood over all Gaussians: rings around the likeliest, and the way there.

    From ring to ring the way down to the next one grows by the same factor, so that the top and
    the steep side have rings both.

    Args:
        hill: How likely each Gaussian makes the points.
        path: Means and deviations on the way uphill, (2, T), the newest last.
        visited: Those that were tried by hand before, (2, V).
        box: Lowest and highest mean, lowest and highest deviation, above 0.
        known: What `reach` says, for the hand that drags the mark.
        arrived: Whether the top has been found, and may be marked.
    """
    mu, sigma = np.linspace(*box[:2], 61), np.linspace(*box[2:], 59)
    heights = hill.height(mu[None], sigma[:, None]) / max(hill.n, 1)
    below = np.log1p(STEEPNESS * (heights.max() - heights))
    size = float(below.max()) / N_LEVELS
    field = {
        "type": "contour", "name": _("log-likelihood"), "x": float32(mu), "y": float32(sigma),
        "z": float32(below), "colorscale": "Cividis", "reversescale": True, "showscale": False,
        "contours": {"start": size / 2, "end": float(below.max()), "size": size},
        "autocontour": False, "hoverinfo": "skip",
        "line": {"width": 0.5, "color": "rgba(255,255,255,0.5)"},
    }
    star = {"size": 10, "color": GRADIENTS, "symbol": "star",
            "line": {"width": 1, "color": EDGE}}
    traces = [
        field,
        _part("visited", {**_line(visited[0], visited[1], _("by hand"), DATA, 1.5, dash="dot"),
                          "mode": "lines+markers", "marker": {"size": 5}}),
        _part("path", {**_line(path[0], path[1], _("the way uphill"), EDGE, 2),
                       "mode": "lines+markers", "marker": {"size": 5, "color": SAMPLES}}),
        _handle(float(path[0, -1]), float(path[1, -1]), _("here"), "here", SAMPLES, known),
        _part("best", {"type": "scatter", "mode": "markers", "name": _("closed form"),
                       "marker": star, "hoverinfo": "skip",
                       "x": [hill.mean if arrived else None],
                       "y": [hill.deviation if arrived else None]}),
    ]
    return {"data": traces, "layout": {
        "xaxis": {"range": list(box[:2]), "zeroline": False,
                  "title": {"text": _("mean mu"), "standoff": 4}},
        "yaxis": {"range": [0, box[3]], "zeroline": False,
                  "title": {"text": _("standard deviation sigma"), "standoff": 4}},
        "margin": {"l": 48, "r": 8, "t": 8, "b": 44}, "showlegend": False, "uirevision": "keep",
    }}


def _line(x: np.ndarray, y: np.ndarray, name: str, color: str, width: float, *,
          dash: str = "solid", fill: str = "none", fillcolor: str = "") -> Trace:
    filled = {"fill": fill, "fillcolor": fillcolor} if fillcolor else {}
    return {"type": "scatter", "mode": "lines", "name": name, "x": float32(x), "y": float32(y),
            "line": {"color": color, "width": width, "dash": dash}, "hoverinfo": "skip", **filled}


def _sticks(x: np.ndarray, heights: np.ndarray, name: str) -> Trace:
    """A stick from 0 to each height, as one line with gaps."""
    ends = np.stack([np.zeros(len(x)), heights, np.full(len(x), np.nan)], axis=1)
    return _line(np.repeat(x, 3), ends.ravel(), name, translucent(SAMPLES, 0.6), 1.5)


def _dots(x: np.ndarray, y: np.ndarray, size: float) -> Trace:
    return scatter.points(np.stack([x, y], axis=1), name=_("points"), color=SAMPLES, size=size,
                          hover=False)


def _part(name: str, trace: Trace) -> Trace:
    return parts([trace], name)[0]


def _handle(x: float, y: float, name: str, part: str, color: str,
            known: Mapping[str, Any]) -> Trace:
    mark = {"type": "scatter", "mode": "markers", "name": name, "x": [float(x)], "y": [float(y)],
            "showlegend": False, "hoverinfo": "skip",
            "marker": {"size": 16, "color": color, "line": {"width": 2, "color": EDGE}}}
    return draggable(mark, "gaussian", part=part, **known)
