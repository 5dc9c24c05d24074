"""The figures of the Boltzmann machine: fantasies, weights, and what Explore shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.charts.colors import DATA, NEUTRAL, SAMPLES, translucent
from playground.charts.encode import Figure, float32, tile
from playground.charts.images import picture
from playground.charts.layers import signed
from playground.charts.path import along
from playground.charts.scatter import figure
from playground.language import _

HEIGHT = 340
MOST_SEEN = 0.99
SIDE = 12  # of a tile at least, so that gaps are narrow beside it
MARGIN = {"l": 8, "r": 8, "t": 8, "b": 8}


def fantasies(a: Mapping[str, np.ndarray]) -> Figure:
    """Pictures that chains have come to, and what they were: a second clock goes along the chain.

    Args:
        a: `path` (T, N, H, W) bytes after `times` (T,) steps.
    """
    drawn = [_sheet(moment) for moment in a["path"]]
    *times, total = (round(float(t)) for t in a["times"])
    return along(drawn[-1], drawn[:-1], times, total, _("step {at} of {total} of the chains"))


def on_the_way(a: Mapping[str, np.ndarray], number: int) -> Figure:
    """The pictures at one moment of the chains, the first one 0."""
    return _sheet(a["path"][number])


def data(a: Mapping[str, np.ndarray]) -> Figure:
    """Pictures of the data, (N, H, W) bytes."""
    return _sheet(a["data"])


def weights(a: Mapping[str, np.ndarray]) -> Figure:
    """The weights of each hidden unit, (K, H, W): blue above 0, orange below.

    The few largest ones are all drawn alike, so that the rest are not pale beside them.
    """
    most = float(np.quantile(np.abs(a["weights"]), MOST_SEEN))
    return _sheet(signed(a["weights"].clip(-most, most)).transpose(0, 3, 1, 2))


def ladders(reply: Mapping[str, Any]) -> Figure:
    """Estimates of log Z against the number of temperatures, with two standard errors.

    Args:
        reply: `ladders`, `log_z` and `errors` (K,), and `exact`, or None.
    """
    trace = {"type": "scatter", "mode": "lines+markers", "name": _("estimate"),
             "x": float32(reply["ladders"]), "y": float32(reply["log_z"]),
             "error_y": {"type": "data", "array": float32(2 * np.asarray(reply["errors"])),
                         "color": translucent(SAMPLES, 0.7)},
             "line": {"color": SAMPLES, "width": 1.5}, "marker": {"size": 7}}
    exact = reply["exact"]
    return figure([trace], {
        "xaxis": {"type": "log", "title": {"text": _("temperatures"), "standoff": 4},
                  "tickvals": list(map(int, reply["ladders"])), "automargin": True},
        "yaxis": {"title": {"text": _("log Z, nats"), "standoff": 4}, "automargin": True},
        "showlegend": False, "height": HEIGHT, "margin": MARGIN,
        "shapes": [] if exact is None else [_level(exact)]})


def bracket(reply: Mapping[str, Any]) -> Figure:
    """Estimates of log p from above and bounds from below against the number of temperatures.

    Args:
        reply: `ladders`, `high`, `low` and their errors (K,), and `exact`, or None.
    """
    traces = [{"type": "scatter", "mode": "lines+markers", "name": name,
               "x": float32(reply["ladders"]), "y": float32(reply[side]),
               "error_y": {"type": "data", "array": float32(2 * np.asarray(
                   reply[f"{side}_errors"])), "color": translucent(color, 0.7)},
               "line": {"color": color, "width": 1.5}, "marker": {"size": 7}}
              for side, name, color in (("high", _("annealing: rather too high"), SAMPLES),
                                        ("low", _("annealing back: rather too low"), DATA))]
    exact = reply["exact"]
    return figure(traces, {
        "xaxis": {"type": "log", "title": {"text": _("temperatures"), "standoff": 4},
                  "tickvals": list(map(int, reply["ladders"])), "automargin": True},
        "yaxis": {"title": {"text": _("log p, nats"), "standoff": 4}, "automargin": True},
        "height": HEIGHT, "margin": MARGIN,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "shapes": [] if exact is None else [_level(exact)]})


def swaps(taken: np.ndarray) -> Figure:
    """How often chains at neighbouring temperatures swap places.

    Args:
        taken: the share of swaps that was taken, (T - 1,), the coldest two first.
    """
    rungs = len(taken) + 1
    at = [f"{rungs / (rungs - rung):.2f}" for rung in range(rungs)]
    names = [f"{cold} ↔ {hot}" for cold, hot in zip(at, at[1:], strict=False)]
    return figure([{"type": "bar", "x": names, "y": float32(taken),
                    "marker": {"color": SAMPLES}}], {
        "xaxis": {"title": {"text": _("temperatures"), "standoff": 4}, "type": "category",
                  "automargin": True},
        "yaxis": {"title": {"text": _("swaps that are taken"), "standoff": 4}, "range": [0, 1],
                  "tickformat": ".0%", "automargin": True},
        "showlegend": False, "height": HEIGHT, "margin": MARGIN})


def _sheet(images: np.ndarray) -> Figure:
    """Pictures (N, H, W) or (N, C, H, W) as tiles."""
    return picture(tile(larger(images)))


def larger(images: np.ndarray) -> np.ndarray:
    """Pictures (..., H, W), tiny ones with each pixel drawn as several."""
    times = max(1, round(SIDE / images.shape[-1]))
    return images.repeat(times, -2).repeat(times, -1)


def _level(height: float) -> dict[str, Any]:
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": height, "y1": height,
            "line": {"color": NEUTRAL, "dash": "dash"}}
