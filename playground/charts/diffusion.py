"""The figures of models that walk from noise to data."""

from collections.abc import Mapping, Sequence

import numpy as np

from playground.charts.colors import DATA, GRADIENTS, NEUTRAL, SAMPLES, class_color, translucent
from playground.charts.encode import Figure, Trace, float32, tile
from playground.charts.images import picture
from playground.charts.path import along
from playground.charts.scatter import classes, figure, plane, points, same, square
from playground.language import _

HALF = 3.0
ARROW, LONGEST = 0.16, 0.4
HEAD = 0.07
N_TRAILS = 40


def particles(arrays: Mapping[str, np.ndarray]) -> Figure:
    """Particles from noise to data, with the noised data and the field at each time.

    Args:
        arrays: `particles` (S, N, 2), `times`, `signal` and `noise` (S,), `arrows` (S, A, 2) on a
            grid, `data` and `noises` (N, 2).
    """
    states = [_cloud(arrays, number) for number in range(len(arrays["times"]))]
    at = [round(float(time), 2) for time in arrays["times"][:-1]]
    return along(states[-1], states[:-1], at, 0, _("t = {at}"))


def moment(arrays: Mapping[str, np.ndarray], share: float) -> Figure:
    """One moment of the walk, standing still: of points, or of pictures.

    Args:
        arrays: those of `particles` or of `walked`.
        share: of the way, 0 for noise to 1 for data.
    """
    number = round(share * (len(arrays["times"]) - 1))
    if "walk" in arrays:
        return picture(tile(arrays["walk"][number]))
    return _cloud(arrays, number)


def _cloud(arrays: Mapping[str, np.ndarray], number: int) -> Figure:
    """One moment of the walk; all moments have the same traces."""
    walk = arrays["particles"]
    noised = (arrays["signal"][number] * arrays["data"]
              + arrays["noise"][number] * arrays["noises"])
    return figure([
        points(noised, name=_("data with noise"), color=DATA, size=4, opacity=0.45, hover=False),
        field(arrays["arrows"][number]),
        trails(walk[:number + 1, :N_TRAILS]),
        *same([points(walk[number], name=_("particles"), color=SAMPLES, size=4, symbol="diamond",
                      opacity=0.85, hover=False)]),
    ], {**plane(square(HALF)), "legend": {"orientation": "h", "x": 0, "y": 1,
                                          "yanchor": "bottom", "font": {"size": 11}}})


def trails(walk: np.ndarray, color: str = SAMPLES, name: str = "") -> Trace:
    """The ways of some particles up to now, as one line: (S, N, 2)."""
    gap = np.full((1, walk.shape[1], 2), np.nan)
    way = np.concatenate([walk, gap]).transpose(1, 0, 2).reshape(-1, 2)
    return {"type": "scatter", "mode": "lines", "name": name or _("their paths"),
            "x": float32(way[:, 0]), "y": float32(way[:, 1]), "hoverinfo": "skip",
            "line": {"color": translucent(color, 0.45), "width": 1}}


def field(ways: np.ndarray, half: float = 2.2) -> Trace:
    """Arrows on a square grid, (A, 2), as one line; those that are too long are cut off."""
    side = round(len(ways) ** 0.5)
    axis = np.linspace(-half, half, side)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    start = np.stack([x, y], -1).reshape(-1, 2)
    length = np.linalg.norm(ways, axis=1, keepdims=True).clip(1e-9)
    way = ways / length * np.minimum(ARROW * length, LONGEST)
    end, back = start + way, way / np.linalg.norm(way, axis=1, keepdims=True).clip(1e-9) * HEAD
    aside = np.stack([-back[:, 1], back[:, 0]], 1) / 2
    line = np.stack([start, end, end - back + aside, end, end - back - aside,
                     np.full_like(start, np.nan)], 1).reshape(-1, 2)
    return {"type": "scatter", "mode": "lines", "name": _("where a point is going"),
            "x": float32(line[:, 0]), "y": float32(line[:, 1]), "hoverinfo": "skip",
            "line": {"color": GRADIENTS, "width": 1.2}}


def walked(arrays: Mapping[str, np.ndarray], columns: int | None) -> Figure:
    """Pictures on their way from noise to data: `walk` (S, N, ...) bytes, `times` (S,)."""
    states = [picture(tile(each, columns)) for each in arrays["walk"]]
    at = [round(float(time), 2) for time in arrays["times"][:-1]]
    return along(states[-1], states[:-1], at, 0, _("t = {at}"))


def rows(arrays: Mapping[str, np.ndarray]) -> Figure:
    """For some pictures a row of x_t and under it a row of what the net takes x_0 to be.

    Args:
        arrays: `walk` (S, N, ...) and `guesses` (S - 1, M, ...) bytes.
    """
    guesses = arrays["guesses"]
    walk = arrays["walk"][:-1, :guesses.shape[1]]
    both = np.stack([walk, guesses], 1)  # (S - 1, 2, M, ...)
    ordered = both.transpose(2, 1, 0, *range(3, both.ndim))
    return picture(tile(ordered.reshape(-1, *both.shape[3:]), len(guesses)))




def by_time(groups: Mapping[str, np.ndarray], title: str) -> Figure:
    """Curves over the time t, each of a mean in each of T equal parts of it, (T,)."""
    traces: list[Trace] = []
    for number, (name, values) in enumerate(groups.items()):
        t = (np.arange(len(values)) + 0.5) / len(values)
        traces.append({"type": "scatter", "mode": "lines+markers", "name": name,
                       "x": float32(t), "y": float32(values),
                       "line": {"color": class_color(number)}})
    return figure(traces, {"xaxis": {"title": {"text": _("time t: 0 data, 1 noise"),
                                               "standoff": 4}, "range": [0, 1]},
                           "yaxis": {"title": {"text": title}, "rangemode": "tozero"},
                           "showlegend": len(traces) > 1, "uirevision": "keep",
                           "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
                           "margin": {"l": 50, "r": 8, "t": 8, "b": 40}})


def against_evaluations(found: Mapping[str, tuple[Sequence[float], Sequence[float]]],
                        floor: float | None, title: str) -> Figure:
    """How good each sampler is (`title`) against how often it asks the net, both axes in logs.

    Args:
        found: evaluations and errors of each sampler, by its translated name.
        floor: what real data get, a dashed line; None where it is not known.
    """
    traces: list[Trace] = [
        {"type": "scatter", "mode": "lines+markers", "name": name, "x": list(x), "y": list(y),
         "line": {"color": class_color(number)},
         "hovertemplate": "%{x}: %{y:.3f}<extra>" + name + "</extra>"}
        for number, (name, (x, y)) in enumerate(found.items())]
    drawn = figure(traces, {
        "xaxis": {"type": "log", "title": {"text": _("evaluations of the net")}, "dtick": "D2"},
        "yaxis": {"type": "log", "title": {"text": title}}, "height": 380,
        "legend": {"font": {"size": 11}}, "margin": {"l": 60, "r": 8, "t": 8, "b": 44}})
    if floor is not None:
        drawn["layout"]["shapes"] = [{"type": "line", "xref": "paper", "x0": 0, "x1": 1,
                                      "y0": floor, "y1": floor,
                                      "line": {"color": NEUTRAL, "dash": "dash"}}]
    return drawn


def walk(states: np.ndarray) -> Figure:
    """Where particles end, and the ways of some: (S, N, 2)."""
    drawn = figure([trails(states[:, :N_TRAILS]),
                    points(states[-1], name=_("particles"), color=SAMPLES, size=3, hover=False)],
                   {**plane(square(HALF)), "height": 260, "showlegend": False})
    drawn["layout"]["margin"] = {"l": 24, "r": 4, "t": 4, "b": 20}
    return drawn


def costs(log_snr: np.ndarray, nats: np.ndarray) -> Figure:
    """What each part of the way from noise to data adds to the bound of -log p."""
    bars: Trace = {"type": "bar", "x": float32(np.asarray(log_snr)),
                   "y": float32(np.asarray(nats)), "marker": {"color": DATA},
                   "hovertemplate": "%{y:.3f}<extra></extra>"}
    return figure([bars], {
        "xaxis": {"title": {"text": _("log SNR: noise at the left, data at the right")}},
        "yaxis": {"title": {"text": _("nats")}}, "height": 260,
        "margin": {"l": 50, "r": 8, "t": 8, "b": 44}})


def density(surface: np.ndarray) -> Figure:
    """A density on a square, (G, G), rows from the bottom."""
    axis = np.linspace(-HALF, HALF, len(surface))
    return figure([{"type": "heatmap", "x": float32(axis), "y": float32(axis),
                    "z": float32(surface), "colorscale": "Cividis",
                    "colorbar": {"thickness": 10, "outlinewidth": 0}}],
                  {**plane(square(HALF)), "height": 360})


def dial(weights: Sequence[float], right: Sequence[float], spread: Sequence[float]) -> Figure:
    """Quality and variety over the weight of guidance."""
    names = ((_("of their class, share"), right, DATA),
             (_("variety within a class, 1 for real data"), spread, SAMPLES))
    traces: list[Trace] = [{"type": "scatter", "mode": "lines+markers", "name": name,
                            "x": list(weights), "y": list(values), "line": {"color": color}}
                           for name, values, color in names]
    return figure(traces, {"xaxis": {"title": {"text": _("weight of guidance")}},
                           "yaxis": {"rangemode": "tozero"}, "height": 260,
                           "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
                           "margin": {"l": 40, "r": 8, "t": 8, "b": 44}})


def by_class(xy: np.ndarray, labels: np.ndarray) -> Figure:
    """Points (N, 2) in the colours of their classes (N,)."""
    return figure(classes(xy, labels), {**plane(square(HALF)), "height": 380})
