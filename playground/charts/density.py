"""The figures of density estimation: a curve over a line, contours on a plane, and scores."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from playground.charts import scatter
from playground.charts.colors import DATA, EDGE, NEUTRAL, SAMPLES, class_color, translucent
from playground.charts.encode import Figure, Trace, float32
from playground.charts.follow import parts
from playground.language import _

MAX_BUMPS = 60
MAX_BLOCKS = 40
MAX_DOTS = 1_000
BLUES = [[share, translucent(DATA, opacity)]
         for share, opacity in ((0, 0), (0.5, 0.45), (1, 0.95))]


def line(
    points: np.ndarray,
    grid: np.ndarray,
    density: np.ndarray,
    truth: np.ndarray | None = None,
    bump: np.ndarray | None = None,
    held_out: np.ndarray | None = None,
) -> Figure:
    """An estimate over a line: the points, one kernel on each, their sum, and the true density.

    Args:
        points: (N, 1). Kernels are drawn for up to `MAX_BUMPS` of them.
        grid: Rising places, (G,).
        density: The estimate there, (G,).
        truth: The true density there, (G,), where it is known.
        bump: Offsets and heights of one point's kernel, (2, B).
        held_out: Points that only judge, (M, 1).
    """
    top = 1.1 * float(max(density.max(), 0 if truth is None else truth.max(), 1e-6))
    traces = [
        *scatter.same([_curve(grid, density, _("estimate"), DATA, width=2.5, fill="tozeroy")]),
        _curve(grid, truth if truth is not None else np.full(len(grid), np.nan),
               _("true density"), NEUTRAL, width=2, dash="dash"),
        _kernels(points[:, 0], bump),
        _rug(np.zeros((0, 1)) if held_out is None else held_out, _("held out"), NEUTRAL,
             -0.085 * top, 8),
        *parts([_rug(points, _("points"), SAMPLES, -0.03 * top, 12)], "points"),
    ]
    return {"data": traces, "layout": {
        "xaxis": {"range": [float(grid[0]), float(grid[-1])], "zeroline": False,
                  "title": {"text": "x", "standoff": 4}},
        "yaxis": {"range": [-0.12 * top, top], "zeroline": True,
                  "title": {"text": _("density p(x)"), "standoff": 4}},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 44}, "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}, "uirevision": "keep",
    }}


def kernel_lines(places: np.ndarray, bump: np.ndarray, *, width: float = 2) -> list[Trace]:
    """One line for the kernel of each place (M,), to lay over `line`; `bump` is as there."""
    return [{"x": (place + bump[0][::2]).round(4).tolist(), "y": bump[1][::2].round(5).tolist(),
             "color": SAMPLES, "width": width} for place in places.astype(float)]


def stack(x: float, heights: np.ndarray) -> list[Trace]:
    """The heights of kernels at one place, one on top of the other up to their sum.

    Args:
        x: The place.
        heights: Falling, (N,); beyond `MAX_BLOCKS` the rest is one block.
    """
    parts = np.append(heights[:MAX_BLOCKS], heights[MAX_BLOCKS:].sum())
    ends = np.concatenate([[0.0], np.cumsum(parts[parts > 0].astype(float))])
    return [{"x": [x, x], "y": [round(low, 5), round(high, 5)], "width": 7,
             "color": SAMPLES if number % 2 == 0 else NEUTRAL}
            for number, (low, high) in enumerate(itertools.pairwise(ends.tolist()))]


def contours(points: np.ndarray, grid: np.ndarray, density: np.ndarray,
             held_out: np.ndarray | None = None) -> Figure:
    """An estimate on a plane as filled contours, under its points.

    Args:
        points: (N, 2); of more than `MAX_DOTS`, some at even distances in their order are drawn.
        grid: Rising coordinates of both axes, (G,).
        density: (G, G), the first axis being y.
        held_out: Points that only judge, (M, 2).
    """
    levels = float(density.max()) or 1.0
    field = {
        "type": "contour", "name": _("estimate"), "x": float32(grid), "y": float32(grid),
        "z": float32(density), "colorscale": BLUES, "showscale": False,
        "contours": {"start": levels / 12, "end": levels, "size": levels / 12},
        "autocontour": False, "line": {"width": 0.5, "color": DATA},
        "hovertemplate": "p(x) = %{z:.3f}<extra></extra>",
    }
    some = points[:: max(1, -(-len(points) // MAX_DOTS))]
    dots = scatter.points(some, name=_("points"), color=SAMPLES, size=4, opacity=0.6,
                          hover=False)
    box = (float(grid[0]), float(grid[-1])) * 2
    judges = scatter.points(np.zeros((0, 2)) if held_out is None else held_out,
                            name=_("held out"), color=NEUTRAL, size=5, symbol="circle-open",
                            opacity=0.6, hover=False)
    return scatter.figure([field, judges, dots], {**scatter.plane(box), "showlegend": False})


def boxes(points: np.ndarray, counts: Sequence[int]) -> Figure:
    """Histograms of the same points with few and with many boxes, from the least to the largest.

    Args:
        points: (N, 1).
        counts: How many boxes each histogram has; the first one is filled.
    """
    traces, top = [], 0.0
    for index, n in enumerate(counts):
        heights, edges = np.histogram(points[:, 0], n, density=True)
        walls = np.repeat(np.pad(heights, 1), 2)[1:-1]
        traces.append(_curve(np.repeat(edges, 2), walls, _("{n} boxes").format(n=n),
                             (DATA, SAMPLES)[index % 2], width=1.5,
                             fill="none" if index else "tozeroy"))
        top = max(top, float(heights.max()))
    return {"data": [*traces, _rug(points, _("points"), NEUTRAL, -0.06 * top, 8)], "layout": {
        "xaxis": {"title": {"text": "x", "standoff": 4}, "zeroline": False},
        "yaxis": {"title": {"text": _("density p(x)"), "standoff": 4}},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 44}, "hovermode": False,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}}}


def with_rules(drawn: Figure, rules: Mapping[str, float]) -> Figure:
    """Lay over `scores` a dotted line for what each rule chooses.

    Args:
        drawn: scores against the bandwidth.
        rules: what each rule, by its translated name, chooses.
    """
    low, high = drawn["layout"]["yaxis"]["range"]
    heights = np.linspace(low, high, 5)
    return {**drawn, "data": [*drawn["data"], *(
        {**_curve(np.full(5, chosen), heights, name, class_color(index + 2), width=2,
                  dash="dash"), "hovertemplate": "%{x:.3f}"}
        for index, (name, chosen) in enumerate(rules.items()))]}


def surface(grid: np.ndarray, density: np.ndarray) -> Figure:
    """An estimate on a plane as a landscape; the arguments are those of `contours`."""
    z_axis = {"title": {"text": "p(x)"}}
    return {"data": [{"type": "surface", "x": float32(grid), "y": float32(grid),
                      "z": float32(density), "colorscale": "Blues", "showscale": False}],
            "layout": {"height": 420, "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
                       "scene": {"zaxis": z_axis, "xaxis": {"title": {"text": "x₁"}},
                                 "yaxis": {"title": {"text": "x₂"}},
                                 "aspectratio": {"x": 1, "y": 1, "z": 0.6}}}}


def scores(
    candidates: np.ndarray, values: np.ndarray, chosen: float, reached: float | None, *,
    title: str, log: bool = True,
) -> Figure:
    """Held-out and training score against the knob that says how fine the estimate is.

    Args:
        candidates: Values of the knob, (C,); C may be 0, where they are not known yet.
        values: Scores in nats per point, held out and in training, (2, C); NaN for minus infinity.
        chosen: Where the knob stands.
        reached: The held-out score there; None for minus infinity, an arrow at the bottom.
        title: The knob's name, translated.
        log: Whether the knob's axis is logarithmic.
    """
    known = [*values[np.isfinite(values)].tolist(), *([] if reached is None else [reached])]
    held_out = values[0][np.isfinite(values[0])]
    best = float(held_out.max()) if len(held_out) else max(known, default=0.0)
    lowest = best - 2.5 if reached is None else min(best - 2.5, reached - 0.3)
    mark = {"type": "scatter", "mode": "markers", "x": [chosen],
            "y": [lowest + 0.1 if reached is None else reached],
            "name": _("now: minus infinity") if reached is None else _("now"),
            "marker": {"size": 13, "color": SAMPLES, "line": {"width": 2, "color": EDGE},
                       "symbol": "circle" if reached is not None else "triangle-down"}}
    return {"data": [
        _curve(candidates, values[0], _("held out"), class_color(0), width=2),
        _curve(candidates, values[1], _("training points"), class_color(1), width=1.5, dash="dot"),
        mark,
    ], "layout": {
        "xaxis": {"title": {"text": title, "standoff": 4}, "type": "log" if log else "linear"},
        "yaxis": {"title": {"text": _("nats per point"), "standoff": 4},
                  "range": [lowest, best + 1.2]},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 44}, "uirevision": "keep",
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
    }}


def over_dimensions(dimensions: np.ndarray, lost: dict[str, np.ndarray],
                    errors: dict[str, np.ndarray]) -> Figure:
    """What several estimates lose against the true density, over the number of dimensions.

    Args:
        dimensions: (D,).
        lost: Nats per point below the true density by the estimate's name, translated, (D,).
        errors: Their standard errors, (D,).
    """
    traces = [{**_curve(dimensions, values, name, class_color(index), width=2),
               "mode": "lines+markers",
               "error_y": {"type": "data", "array": float32(errors[name]), "thickness": 1}}
              for index, (name, values) in enumerate(lost.items())]
    return {"data": traces, "layout": {
        "xaxis": {"title": {"text": _("dimensions")}, "type": "log",
                  "tickvals": dimensions.tolist(), "ticktext": [str(d) for d in dimensions]},
        "yaxis": {"title": {"text": _("nats per point below the truth")}, "rangemode": "tozero"},
        "height": 360, "margin": {"l": 10, "r": 10, "t": 10, "b": 40},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
    }}


def _curve(x: np.ndarray, y: np.ndarray, name: str, color: str, *, width: float,
           dash: str = "solid", fill: str = "none") -> Trace:
    return {"type": "scatter", "mode": "lines", "name": name, "x": float32(x), "y": float32(y),
            "line": {"color": color, "width": width, "dash": dash}, "fill": fill,
            "fillcolor": translucent(color, 0.12), "hovertemplate": "%{y:.3f}"}


def _rug(points: np.ndarray, name: str, color: str, y: float, size: float) -> Trace:
    """A tick for each point (N, 1), at one height."""
    return {"type": "scatter", "mode": "markers", "name": name, "x": float32(points[:, 0]),
            "y": float32(np.full(len(points), y)), "hoverinfo": "skip",
            "marker": {"symbol": "line-ns-open", "size": size, "color": color, "opacity": 0.7}}


def _kernels(points: np.ndarray, bump: np.ndarray | None) -> Trace:
    """All kernels as one line with gaps; none where there are too many."""
    if bump is None or len(points) > MAX_BUMPS:
        bump, points = np.zeros((2, 0)), points[:0]
    offsets, heights = np.append(bump[0], np.nan), np.append(bump[1], np.nan)
    x = (points[:, None] + offsets).ravel()
    return {"type": "scatter", "mode": "lines", "name": _("kernels"), "x": float32(x),
            "y": float32(np.tile(heights, len(points))), "hoverinfo": "skip",
            "line": {"color": translucent(SAMPLES, 0.55), "width": 1}}
