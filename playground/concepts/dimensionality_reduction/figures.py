"""The figures of dimensionality reduction: an axis with its threads, and how much it explains."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from playground.charts import scatter
from playground.charts.colors import (
    DATA,
    EDGE,
    GRADIENTS,
    NEUTRAL,
    SAMPLES,
    class_color,
    rgb,
    translucent,
)
from playground.charts.encode import Figure, Trace, float32, png_uri
from playground.charts.follow import draggable, parts
from playground.language import _

MAX_THREADS = 150
HANDLE = 0.4  # of the box's side, from the middle of the points
STEP = 2  # degrees: by how much the handle turns the axis


def axis(
    points: np.ndarray,
    labels: np.ndarray,
    degrees: float,
    box: scatter.Box,
    components: np.ndarray | None = None,
    variances: np.ndarray | None = None,
    *,
    movable: bool = False,
    most: int = 0,
) -> Figure:
    """An axis through the middle of points, and a thread from each point to it.

    Args:
        points: (N, 2).
        labels: Class of each point, (N,).
        degrees: Of the axis, from the first coordinate.
        box: (x_min, x_max, y_min, y_max).
        components: The principal components, one in each row, (2, 2); drawn where given.
        variances: Along them, (2,); their roots are the lengths of the arrows, doubled.
        movable: Whether the points may be dragged; the axis always may, by its handles.
        most: How many angles are remembered, the axis's own included.
    """
    middle = points.mean(axis=0) if len(points) else np.zeros(2)
    along = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    some = points[np.linspace(0, len(points) - 1, min(len(points), MAX_THREADS)).astype(int)]
    feet = middle + ((some - middle) @ along)[:, None] * along
    gap = np.full_like(some, np.nan)
    threads = np.stack([some, feet, gap], axis=1).reshape(-1, 2)
    reach = 2 * max(box[1] - box[0], box[3] - box[2])
    line = np.stack([middle - reach * along, middle + reach * along])
    grip = HANDLE * (box[1] - box[0]) * along
    handle = scatter.points(np.stack([middle + grip, middle - grip]), name=_("handle"),
                            color=SAMPLES, size=16, opacity=1)
    handle["marker"]["line"] = {"width": 2, "color": EDGE}
    known = {"threads": MAX_THREADS, "grip": HANDLE}
    dots = scatter.points(points, name=_("points"), size=7 if movable else 6)
    if movable:
        dots = draggable(dots, "principal", part="points",
                         says=_("variance along PC1: {variance}"), **known)
    elif labels.any():
        dots["marker"]["color"] = NEUTRAL
    shadows = scatter.points(feet, name=_("shadows on the axis"), color=SAMPLES, size=5)
    traces = [
        *parts([_path(threads, _("threads"), translucent(SAMPLES, 0.5), 1)], "threads"),
        *parts([_path(line, _("axis"), SAMPLES, 2.5)], "axis"),
        *parts([dots], "points"),
        *parts([{**shadows, "hoverinfo": "skip"}], "feet"),
        *parts([_arrow(middle, components, variances, index) for index in (0, 1)], "component"),
        draggable({**handle, "hoverinfo": "skip"}, "axis", part="handle", path=True, step=STEP,
                  most=most, says=_("{angle}°: variance {variance}"), **known),
    ]
    return scatter.figure(scatter.same(traces), {**scatter.plane(box), "showlegend": False})


def traced(
    angles: np.ndarray, variances: np.ndarray, largest: float, smallest: float, best: float | None,
    visited: np.ndarray | None = None, whole: np.ndarray | None = None,
) -> Figure:
    """The variance along the axis against its angle, as far as it has been turned.

    Args:
        angles: In degrees, (T,).
        variances: Along the axis there, (T,).
        largest, smallest: The variances of both principal components: nothing lies outside.
        best: The angle of the first principal component, where it may be seen, in degrees.
        visited: Angles and variances where the axis was put by hand, (2, V).
        whole: All angles and the variances there, (2, W), where they may be seen.
    """
    by_hand = np.zeros((2, 0)) if visited is None else visited
    angles = angles % 180
    jumps = np.flatnonzero(np.diff(angles) < 0) + 1
    x, y = np.insert(angles, jumps, np.nan), np.insert(variances, jumps, np.nan)
    limits = [] if best is None else [
        *parts([_path(np.array([[0, largest], [180, largest]]), _("largest eigenvalue"),
                      GRADIENTS, 1.5, dash="dash")], "largest"),
        {"type": "scatter", "mode": "markers", "name": _("PC{number}").format(number=1),
         "x": [best], "y": [largest], "meta": {"part": "best"},
         "marker": {"size": 12, "color": GRADIENTS, "symbol": "star"}},
    ]
    traces = [
        *parts([_path(np.zeros((0, 2)) if whole is None else whole.T, _("at every angle"),
                      GRADIENTS, 1.5, dash="dot")], "whole"),
        *parts([scatter.points(by_hand.T, name=_("by hand"), color=DATA, size=7, hover=False)],
               "visited"),
        *parts([_path(np.stack([x, y], axis=1), _("variance along the axis"), DATA, 2.5)],
               "curve"),
        {"type": "scatter", "mode": "markers", "name": _("now"), "x": [float(angles[-1])],
         "y": [float(variances[-1])], "meta": {"part": "now"},
         "marker": {"size": 12, "color": SAMPLES, "line": {"width": 2, "color": EDGE}}},
        *limits,
    ]
    room = 0.12 * (largest - smallest) or 0.1
    return {"data": traces, "layout": {
        "xaxis": {"range": [0, 180], "title": {"text": _("angle in degrees"), "standoff": 4},
                  "tickvals": [0, 45, 90, 135, 180], "automargin": True},
        "yaxis": {"range": [max(0.0, smallest - room), largest + room], "automargin": True,
                  "title": {"text": _("variance"), "standoff": 4}},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "showlegend": False, "uirevision": "keep",
    }}


def scree(variances: np.ndarray, k: int) -> Figure:
    """The share of each principal component, and all shares up to it.

    Args:
        variances: Falling, (D,).
        k: How many are kept: they are drawn in full colour.
    """
    shares = variances / max(float(variances.sum()), 1e-12)
    numbers = np.arange(1, len(shares) + 1)
    colors = [DATA if number <= k else translucent(DATA, 0.3) for number in numbers]
    return {"data": [
        {"type": "bar", "name": _("share of the variance"), "x": float32(numbers),
         "y": float32(shares), "marker": {"color": colors}, "hovertemplate": "%{y:.1%}"},
        {"type": "scatter", "mode": "lines+markers", "name": _("all up to here"),
         "x": float32(numbers), "y": float32(np.cumsum(shares)), "marker": {"size": 4},
         "line": {"color": SAMPLES, "width": 2}, "hovertemplate": "%{y:.1%}"},
    ], "layout": {
        "xaxis": {"title": {"text": _("principal component")}, "tick0": 0,
                  "dtick": max(1, len(shares) // 8)},
        "yaxis": {"tickformat": ".0%", "range": [0, 1.03]}, "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "height": 300, "margin": {"l": 10, "r": 10, "t": 10, "b": 40},
    }}


def embedding(points: np.ndarray, labels: np.ndarray, *, size: float = 6) -> Figure:
    """Points of a plane whose axes mean nothing, in the colours of their classes."""
    hidden = {"showticklabels": False, "ticks": ""}
    layout = {**scatter.plane(scatter.steady_box(points)), "showlegend": False}
    layout["xaxis"], layout["yaxis"] = layout["xaxis"] | hidden, layout["yaxis"] | hidden
    return scatter.figure(scatter.same(scatter.classes(points, labels, size=size)), layout)


def sheet(pictures: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """One picture of all data, each in the colour of its class, for `Panel.pictures`.

    Args:
        pictures: (N, S, S) bytes; 0 becomes clear.
        labels: Class of each, (N,). They lie class after class, as in `embedding`.
    """
    order = np.argsort(labels, kind="stable")
    n, side = len(pictures), pictures.shape[1]
    columns = math.ceil(math.sqrt(n))
    colors = np.array([rgb(class_color(number))
                       for number in range(int(labels.max(initial=0)) + 1)], np.uint8)
    cells = np.zeros((columns * columns, side, side, 4), np.uint8)
    cells[:n, ..., :3] = colors[labels[order]][:, None, None]
    cells[:n, ..., 3] = pictures[order]
    whole = cells.reshape(columns, columns, side, side, 4).swapaxes(1, 2)
    return {"src": png_uri(whole.reshape(columns * side, columns * side, 4)), "cell": side,
            "columns": columns}


def in_space(points: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> Figure:
    """Points of three dimensions, to be turned with the mouse.

    Args:
        points: (N, 3).
        labels: Class of each point, (N,).
        names: Of the three coordinates.
    """
    traces = [{"type": "scatter3d", "mode": "markers", "hoverinfo": "skip",
               "name": _("class {number}").format(number=number),
               **{axis: float32(column) for axis, column in
                  zip("xyz", points[labels == number].T, strict=True)},
               "marker": {"size": 2.5, "color": class_color(number)}}
              for number in range(int(labels.max(initial=0)) + 1)]
    axes = {f"{axis}axis": {"title": {"text": name}, "nticks": 4, "showspikes": False,
                            "gridcolor": NEUTRAL, "backgroundcolor": "rgba(0,0,0,0)"}
            for axis, name in zip("xyz", names, strict=True)}
    return scatter.figure(traces, {
        "scene": {**axes, "aspectmode": "data", "dragmode": "turntable",
                  "camera": {"eye": {"x": 1.4, "y": -1.9, "z": 0.8}}},
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "showlegend": False, "uirevision": "keep"})


def _path(xy: np.ndarray, name: str, color: str, width: float, *, dash: str = "solid") -> Trace:
    return {"type": "scatter", "mode": "lines", "name": name, "x": float32(xy[:, 0]),
            "y": float32(xy[:, 1]), "hoverinfo": "skip",
            "line": {"color": color, "width": width, "dash": dash}}


def _arrow(middle: np.ndarray, components: np.ndarray | None, variances: np.ndarray | None,
           index: int) -> Trace:
    """A principal component as a thick line from the middle, two deviations long."""
    ends = np.full((2, 2), np.nan)
    if components is not None and variances is not None:
        ends = np.stack([middle, middle + 2 * np.sqrt(variances[index]) * components[index]])
    name = _("PC{number}").format(number=index + 1)
    return {**_path(ends, name, GRADIENTS, 5 if index == 0 else 3),
            "mode": "lines+text", "text": ["", name], "textposition": "top center",
            "textfont": {"size": 14}}
