"""The figures of energy-based models: wells with chains in them, and what Explore shows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from playground.charts.colors import DATA, NEUTRAL, SAMPLES, class_color, translucent
from playground.charts.encode import Figure, Trace, float32, tile, typed
from playground.charts.images import picture
from playground.charts.path import along
from playground.charts.scatter import figure, plane, points, same, square
from playground.language import _

HALF = 3.0
SHADES = 255
WELLS = [[share, translucent(DATA, opacity)]
         for share, opacity in ((0, 0), (0.4, 0.12), (0.8, 0.5), (1, 0.9))]
HEIGHT = 340
SIDE = 24  # pixels of a tile
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}
TOP_LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}


def chains(a: Mapping[str, np.ndarray]) -> Figure:
    """Chains on their way from noise, which a second clock plays: over wells, or as pictures.

    Args:
        a: `path` after `times` (T,) steps, (T, N, 2) or bytes (T, N, H, W); of points `wells`
            (G, G) bytes, how deep each place lies, and `data` (N, 2).
    """
    drawn = [moment(a, number) for number in range(len(a["times"]))]
    *times, total = (round(float(t)) for t in a["times"])
    return along(drawn[-1], drawn[:-1], times, total, _("step {at} of {total} of the chains"))


def moment(a: Mapping[str, np.ndarray], number: int) -> Figure:
    """One moment of the chains, the first one 0."""
    if "wells" not in a:
        return _sheet(a["path"][number])
    return figure([_wells(a["wells"]),
                   points(a["data"], name=_("held-out data"), color=NEUTRAL, size=3, opacity=0.7,
                          hover=False),
                   *same([points(a["path"][number], name=_("chains"), color=SAMPLES, size=5,
                                 symbol="diamond", opacity=0.85, hover=False)])],
                  {**plane(square(HALF)), "legend": {**TOP_LEGEND, "font": {"size": 11}}})


def wells(a: Mapping[str, np.ndarray]) -> Figure:
    """The wells of a moment, and held-out points, without chains."""
    drawn = moment(a, 0)
    return {**drawn, "data": drawn["data"][:2]}


def data(a: Mapping[str, np.ndarray]) -> Figure:
    """Held-out data: pictures, or points."""
    if "wells" not in a:
        return _sheet(a["data"])
    return figure([points(a["data"], name=_("held-out data"), color=DATA, size=4, hover=False)],
                  plane(square(HALF)))


def composed(wells: np.ndarray, drawn: np.ndarray) -> Figure:
    """A composition: how deep its energy lies, (G, G) bytes, and where chains ended, (N, 2)."""
    return figure([_wells(wells),
                   points(drawn, name=_("chains"), color=SAMPLES, size=4, symbol="diamond",
                          hover=False)],
                  {**plane(square(HALF)), "showlegend": False, "height": 300})


def _wells(depth: np.ndarray) -> Trace:
    """The energy as shades: the deeper, the darker."""
    axis = np.linspace(-HALF, HALF, len(depth))
    return {"type": "heatmap", "name": _("low energy"), "showlegend": False, "x": float32(axis),
            "y": float32(axis), "z": typed(np.asarray(depth)), "zmin": 0, "zmax": SHADES,
            "zsmooth": "fast", "colorscale": WELLS, "showscale": False, "hoverinfo": "skip"}


def histograms(names: Sequence[str], counts: np.ndarray, edges: np.ndarray) -> Figure:
    """How energies are spread in each set of data.

    Args:
        names: of the sets, translated; the first one is the held-out data.
        counts: (K, B).
        edges: of the bins, (B + 1,), in nats.
    """
    traces: list[Trace] = []
    for number, (name, heights) in enumerate(zip(names, counts, strict=True)):
        color = DATA if number == 0 else class_color(number)
        walls = np.repeat(np.pad(heights / max(1, heights.sum()), 1), 2)[1:-1]
        traces.append({"type": "scatter", "mode": "lines", "name": name,
                       "x": float32(np.repeat(edges, 2)), "y": float32(walls), "fill": "tozeroy",
                       "fillcolor": translucent(color, 0.18),
                       "line": {"color": color, "width": 1.5}, "hoverinfo": "skip"})
    return figure(traces, {
        "xaxis": {"title": {"text": _("energy above the mean of held-out data, nats"),
                            "standoff": 4}, "automargin": True},
        "yaxis": {"title": {"text": _("share"), "standoff": 4}, "tickformat": ".0%",
                  "automargin": True},
        "height": HEIGHT, "margin": MARGIN, "legend": TOP_LEGEND})


def changed(reply: Mapping[str, Any], names: Sequence[str]) -> Figure:
    """The share of chains that are elsewhere, over their steps.

    Args:
        reply: `times` (S,), `changed` (K, S), `chance`.
        names: of the temperatures, translated.
    """
    traces = [{"type": "scatter", "mode": "lines+markers", "name": name,
               "x": list(map(int, reply["times"])), "y": float32(np.asarray(shares)),
               "line": {"color": class_color(number), "width": 1.5}, "marker": {"size": 5}}
              for number, (name, shares) in enumerate(zip(names, reply["changed"], strict=True))]
    return figure(traces, {
        "xaxis": {"type": "log", "title": {"text": _("Langevin steps"), "standoff": 4},
                  "automargin": True},
        "yaxis": {"title": {"text": _("near another group"), "standoff": 4},
                  "range": [0, 1], "tickformat": ".0%", "automargin": True},
        "height": HEIGHT, "margin": MARGIN, "legend": TOP_LEGEND,
        "shapes": [_level(reply["chance"])]})


def _sheet(images: np.ndarray) -> Figure:
    """Pictures (N, H, W) as tiles."""
    return picture(tile(larger(images)))


def larger(images: np.ndarray) -> np.ndarray:
    """Pictures (..., H, W), tiny ones with each pixel drawn as several: gaps are narrow then."""
    times = max(1, round(SIDE / images.shape[-1]))
    return images.repeat(times, -2).repeat(times, -1)


def _level(height: float) -> dict[str, Any]:
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": height, "y1": height,
            "line": {"color": NEUTRAL, "dash": "dash"}}
