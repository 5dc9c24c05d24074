"""The figures of the arena: one small plot for each family, all with the same zoom."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from playground.charts.colors import DATA, NEUTRAL, SAMPLES, class_symbol
from playground.charts.curves import lines
from playground.charts.decode import numbers
from playground.charts.density import BLUES
from playground.charts.encode import Figure, Layout, Trace, float32, typed
from playground.charts.scatter import figure, points

HALF = 2.2
MOST_COLUMNS = 5
GAP = 0.02
TITLE = 0.1  # of the height of the figure
ONE_COLUMN = {"entrywidth": 0.9, "entrywidthmode": "fraction", "font": {"size": 10}}
TICKS = [m * 10.0**e for e in range(-3, 4) for m in (1, 2, 5)]


def multiples(plots: Sequence[tuple[str, np.ndarray, np.ndarray | None]], top: float) -> Figure:
    """Small plots, up to five in a row. The first one shows the data, all others samples.

    Args:
        plots: the title, translated; points (N, 2); and the density in 255ths of `top` on a grid
            over the square, (G, G) bytes with rows from the bottom, or None.
        top: the density that is drawn darkest.
    """
    n_rows, n_columns = rows_and_columns(len(plots))
    traces: list[Trace] = []
    layout: Layout = {"margin": {"l": 6, "r": 6, "t": 4, "b": 6}, "showlegend": False,
                      "hovermode": "closest", "uirevision": "keep", "annotations": []}
    for number, (title, xy, surface) in enumerate(plots):
        row, column = divmod(number, n_columns)
        name = "" if number == 0 else str(number + 1)
        left, high = column / n_columns, 1 - row / n_rows
        domain = [left, left + 1 / n_columns - GAP], [high - 1 / n_rows + GAP, high - TITLE]
        axis: Layout = {"range": [-HALF, HALF], "constrain": "domain", "zeroline": False,
                        "showticklabels": False, "ticks": "", "showgrid": surface is None,
                        "mirror": True, "showline": True, "dtick": 1}
        linked = {"matches": "x"} if number else {}
        layout[f"xaxis{name}"] = {**axis, **linked, "domain": domain[0], "anchor": f"y{name}"}
        layout[f"yaxis{name}"] = {**axis, "domain": domain[1], "anchor": f"x{name}",
                                  "scaleanchor": f"x{name}", "scaleratio": 1,
                                  "constraintoward": "top",
                                  **({"matches": "y"} if number else {})}
        layout["annotations"].append({
            "text": title, "xref": "paper", "yref": "paper", "showarrow": False,
            "x": sum(domain[0]) / 2, "xanchor": "center", "y": domain[1][1], "yanchor": "bottom",
            "font": {"size": 12}})
        on = {"xaxis": f"x{name}", "yaxis": f"y{name}"}
        if surface is not None:
            traces.append({**_surface(surface, top), **on})
        traces.append({**points(xy, name=title, size=3, opacity=0.7, hover=False,
                                color=SAMPLES if number else DATA), **on})
    return figure(traces, layout)


def rows_and_columns(n: int) -> tuple[int, int]:
    """Return how n small plots are arranged: in few rows that are about equally full."""
    n_rows = math.ceil(n / MOST_COLUMNS)
    return n_rows, math.ceil(n / n_rows)


def _surface(surface: np.ndarray, top: float) -> Trace:
    axis = np.linspace(-HALF, HALF, len(surface))
    return {"type": "heatmap", "x": float32(axis), "y": float32(axis), "z": typed(surface),
            "zmin": 0, "zmax": 255, "colorscale": BLUES, "showscale": False, "zsmooth": "fast",
            "hoverinfo": "skip"}


def dot(color: str) -> str:
    """The colour of a family in the curves, as a dot before its name."""
    return f"<span style='color:{color}'>●</span>"


def cross(x: float, y: float) -> list[Trace]:
    """Two lines that meet at a place, to lay over `multiples`."""
    return [{"x": [x, x], "y": [-HALF, HALF], "color": NEUTRAL, "width": 1},
            {"x": [-HALF, HALF], "y": [y, y], "color": NEUTRAL, "width": 1}]


def distances(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], floor: float | None,
              unit: str, colors: Mapping[str, str]) -> Figure:
    """A measure of each family over the steps, and what real points get as a dashed line.

    Args:
        curves: steps and values by the name of the family; the name is translated here. A value
            that is the same as before and after has not been measured again, and is left out.
        floor: what real points get; None where it is not known.
        unit: title of the y axis; translated here.
        colors: of the families, by their names.
    """
    drawn = lines({name: _changes(*curve) for name, curve in curves.items()}, unit=unit, log=True,
                  colors=colors)
    for trace, name in zip(drawn["data"], curves, strict=True):
        # A mark at the end alone: one on the way would say that it was measured there.
        n = len(numbers(trace["x"]))
        trace |= {"mode": "lines+markers", "marker": {
            "symbol": _mark(name, colors), "color": trace["line"]["color"],
            "size": [0] * (n - 1) + [9] * min(n, 1)}}
    drawn["layout"]["legend"] |= ONE_COLUMN
    drawn["layout"]["yaxis"] |= {"tickvals": TICKS, "ticktext": [f"{tick:g}" for tick in TICKS]}
    if floor is not None:
        drawn["layout"]["shapes"] = [{
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": floor, "y1": floor,
            "line": {"color": NEUTRAL, "dash": "dash", "width": 1}}]
    return drawn


def _mark(name: str, colors: Mapping[str, str]) -> str:
    """The mark of a family, the same in every figure, whoever else is drawn there."""
    return class_symbol(list(colors).index(name))


def _changes(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last value, and each one that differs from the one before it."""
    fresh = np.ones(len(values), bool)
    fresh[1:-1] = values[1:-1] != values[:-2]
    return steps[fresh], values[fresh]


def spread(values: Mapping[str, Sequence[float]], floors: Sequence[float], title: str,
           colors: Mapping[str, str]) -> Figure:
    """One dot for each seed and family, and what real points get as a grey band.

    Args:
        values: of each seed, by the translated name of the family.
        floors: of each seed; none where they are not known.
        title: of the axis, translated.
        colors: of the families, by their translated names.
    """
    traces = [{"type": "scatter", "mode": "markers", "name": name, "showlegend": False,
               "x": float32(np.array(each)), "y": [name] * len(each), "hoverinfo": "x",
               "marker": {"size": 9, "color": colors[name], "opacity": 0.7,
                          "symbol": _mark(name, colors)}}
              for name, each in values.items()]
    shapes = [{"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
               "x0": min(floors), "x1": max(floors), "fillcolor": NEUTRAL, "opacity": 0.25,
               "line": {"width": 1, "color": NEUTRAL}}] if floors else []
    return figure(traces, {
        "xaxis": {"title": {"text": title}}, "yaxis": {"autorange": "reversed"}, "shapes": shapes,
        "height": 60 + 32 * len(values), "margin": {"l": 8, "r": 8, "t": 8, "b": 40}})
