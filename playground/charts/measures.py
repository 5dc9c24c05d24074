"""Several measures of the same few things, side by side: a row for each, a dot for each number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from playground.charts.colors import NEUTRAL, class_color, class_symbol
from playground.charts.encode import Figure, Layout, Trace
from playground.charts.scatter import figure

GAP = 0.06
MARGIN = 0.3  # of the range of the numbers, on both sides
ROW = 34  # pixels
FRAME = 70


@dataclass(frozen=True)
class Column:
    """One measure.

    Attributes:
        title: translated, with its unit.
        values: one for each row; None or infinite where there is no dot.
        texts: how each number is written, also where there is no dot.
        floor: what real data get, a dashed line; None where it is not known.
        log: whether the axis is logarithmic; all values are then above 0.
    """

    title: str
    values: Sequence[float | None]
    texts: Sequence[str]
    floor: float | None = None
    log: bool = False

    @property
    def known(self) -> list[float]:
        """Return the numbers that have a place on the axis."""
        return [value for value in self.values if value is not None and self.has_place(value)]

    def has_place(self, value: float) -> bool:
        """Tell whether a number has a place on the axis."""
        return math.isfinite(value) and (value > 0 or not self.log)


def dots(names: Sequence[str], columns: Sequence[Column]) -> Figure:
    """Draw measures beside each other; without any number, a figure without data.

    Args:
        names: of the rows, translated, in the order of the colours.
        columns: the measures.
    """
    if not any(column.known for column in columns):
        return {"data": [], "layout": {}}
    traces: list[Trace] = []
    layout: Layout = {
        "yaxis": {"tickvals": list(range(len(names))), "ticktext": list(names), "zeroline": False,
                  "range": [len(names) - 0.5, -0.7], "automargin": True, "fixedrange": True},
        "showlegend": False, "hovermode": False, "annotations": [], "shapes": [],
        "height": FRAME + ROW * len(names), "margin": {"l": 8, "r": 8, "t": 8, "b": 8}}
    for number, column in enumerate(columns):
        axis = "x" if number == 0 else f"x{number + 1}"
        left = number / len(columns)
        domain = [left, left + 1 / len(columns) - (GAP if number < len(columns) - 1 else 0)]
        layout[f"xaxis{axis[1:]}"] = {
            "domain": domain, "title": {"text": column.title, "standoff": 4}, "zeroline": False,
            "type": "log" if column.log else "linear", "range": _around(column), "nticks": 4,
            "automargin": True, "fixedrange": True}
        traces.append(_dots(column, axis))
        layout["annotations"] += [
            {"text": text, "x": domain[0], "xref": "paper", "y": row, "showarrow": False,
             "xanchor": "left"}
            for row, (value, text) in enumerate(zip(column.values, column.texts, strict=True))
            if value is None or not column.has_place(value)]
        if column.floor is not None and column.has_place(column.floor):
            layout["shapes"].append({
                "type": "line", "xref": axis, "x0": column.floor, "x1": column.floor,
                "yref": "paper", "y0": 0, "y1": 1,
                "line": {"color": NEUTRAL, "dash": "dash", "width": 1}})
    return figure(traces, layout)


def _dots(column: Column, axis: str) -> Trace:
    placed = [(row, value, text) for row, (value, text) in enumerate(
        zip(column.values, column.texts, strict=True))
        if value is not None and column.has_place(value)]
    return {"type": "scatter", "mode": "markers+text", "name": column.title, "xaxis": axis,
            "x": [value for _row, value, _text in placed], "y": [row for row, *_rest in placed],
            "text": [text for *_rest, text in placed], "textposition": "top center",
            "textfont": {"size": 11}, "cliponaxis": False,
            "marker": {"size": 10, "color": [class_color(row) for row, *_rest in placed],
                       "symbol": [class_symbol(row) for row, *_rest in placed]}}


def _around(column: Column) -> list[float]:
    """The range of the axis, in its own scale."""
    floor = [column.floor] if column.floor is not None and column.has_place(column.floor) else []
    values = [*column.known, *floor] or [1.0]
    if column.log:
        values = [math.log10(value) for value in values]
    low, high = min(values), max(values)
    margin = MARGIN * (high - low) or 0.5
    return [low - margin, high + margin]
