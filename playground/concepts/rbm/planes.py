"""The figures of a Boltzmann machine of points: its density with chains in it, and its bumps."""

from collections.abc import Mapping

import numpy as np

from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.charts.density import BLUES
from playground.charts.encode import Figure, Trace, float32, typed
from playground.charts.path import along
from playground.charts.scatter import figure, plane, points, same, square
from playground.charts.vae import ellipses
from playground.language import _

HALF = 3.0
HIGHEST = 255
LEGEND = {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 11}}


def fantasies(a: Mapping[str, np.ndarray]) -> Figure:
    """Chains on their way from noise, which a second clock plays, over the density.

    Args:
        a: `path` (T, N, 2) after `times` (T,) steps, `density` (G, G) bytes, `data` (N, 2).
    """
    drawn = [on_the_way(a, number) for number in range(len(a["times"]))]
    *times, total = (round(float(t)) for t in a["times"])
    return along(drawn[-1], drawn[:-1], times, total, _("step {at} of {total} of the chains"))


def on_the_way(a: Mapping[str, np.ndarray], number: int) -> Figure:
    """One moment of the chains, the first one 0."""
    return figure([_density(a), _data(a),
                   *same([points(a["path"][number], name=_("chains"), color=SAMPLES, size=5,
                                 symbol="diamond", opacity=0.85, hover=False)])],
                  {**plane(square(HALF)), "legend": LEGEND})


def bumps(a: Mapping[str, np.ndarray]) -> Figure:
    """Bumps from which the chains were drawn, as ellipses of one standard deviation.

    Args:
        a: `bumps` (N, 2), their middles, `scale` (2,), their deviations, `data` (N, 2).
    """
    middles = np.unique(a["bumps"].round(4), axis=0)
    rings = {**ellipses(middles, np.broadcast_to(a["scale"], middles.shape)), "name": _("bumps"),
             "line": {"color": SAMPLES, "width": 1}}
    return figure([_data(a), *same([rings])], {**plane(square(HALF)), "legend": LEGEND})


def data(a: Mapping[str, np.ndarray]) -> Figure:
    """Held-out points, (N, 2)."""
    return figure([points(a["data"], name=_("held-out data"), color=DATA, size=4, hover=False)],
                  plane(square(HALF)))


def one_chain(strip: np.ndarray) -> Figure:
    """Where one chain was at some moments, (S, 2), in their order."""
    return figure([{"type": "scatter", "mode": "lines+markers", "x": float32(strip[:, 0]),
                    "y": float32(strip[:, 1]), "line": {"color": SAMPLES, "width": 1},
                    "marker": {"size": 6}, "hoverinfo": "skip"}],
                  {**plane(square(HALF)), "showlegend": False, "height": 300})


def _data(a: Mapping[str, np.ndarray]) -> Trace:
    return points(a["data"], name=_("held-out data"), color=NEUTRAL, size=3, opacity=0.7,
                  hover=False)


def _density(a: Mapping[str, np.ndarray]) -> Trace:
    axis = np.linspace(-HALF, HALF, len(a["density"]))
    return {"type": "heatmap", "name": _("density"), "showlegend": False, "x": float32(axis),
            "y": float32(axis), "z": typed(np.asarray(a["density"])), "zmin": 0, "zmax": HIGHEST,
            "zsmooth": "fast", "colorscale": BLUES, "showscale": False, "hoverinfo": "skip"}
