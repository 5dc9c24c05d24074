"""The figures of generative stochastic networks: chains, pulls, and what Explore shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.charts.arrows import arrows
from playground.charts.colors import DATA, NEUTRAL, SAMPLES, translucent
from playground.charts.encode import Figure, Trace, float32, tile
from playground.charts.images import picture
from playground.charts.path import along
from playground.charts.scatter import figure, plane, points, same, square
from playground.language import _

BOX = 2.6  # half of the side of what is seen
HEIGHT = 380
GROUND = [[share, translucent(DATA, opacity)]
          for share, opacity in ((0, 0), (0.1, 0.2), (0.4, 0.5), (1, 0.9))]


def chains(a: Mapping[str, np.ndarray]) -> Figure:
    """Where chains are; a second clock goes along their steps.

    Args:
        a: `path` (T, N, 2), or (T, N, H, W) bytes, after `times` (T,) steps; `data` (M, 2).
    """
    drawn = [_moment(a, number) for number in range(len(a["path"]))]
    *times, total = (round(float(t)) for t in a["times"])
    return along(drawn[-1], drawn[:-1], times, total, _("step {at} of {total} of the chains"))


def on_the_way(a: Mapping[str, np.ndarray], number: int) -> Figure:
    """Where chains are at one moment, the first one 0."""
    return _moment(a, number)


def _moment(a: Mapping[str, np.ndarray], number: int) -> Figure:
    now = a["path"][number]
    if now.ndim == 3:
        return picture(tile(now))
    return figure([points(a["data"], name=_("held out"), color=DATA, size=4, opacity=0.6),
                   *same([points(now, name=_("chains"), color=SAMPLES, size=5)])],
                  _plane())


def pull(a: Mapping[str, np.ndarray]) -> Figure:
    """From places (F, 2) to the mean of what the net reconstructs there, over data (M, 2)."""
    return figure([points(a["data"], name=_("held out"), color=DATA, size=4, opacity=0.6),
                   arrows(a["places"], a["pull"], _("to the mean of its answer")),
                   points(a["places"], name=_("what it sees"), color=NEUTRAL, size=3)], _plane())


def held_out(data: np.ndarray) -> Figure:
    """Data, (M, 2), or pictures (M, H, W) as tiles."""
    if data.ndim == 3:
        return picture(tile(data))
    return figure([points(data, name=_("held out"), color=DATA, size=4)], _plane())


def one_step(reply: Mapping[str, Any]) -> Figure:
    """A point, what it was corrupted to, and what it may have been: by the net, and in truth.

    Args:
        reply: `datum` and `corrupted` (2,), `drawn` and `others` (N, 2).
    """
    return _tall(figure(
        [points(reply["others"], name=_("what it may have been"), color=DATA, size=6,
                opacity=0.5),
         points(reply["drawn"], name=_("what the net says"), color=SAMPLES, size=5, opacity=0.6),
         points(reply["corrupted"][None], name=_("what the net sees"), color=NEUTRAL, size=14,
                symbol="x"),
         points(reply["datum"][None], name=_("the datum"), color=DATA, size=14,
                symbol="diamond")], _plane()))


def density(reply: Mapping[str, Any], data: np.ndarray) -> Figure:
    """The density to which chains go, over the square of `reach`, and data (M, 2)."""
    grid = reply["density"]
    step = 2 * reply["reach"] / len(grid)
    first = -reply["reach"] + step / 2
    heat: Trace = {"type": "heatmap", "z": float32(grid), "x0": first, "dx": step, "y0": first,
                   "dy": step, "zsmooth": "best", "colorscale": GROUND, "showscale": False,
                   "name": _("density"), "hovertemplate": "%{z:.3f}<extra></extra>"}
    return _tall(figure([heat, points(data, name=_("held out"), color=SAMPLES, size=3,
                                      opacity=0.7)], _plane()))


def ends(x: np.ndarray, data: np.ndarray) -> Figure:
    """Where chains are after their steps, (N, 2), over data (M, 2)."""
    return _tall(figure([points(data, name=_("held out"), color=DATA, size=4, opacity=0.6),
                         points(x, name=_("chains"), color=SAMPLES, size=5)], _plane()))


def trail(way: np.ndarray, data: np.ndarray) -> Figure:
    """The way of one chain, (S, 2), over data (M, 2)."""
    line: Trace = {"type": "scatter", "mode": "lines+markers", "name": _("one chain"),
                   "x": float32(way[:, 0]), "y": float32(way[:, 1]), "hoverinfo": "skip",
                   "line": {"color": translucent(SAMPLES, 0.35), "width": 1},
                   "marker": {"color": SAMPLES, "size": 4}}
    return _tall(figure([points(data, name=_("held out"), color=DATA, size=4, opacity=0.6), line],
                        _plane()))


def _plane() -> dict[str, Any]:
    return plane(square(BOX))


def _tall(drawn: Figure) -> Figure:
    return {**drawn, "layout": {**drawn["layout"], "height": HEIGHT}}
