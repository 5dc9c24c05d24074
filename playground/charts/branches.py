"""A run and its branches as a small tree over the steps."""

from collections.abc import Sequence
from dataclasses import dataclass

from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.charts.encode import Figure, Trace
from playground.language import _

ROW = 34  # pixels


@dataclass(frozen=True)
class Branch:
    """A run in the tree.

    Attributes:
        id: the run's.
        label: what sets it apart.
        parent: the place of its parent in the list, or None.
        begins, ends: the steps at which it branches off, and where it has come to.
    """

    id: str
    label: str
    parent: int | None
    begins: int
    ends: int


def tree(branches: Sequence[Branch], shown: str) -> Figure:
    """Return the tree; each run is a row, and branches off from the row of its parent.

    Args:
        branches: parents before their children.
        shown: the id of the run on the screen.
    """
    lines: list[Trace] = []
    for row, branch in enumerate(branches):
        x: list[int | None] = [branch.begins, branch.ends]
        y: list[int | None] = [row, row]
        if branch.parent is not None:
            x, y = [branch.begins, *x], [branch.parent, *y]
        lines.append({"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
                      "showlegend": False, "line": {
                          "width": 3, "shape": "linear",
                          "color": SAMPLES if branch.id == shown else NEUTRAL}})
    ends: Trace = {
        "type": "scatter", "mode": "markers+text", "showlegend": False, "hoverinfo": "skip",
        "x": [branch.ends for branch in branches], "y": list(range(len(branches))),
        "text": ["  " + branch.label for branch in branches], "textposition": "middle right",
        "customdata": [branch.id for branch in branches], "cliponaxis": False,
        "marker": {"size": 13, "line": {"width": 1, "color": "#FFFFFF"},
                   "color": [SAMPLES if branch.id == shown else DATA for branch in branches]}}
    last = max((branch.ends for branch in branches), default=1)
    return {"data": [*lines, ends], "layout": {
        "xaxis": {"title": {"text": _("step")}, "range": [-0.02 * last, 1.45 * last],
                  "zeroline": False},
        "yaxis": {"visible": False, "range": [len(branches) - 0.4, -0.6]},
        "height": 70 + ROW * len(branches), "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "clickmode": "event+select"}}
