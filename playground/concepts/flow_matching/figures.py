"""The figures of flow matching: particles on their ways, pairs, and what Explore shows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from playground.charts.arrows import arrows
from playground.charts.colors import (
    DATA,
    GRADIENTS,
    NEUTRAL,
    SAMPLES,
    class_color,
    class_symbol,
    translucent,
)
from playground.charts.encode import Figure, Layout, Trace, float32, tile
from playground.charts.images import picture
from playground.charts.path import along
from playground.charts.scatter import Box, classes, figure, plane, points, same, steady_box
from playground.language import _

N_TRAILS = 40
ARROW = 0.11  # of a velocity of 1
SEEN = 0.98  # of the places, which decide how large the figure is
MOST = 30.0  # how far from the origin points are shown


def carried(a: Mapping[str, np.ndarray]) -> Figure:
    """Particles at the end of their ways, and the ways: a second clock goes along t.

    Args:
        a: `path` (T, N, 2) at `times` (T,), `field` (T, F, 2) at `places` (F, 2), `data` (M, 2),
            and maybe the classes `told` (N,).
    """
    path, times = a["path"].clip(-MOST, MOST), a["times"]
    box = _box(path, a["data"])
    states = [figure(_state(a, path, number), {}) for number in range(len(times))]
    end = figure(states[-1]["data"], {**plane(box), "legend": {
        "orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 11}}})
    return along(end, states[:-1], [round(float(t), 2) for t in times[:-1]], 1,
                 _("t = {at} of {total}"))


def moment(a: Mapping[str, np.ndarray], share: float) -> Figure:
    """The particles of `carried` at one time, `share` of the way, 0 to 1."""
    path = a["path"].clip(-MOST, MOST)
    return figure(_state(a, path, round(share * (len(path) - 1))), plane(_box(path, a["data"])))


def after_one_step(a: Mapping[str, np.ndarray]) -> Figure:
    """Where one step leads from noise, `one` (N, 2), over `data` (M, 2)."""
    return figure([points(a["data"], name=_("data"), color=DATA, size=4, opacity=0.6),
                   points(a["one"].clip(-MOST, MOST), name=_("particles"), color=SAMPLES, size=5)],
                  plane(_box(a["data"], a["data"])))


def _box(path: np.ndarray, data: np.ndarray) -> Box:
    """All data, and all but the farthest of the places on the ways."""
    places = path.reshape(-1, 2)
    inside = np.abs(places - np.median(places, 0)).max(1)
    return steady_box(np.concatenate([places[inside <= np.quantile(inside, SEEN)], data]))


def _state(a: Mapping[str, np.ndarray], path: np.ndarray, number: int) -> list[Trace]:
    """What is drawn at one time: data, velocities, ways so far, particles."""
    ways = path[: number + 1, :N_TRAILS].transpose(1, 0, 2)  # (N, T, 2)
    now = path[number]
    particles = (classes(now, a["told"], size=5) if "told" in a else
                 [points(now, name=_("particles"), color=SAMPLES, size=5)])
    return [points(a["data"], name=_("data"), color=DATA, size=4, opacity=0.6),
            arrows(a["places"], ARROW * a["field"][number], _("velocities")),
            {**ways_of(ways, translucent(SAMPLES, 0.35), 1.0), "name": _("their ways")},
            *same(particles)]


def ways_of(ways: np.ndarray, color: str, width: float) -> Trace:
    """Ways (W, S, 2) as one line with gaps."""
    gap = np.full((len(ways), 1, 2), np.nan, np.float32)
    line = np.concatenate([ways, gap], 1).reshape(-1, 2)
    return {"type": "scatter", "mode": "lines", "x": float32(line[:, 0]),
            "y": float32(line[:, 1]), "hoverinfo": "skip",
            "line": {"color": color, "width": width}}


def joined(ways: np.ndarray) -> Figure:
    """What joins pairs that are learned from, (W, S, 2), with noise and data at its ends."""
    ways = ways.clip(-MOST, MOST)
    return figure(
        [{**ways_of(ways, translucent(NEUTRAL, 0.6), 1.0), "name": _("ways")},
         points(ways[:, 0], name=_("source"), color=NEUTRAL, size=4),
         points(ways[:, -1], name=_("data"), color=DATA, size=5)],
        {**plane(_box(ways, ways[:, -1])), "showlegend": False})


def pictures_on_their_way(a: Mapping[str, np.ndarray]) -> Figure:
    """Pictures as tiles, and what they are at times before; `path` (T, N, H, W) bytes."""
    columns = int(np.ceil(np.sqrt(a["path"].shape[1])))
    if "told" in a:
        order = np.argsort(a["told"], kind="stable")
        path = a["path"][:, order]
    else:
        path = a["path"]
    drawn = [picture(tile(moment, columns)) for moment in path]
    return along(drawn[-1], drawn[:-1], [round(float(t), 2) for t in a["times"][:-1]], 1,
                 _("t = {at} of {total}"))


def too_few(own: np.ndarray) -> Figure:
    """Points that are too few to learn from, on the plane on which more can be drawn."""
    return figure([points(own, name=_("data"), color=DATA, size=7)],
                  {**plane((-2.2, 2.2, -2.2, 2.2)), "showlegend": False})


def in_steps(models: Sequence[Mapping[str, Any]], titles: Mapping[str, str],
             data: np.ndarray) -> Figure:
    """Samples from the same noise in few steps and in many: a row for each model.

    Args:
        models: each with `name`, `counts` (K,), `ends` (K, N, 2) and `w2` (K,).
        titles: of the models by name, translated.
        data: (N, 2), the same in each cell.
    """
    rows, columns = len(models), len(models[0]["counts"])
    traces: list[Trace] = []
    layout: Layout = {"showlegend": False, "height": 40 + 190 * rows, "annotations": [],
                      "margin": {"l": 8, "r": 8, "t": 24, "b": 8}}
    reach = 1.1 * float(np.abs(data).max())
    for row, model in enumerate(models):
        for column in range(columns):
            cell = row * columns + column + 1
            number = str(cell) if cell > 1 else ""
            left, top = column / columns, 1 - row / rows
            hidden = {"visible": False, "fixedrange": True, "range": [-reach, reach]}
            layout[f"xaxis{number}"] = {**hidden, "domain": [left, left + 0.95 / columns]}
            layout[f"yaxis{number}"] = {**hidden, "domain": [top - 0.86 / rows, top - 0.06 / rows],
                                        "scaleanchor": f"x{number}", "anchor": f"x{number}"}
            axes = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
            ends = np.asarray(model["ends"][column]).clip(-MOST, MOST)
            traces += [{**points(data, name="", color=DATA, size=3, opacity=0.35, hover=False),
                        **axes},
                       {**points(ends, name="", color=SAMPLES, size=3, hover=False), **axes}]
            said = _("{title}, steps: {n}<br>W2 {distance:.2f}").format(
                title=titles[model["name"]], n=int(model["counts"][column]),
                distance=float(model["w2"][column]))
            layout["annotations"].append({
                "text": said, "x": 0.5, "y": 1.0, "xref": f"x{number} domain",
                "yref": f"y{number} domain", "yanchor": "bottom", "showarrow": False,
                "font": {"size": 11}})
    return figure(traces, layout)


def errors(solvers: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]],
           titles: Mapping[str, str], floor: float, *, measure: str = "w2",
           unit: str = "") -> Figure:
    """The distance of samples from data against evaluations of the net, both logarithmic.

    Args:
        solvers: each with its `name`, `evaluations` (K,) and a measure (K,).
        others: those of another model, dotted.
        titles: of them, by name, translated.
        floor: what real data get.
        measure: the name of the measure.
        unit: what it is called; the exact W2 distance if it is empty.
    """
    traces: list[Trace] = []
    for number, solver in enumerate((*solvers, *others)):
        traces.append({
            "type": "scatter", "mode": "lines+markers", "name": titles[solver["name"]],
            "x": float32(solver["evaluations"]), "y": float32(solver[measure]),
            "line": {"color": class_color(number), "width": 1.5,
                     "dash": "solid" if number < len(solvers) else "dot"},
            "marker": {"symbol": class_symbol(number), "size": 7}})
    return figure(traces, {
        "xaxis": {"type": "log", "automargin": True,
                  "title": {"text": _("evaluations of the net"), "standoff": 4},
                  "tickvals": [1, 2, 4, 8, 16, 32, 64, 128, 256]},
        "yaxis": {"type": "log", "automargin": True,
                  "title": {"text": unit or _("exact W2 distance to data"), "standoff": 4}},
        "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": floor, "y1": floor,
                    "line": {"color": NEUTRAL, "dash": "dash"}}],
        "height": 380, "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}})


def passing(place: Sequence[float], t: float, reply: Mapping[str, np.ndarray],
            data: np.ndarray) -> Figure:
    """Which data the pairs that pass a place lead to, and their mean velocity.

    Args:
        place, t: x and y, and when; velocities are drawn as long as they lead by t = 1.
        reply: `ends` (K, 2), `weights` (K,), `mean` (2,) and `learned` (2,).
        data: (N, 2).
    """
    here = np.asarray(place, float)
    heaviest = max(float(reply["weights"].max()), 1e-9)
    traces = [points(data, name=_("data"), color=DATA, size=4, opacity=0.4)]
    for number, (end, weight) in enumerate(zip(reply["ends"], reply["weights"], strict=True)):
        line = np.stack([here, end])
        traces.append({"type": "scatter", "mode": "lines", "x": float32(line[:, 0]),
                       "y": float32(line[:, 1]), "name": _("pairs that pass here"),
                       "hoverinfo": "skip", "showlegend": number == 0, "legendgroup": "pairs",
                       "line": {"color": translucent(NEUTRAL, 0.6),
                                "width": 0.3 + 1.5 * float(weight) / heaviest}})
    for name, velocity, color, dash in (
            (_("their mean velocity"), reply["mean"], SAMPLES, "solid"),
            (_("what the net says"), reply["learned"], GRADIENTS, "dot")):
        line = np.stack([here, here + (1 - t) * velocity])
        traces.append({"type": "scatter", "mode": "lines", "name": name,
                       "x": float32(line[:, 0]), "y": float32(line[:, 1]),
                       "line": {"color": color, "width": 4, "dash": dash}})
    traces.append({"type": "scatter", "mode": "markers", "x": [here[0]], "y": [here[1]],
                   "showlegend": False, "marker": {"color": SAMPLES, "size": 11}})
    return figure(traces, plane((-2.6, 2.6, -2.6, 2.6)) | {"height": 380})


def paired(ways: np.ndarray) -> Figure:
    """Pairs (B, 2, 2) of noise and data joined by lines."""
    drawn = joined(ways)
    return {**drawn, "layout": {**drawn["layout"], "height": 300}}


def density(grid: np.ndarray, axis: np.ndarray) -> Figure:
    """A density over the plane, (G, G), rows from the bottom."""
    heat: Trace = {"type": "heatmap", "x": float32(axis), "y": float32(axis), "z": float32(grid),
                   "colorscale": "Cividis", "zsmooth": "best",
                   "colorbar": {"thickness": 10, "outlinewidth": 0},
                   "hovertemplate": "p = %{z:.3f}<extra></extra>"}
    return figure([heat], plane((float(axis[0]), float(axis[-1]), float(axis[0]),
                                 float(axis[-1]))) | {"height": 340})
