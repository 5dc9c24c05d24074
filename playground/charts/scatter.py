"""Points in the plane: traces, and the layout that shows them undistorted."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from playground.charts.colors import DATA, class_color, class_symbol
from playground.charts.encode import Figure, Layout, Trace, float32
from playground.language import _

MAX_SVG_POINTS = 2_000

Box = tuple[float, float, float, float]


def square(half: float) -> Box:
    """The box (x_min, x_max, y_min, y_max) around the origin with sides of `2 * half`."""
    return -half, half, -half, half


def box_around(xy: np.ndarray, *, margin: float = 0.08) -> Box:
    """A square box around points.

    Args:
        xy: Points, (N, 2); what is not finite is left out.
        margin: Free space on each side, as a part of the box's side.

    Returns:
        (x_min, x_max, y_min, y_max); the unit square around the origin where there are no points.
    """
    xy = xy[np.isfinite(xy).all(axis=1)]
    if len(xy) == 0:
        return square(1.0)
    low, high = xy.min(axis=0).astype(float), xy.max(axis=0).astype(float)
    half = (float((high - low).max()) / 2 or 1.0) / (1 - 2 * margin)
    x, y = ((low + high) / 2).tolist()
    return x - half, x + half, y - half, y + half


def steady_box(xy: np.ndarray) -> Box:
    """A square box around points that seldom changes while they move: both axes can stand still.

    Args:
        xy: Points, (N, 2).

    Returns:
        (x_min, x_max, y_min, y_max). Its sides grow by a fifth at a time, its middle moves by an
        eighth of its half.
    """
    x_min, x_max, y_min, y_max = box_around(xy)
    half = 2 ** (math.ceil(4 * math.log2((x_max - x_min) / 2)) / 4)
    unit = half / 8
    x, y = (unit * round((low + high) / 2 / unit)
            for low, high in ((x_min, x_max), (y_min, y_max)))
    half += unit / 2
    return x - half, x + half, y - half, y + half


def steady_range(values: Iterable[float], margin: float, unit: float) -> list[float] | None:
    """The ends of an axis that seldom change while what they hold moves.

    Args:
        values: what the axis holds; of a logarithmic axis, their logarithms.
        margin: how far the axis goes beyond them, at least.
        unit: the ends are multiples of it.

    Returns:
        The lowest and the highest value of the axis; None, which lets the browser choose, where
        there are no values.
    """
    known = list(values)
    if not known:
        return None
    return [unit * math.floor((min(known) - margin) / unit),
            unit * math.ceil((max(known) + margin) / unit)]


def plane(
    box: Box | None = None, *, x_title: str | None = None, y_title: str | None = None
) -> Layout:
    """A layout with equal scales on both axes.

    Args:
        box: (x_min, x_max, y_min, y_max); fitted to the points by the browser where not given.
        x_title: Title of the first axis, translated; none where not given.
        y_title: Title of the second axis, translated.
    """
    # Margins that fit themselves, beside axes of one scale, make a redraw eight times slower.
    x_axis: Layout = {"constrain": "domain", "zeroline": False}
    y_axis: Layout = {**x_axis, "scaleanchor": "x", "scaleratio": 1}
    if box is not None:
        x_axis["range"], y_axis["range"] = list(box[:2]), list(box[2:])
    if x_title is not None:
        x_axis["title"] = {"text": x_title, "standoff": 4}
    if y_title is not None:
        y_axis["title"] = {"text": y_title, "standoff": 4}
    return {
        "xaxis": x_axis,
        "yaxis": y_axis,
        "margin": {"l": 36 if y_title is None else 54, "r": 8, "t": 8,
                   "b": 26 if x_title is None else 44},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "hovermode": "closest",
        "uirevision": "keep",
    }


def points(
    xy: np.ndarray,
    *,
    name: str,
    color: str = DATA,
    size: float = 5,
    symbol: str = "circle",
    opacity: float = 0.8,
    hover: bool = True,
) -> Trace:
    """A trace of points: SVG up to 2,000 of them, WebGL above.

    Args:
        xy: Points, (N, 2).
        name: Name in the legend, translated.
        color: CSS colour.
        size: Diameter in pixels.
        symbol: Plotly's name of the marker.
        opacity: 0 to 1.
        hover: Whether the points answer to the mouse.
    """
    return {
        "type": "scatter" if len(xy) <= MAX_SVG_POINTS else "scattergl",
        "mode": "markers",
        "name": name,
        "x": float32(xy[:, 0]),
        "y": float32(xy[:, 1]),
        "marker": {"color": color, "size": size, "symbol": symbol, "opacity": opacity},
        "hoverinfo": "x+y+name" if hover else "skip",
    }


def classes(
    xy: np.ndarray,
    labels: np.ndarray,
    names: Sequence[str] | None = None,
    *,
    size: float = 6,
    opacity: float = 0.9,
) -> list[Trace]:
    """One trace for each class, in its own colour and with its own symbol.

    Args:
        xy: Points, (N, 2).
        labels: Class of each point, (N,), from 0. The number of traces is that of `names`, so
            that a figure which moves keeps its traces.
        names: Names of the classes in the legend, translated; "class 0", "class 1" ... up to the
            highest class where not given.
        size: Diameter in pixels.
        opacity: 0 to 1.

    Returns:
        The traces, all of one type: WebGL where the points are more than 2,000 together.
    """
    if names is None:
        n_classes = int(labels.max()) + 1 if len(labels) else 0
        names = [_("class {number}").format(number=number) for number in range(n_classes)]
    traces = []
    for index, name in enumerate(names):
        trace = points(
            xy[labels == index],
            name=name,
            color=class_color(index),
            size=size,
            symbol=class_symbol(index),
            opacity=opacity,
        )
        traces.append({**trace, "type": "scatter" if len(xy) <= MAX_SVG_POINTS else "scattergl"})
    return traces


def same(traces: Sequence[Trace]) -> list[Trace]:
    """Traces whose points are the same things at each look: the same data, or the same noise.

    Between two looks they glide from where they were measured to where they were measured next.
    Traces of one legend group that share things out anew at each look say in `meta.ids` which
    things they hold, each of as many points.
    """
    return [{**trace, "meta": {**trace.get("meta", {}), "same": True}} for trace in traces]


def figure(traces: Sequence[Trace], layout: Layout) -> Figure:
    """Traces and a layout as one figure."""
    return {"data": list(traces), "layout": layout}
