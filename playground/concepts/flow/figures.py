"""The figures of a flow: the space that it bends, what log p is made of, a map on a line."""

from collections.abc import Mapping

import numpy as np

from playground.charts import scatter
from playground.charts.colors import DATA, EDGE, GRADIENTS, NEUTRAL, SAMPLES, translucent
from playground.charts.encode import Figure, Trace, float32, tile, typed
from playground.charts.images import picture
from playground.charts.path import along
from playground.language import _

BOX = 2.2
GROUND = [[share, translucent(DATA, opacity)]
          for share, opacity in ((0, 0), (0.1, 0.18), (0.4, 0.42), (1, 0.75))]
N_ALONG = 51  # points on each line of the grid
REACH = 3.2
RULER_BOX = 3.0
BANDS = (DATA, SAMPLES)


def bent(arrays: Mapping[str, np.ndarray]) -> Figure:
    """Data, samples and the plane of the codes, as bent as the layers so far have bent them.

    Args:
        arrays: those of `FlowExperiment.looking` of points.
    """
    at = arrays["at"].tolist()
    states = [_state(arrays, number) for number in range(len(at))]
    return along(states[-1], states[:-1], at[:-1], at[-1],
                 _("{at} of {total} layers from the noise"))


def details(arrays: Mapping[str, np.ndarray], levels: int) -> dict[str, Figure]:
    """Figures of single sections: the density alone, the half way, the grid alone, noisy levels.

    Args:
        arrays: those of `FlowExperiment.looking` of a plane.
        levels: of a pixel.
    """
    end = _state(arrays, len(arrays["at"]) - 1)
    ground, grid, *_points = end["data"]
    quiet = {**end["layout"], "showlegend": False}
    return {"density": scatter.figure([ground], quiet), "grid": scatter.figure([grid], quiet),
            "halfway": _state(arrays, len(arrays["at"]) // 2), "noisy": noisy_levels(levels)}


def noisy_levels(levels: int, level: int = 3, n_shown: int = 6) -> Figure:
    """The density of a pixel that is always at one level, with even noise: a step.

    Args:
        levels: how many there are, L.
        level: where the pixel is.
        n_shown: levels on the axis.
    """
    edges = np.arange(n_shown + 1) / levels
    heights = np.where(np.arange(n_shown) == level, float(levels), 0.0)
    walls = np.repeat(np.pad(heights, 1), 2)[1:-1]
    return {"data": [
        {**_line(np.repeat(edges, 2), walls, _("with even noise"), DATA, 2), "fill": "tozeroy",
         "fillcolor": translucent(DATA, 0.3)},
        {**_line(np.full(2, (level + 0.5) / levels), np.array([0.0, 1.3 * levels]),
                 _("without: an endless spike"), SAMPLES, 2)}],
        "layout": {"xaxis": {"title": {"text": _("pixel")}, "zeroline": False},
                   "yaxis": {"title": {"text": _("density")}, "range": [0, 1.3 * levels]},
                   "height": 240, "margin": {"l": 50, "r": 10, "t": 10, "b": 44},
                   "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}}}


def _state(arrays: Mapping[str, np.ndarray], number: int) -> Figure:
    """All that is on the plane after some of the layers, the noise being number 0."""
    traces = []
    if "grid" in arrays:
        is_end = number == len(arrays["at"]) - 1
        density = arrays["density"] if is_end else arrays["ways"][number]
        traces = [_ground(density), *scatter.same([_grid(arrays["grid"][number])])]
    data = arrays["codes"][len(arrays["at"]) - 1 - number]
    traces += scatter.same([
        scatter.points(data, name=_("data"), color=DATA, size=4, opacity=0.6),
        scatter.points(arrays["samples"][number], name=_("samples"), color=SAMPLES, size=5)])
    return scatter.figure(traces, scatter.plane(scatter.square(BOX)))


def _ground(density: np.ndarray) -> Trace:
    step = 2 * REACH / len(density)
    return {"type": "heatmap", "name": _("density"), "showlegend": True, "z": typed(density),
            "x0": -REACH + step / 2, "dx": step, "y0": -REACH + step / 2, "dy": step,
            "zmin": 0, "zmax": 255, "zsmooth": "best", "colorscale": GROUND, "showscale": False,
            "hoverinfo": "skip"}


def _grid(points: np.ndarray) -> Trace:
    """The lines of the grid (G, 2) as one line with gaps."""
    lines = points.reshape(-1, N_ALONG, 2)
    gap = np.full((len(lines), 1, 2), np.nan)
    xy = np.concatenate([lines, gap], axis=1).reshape(-1, 2)
    return {"type": "scatter", "mode": "lines", "name": _("grid of the noise"),
            "x": float32(xy[:, 0]), "y": float32(xy[:, 1]), "hoverinfo": "skip",
            "line": {"color": translucent(NEUTRAL, 0.75), "width": 1}}


def parts(values: np.ndarray, *, unit: str) -> Figure:
    """What log p is made of: the density of the code, and how much each layer stretches.

    Args:
        values: log p of the code, then log |det| of each layer, (L + 1,).
        unit: translated, e.g. "nats".
    """
    n = len(values) - 1
    total = float(values.sum())
    places = np.arange(1, n + 1)
    traces = [_bars(np.zeros(1), values[:1], _("code"), NEUTRAL),
              _bars(places, values[1:], _("layers"), DATA),
              _bars(np.array([n + 1.0]), np.array([total]), _("sum: log p(x)"), SAMPLES)]
    low, high = min(values.min(), total, 0.0), max(values.max(), total, 0.0)
    margin = 0.08 * (high - low or 1.0)
    some = places[:: max(1, n // 8)]
    return {"data": traces, "layout": {
        "barmode": "overlay",
        "xaxis": {"range": [-0.7, n + 1.7], "zeroline": False, "showgrid": False,
                  "tickvals": [0, *some.tolist(), n + 1],
                  "ticktext": [_("code"), *map(str, some.tolist()), _("sum")]},
        "yaxis": {"range": scatter.steady_range([low - margin, high + margin], 0, 0.5),
                  "zeroline": True, "title": {"text": unit, "standoff": 4}},
        "margin": {"l": 46, "r": 8, "t": 8, "b": 26}, "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "uirevision": "keep"}}


def _bars(x: np.ndarray, heights: np.ndarray, name: str, color: str) -> Trace:
    return {"type": "bar", "name": name, "x": float32(x), "y": float32(heights), "width": 0.8,
            "marker": {"color": color}, "hovertemplate": "%{y:.2f}"}


def ruler(arrays: Mapping[str, np.ndarray]) -> Figure:
    """A map on a line: parts of the noise that have the same mass, and where they come to lie.

    Args:
        arrays: `x`, `z` and `density` (R,), `strips` (S - 1,), inner ends of the parts in x.
    """
    x, z, p = (arrays[name].astype(float) for name in ("x", "z", "density"))
    ends = np.concatenate([[x[0]], arrays["strips"].astype(float), [x[-1]]])
    codes = np.concatenate([[-RULER_BOX], np.interp(arrays["strips"], x, z), [RULER_BOX]])
    top = 1.1 * max(float(p.max()), 0.3)
    traces: list[Trace] = []
    for number in range(len(ends) - 1):
        color = BANDS[number % 2]
        traces += [_under(x, p, ends[number : number + 2], color),
                   _beside(codes[number : number + 2], color)]
    inner = np.stack([arrays["strips"], codes[1:-1]], 1)
    floor = np.full(len(inner), -RULER_BOX)
    corners = [np.stack([inner[:, 0], floor], 1), inner, np.stack([floor, inner[:, 1]], 1),
               np.full_like(inner, np.nan)]
    ways = np.stack(corners, 1).reshape(-1, 2)  # up from x to the curve, then to z
    traces += [_line(ways[:, 0], ways[:, 1], "", translucent(NEUTRAL, 0.6), 1),
               _line(x, z, _("z = f(x)"), EDGE, 2.5)]
    return {"data": traces, "layout": {
        "xaxis": {"domain": [0.2, 1], "range": [-RULER_BOX, RULER_BOX], "anchor": "y2",
                  "zeroline": False, "title": {"text": _("x, the data"), "standoff": 4}},
        "yaxis": {"domain": [0.34, 1], "range": [-RULER_BOX, RULER_BOX], "anchor": "x2",
                  "zeroline": False, "title": {"text": _("z, the noise"), "standoff": 4}},
        "xaxis2": {"domain": [0, 0.16], "range": [0.45, 0], "anchor": "y", "zeroline": False,
                   "showticklabels": False, "showgrid": False},
        "yaxis2": {"domain": [0, 0.28], "range": [0, top], "anchor": "x", "zeroline": False,
                   "title": {"text": "p(x)", "standoff": 4}, "nticks": 4},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 44}, "hovermode": False, "showlegend": False,
        "uirevision": "keep"}}


def _under(x: np.ndarray, p: np.ndarray, ends: np.ndarray, color: str) -> Trace:
    """The part of the density of x between two ends."""
    inside = x[(x > ends[0]) & (x < ends[1])]
    places = np.concatenate([ends[:1], inside, ends[1:]])
    return {**_line(places, np.interp(places, x, p), "", color, 1), "yaxis": "y2",
            "fill": "tozeroy", "fillcolor": translucent(color, 0.45)}


def _beside(ends: np.ndarray, color: str) -> Trace:
    """The part of the density of z between two ends, turned to the left."""
    places = np.linspace(ends[0], ends[1], 12)
    heights = np.exp(-(places**2) / 2) / np.sqrt(2 * np.pi)
    around = np.concatenate([[0.0], heights, [0.0]])
    return {**_line(around, np.concatenate([places[:1], places, places[-1:]]), "", color, 1),
            "xaxis": "x2", "fill": "toself", "fillcolor": translucent(color, 0.45)}


def _line(x: np.ndarray, y: np.ndarray, name: str, color: str, width: float) -> Trace:
    return {"type": "scatter", "mode": "lines", "name": name, "x": float32(x), "y": float32(y),
            "line": {"color": color, "width": width}, "hoverinfo": "skip"}


def samples(arrays: Mapping[str, np.ndarray], temperatures: tuple[float, ...]) -> Figure:
    """Pictures of the same noise at rising temperatures, as tiles.

    Args:
        arrays: `samples` (T, N, H, W) or (T, N, 3, H, W) bytes.
        temperatures: (T,); that of the model itself is the last.
    """
    drawn = [picture(tile(each)) for each in arrays["samples"]]
    return along(drawn[-1], drawn[:-1], [f"{each:g}" for each in temperatures[:-1]],
                 f"{temperatures[-1]:g}", _("temperature {at}"))


def too_few(data: np.ndarray) -> Figure:
    """Points that are too few to learn from, on the plane on which more can be drawn."""
    return scatter.figure([scatter.points(data[:, :2], name=_("points"), color=DATA, size=7)],
                          {**scatter.plane(scatter.square(BOX)), "showlegend": False})


def derivatives(jacobian: np.ndarray) -> Figure:
    """How much each code changes with each number of a datum.

    Args:
        jacobian: dz/dx, a row for each code, (D, D).
    """
    most = float(np.abs(jacobian).max()) or 1.0
    blue_to_orange = [[0, SAMPLES], [0.5, "#FFFFFF"], [1, DATA]]
    numbers = {"dtick": 1} if len(jacobian) <= 8 else {}
    return {"data": [{"type": "heatmap", "z": float32(jacobian), "zmin": -most, "zmax": most,
                      "x0": 1, "dx": 1, "y0": 1, "dy": 1, "colorscale": blue_to_orange,
                      "xgap": 1, "ygap": 1,
                      "hovertemplate": "%{z:.3f}<extra></extra>"}],
            "layout": {"xaxis": {"title": {"text": _("number of the datum")}, "showgrid": False,
                                 "constrain": "domain", "zeroline": False, **numbers},
                       "yaxis": {"title": {"text": _("code")}, "autorange": "reversed",
                                 "scaleanchor": "x", "constrain": "domain", "showgrid": False,
                                 "zeroline": False, **numbers},
                       "height": 380, "margin": {"l": 50, "r": 10, "t": 10, "b": 44}}}


def one_way(way: np.ndarray) -> Figure:
    """The way of one point through the layers, (L + 1, 2), from the data to its code."""
    lines = _line(way[:, 0], way[:, 1], _("its way"), translucent(GRADIENTS, 0.8), 2)
    numbers = {**scatter.points(way, name=_("after each layer"), color=GRADIENTS, size=7),
               "mode": "markers+text", "text": [str(i) for i in range(len(way))],
               "textposition": "top center"}
    ends = [scatter.points(way[:1], name=_("the point"), color=DATA, size=12),
            scatter.points(way[-1:], name=_("its code"), color=SAMPLES, size=12)]
    drawn = scatter.figure([lines, numbers, *ends], scatter.plane(scatter.box_around(way)))
    drawn["layout"] |= {"height": 380}
    return drawn


def ratings(own: np.ndarray, foreign: np.ndarray, names: tuple[str, str]) -> Figure:
    """How many bits data of two kinds cost, as two histograms.

    Args:
        own, foreign: bits per dimension, (N,) and (M,).
        names: of both sets, translated.
    """
    both = np.concatenate([own, foreign])
    edges = np.linspace(both.min(), both.max(), 40)
    middle = (edges[:-1] + edges[1:]) / 2
    traces = []
    for values, name, color in zip((own, foreign), names, (DATA, SAMPLES), strict=True):
        share = np.histogram(values, edges)[0] / len(values)
        traces.append({"type": "bar", "name": name, "x": float32(middle), "y": float32(share),
                       "width": float(edges[1] - edges[0]),
                       "marker": {"color": translucent(color, 0.6)}})
    return {"data": traces, "layout": {
        "barmode": "overlay", "height": 300,
        "xaxis": {"title": {"text": _("bits per dimension: less is likelier")}},
        "yaxis": {"title": {"text": _("share of the data")}, "tickformat": ".0%"},
        "margin": {"l": 50, "r": 10, "t": 10, "b": 44},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}}}
