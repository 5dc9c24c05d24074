"""A family tree, from its root on the left to its leaves on the right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.charts.colors import NEUTRAL
from playground.charts.encode import Figure, Trace

ROW_PIXELS = 46


@dataclass(frozen=True)
class Twig:
    """The end of a path.

    Attributes:
        path: names from the root to the last branch, translated.
        text: what stands beside the leaf.
        hover: what is shown when it is pointed at.
        color: of its dot; an empty one makes the dot hollow and grey.
    """

    path: tuple[str, ...]
    text: str
    hover: str
    color: str


def tree(twigs: Sequence[Twig]) -> Figure:
    """Draw the tree; the last trace holds the leaves, in the order of `twigs`.

    A branch stands at the mean height of its leaves.
    """
    depth = max(len(twig.path) for twig in twigs)
    leaves = {number: (float(depth), -float(number)) for number in range(len(twigs))}
    branches: dict[tuple[str, ...], tuple[float, float]] = {}
    for twig in twigs:
        for length in range(1, len(twig.path) + 1):
            stem = twig.path[:length]
            heights = [leaves[i][1] for i, other in enumerate(twigs)
                       if other.path[:length] == stem]
            branches[stem] = length - 1.0, float(np.mean(heights))
    pairs = [(branches[stem[:-1]], place) for stem, place in branches.items() if len(stem) > 1]
    pairs += [(branches[twig.path], leaves[i]) for i, twig in enumerate(twigs)]
    return {"data": [_edges(pairs), _branches(branches), _leaves(twigs, list(leaves.values()))],
            "layout": {
                "xaxis": {"visible": False, "fixedrange": True, "range": [-0.45, depth + 1.6]},
                "yaxis": {"visible": False, "fixedrange": True,
                          "range": [-len(twigs) + 0.4, 0.6]},
                "showlegend": False, "hovermode": "closest", "dragmode": False,
                "height": ROW_PIXELS * len(twigs) + 20,
                "margin": {"l": 4, "r": 4, "t": 4, "b": 4}}}


def _edges(pairs: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> Trace:
    x: list[float | None] = []
    y: list[float | None] = []
    for (x0, y0), (x1, y1) in pairs:
        x += [x0, x0 + 0.5, x0 + 0.5, x1, None]
        y += [y0, y0, y1, y1, None]
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
            "line": {"color": NEUTRAL, "width": 1.5}, "opacity": 0.6}


def _branches(branches: dict[tuple[str, ...], tuple[float, float]]) -> Trace:
    return {"type": "scatter", "mode": "markers+text", "hoverinfo": "skip",
            "x": [place[0] for place in branches.values()],
            "y": [place[1] for place in branches.values()],
            "text": [stem[-1].replace(": ", ":<br>") if len(stem) > 1
                     else stem[-1].replace(" ", "<br>", 1) for stem in branches],
            "textposition": "top center",
            "marker": {"size": 7, "color": NEUTRAL}}


def _leaves(twigs: Sequence[Twig], places: Sequence[tuple[float, float]]) -> Trace:
    return {"type": "scatter", "mode": "markers+text",
            "x": [place[0] for place in places], "y": [place[1] for place in places],
            "text": [twig.text for twig in twigs], "textposition": "middle right",
            "hovertext": [twig.hover for twig in twigs], "hoverinfo": "text",
            "marker": {"size": 15, "color": [twig.color or "rgba(0,0,0,0)" for twig in twigs],
                       "line": {"width": 2, "color": [twig.color or NEUTRAL for twig in twigs]}}}
