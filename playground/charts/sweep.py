"""Pictures of a sweep: along one knob, over two, and over more."""

import base64
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.charts.colors import CLASS_COLORS, DATA, NEUTRAL, SAMPLES
from playground.charts.encode import Figure, Layout, Trace
from playground.language import _

QUARTILES_FROM = 4  # seeds
HEIGHT = 380
CELL = 92  # pixels
BLUE = [[0, "#EEF4F9"], [1, "#79B4DB"]]  # words are readable on all of it
WORDS = "#1A2230"


@dataclass(frozen=True)
class Ticks:
    """An axis of a knob.

    Attributes:
        title: what the knob is called, with its unit.
        places: where each value lies.
        labels: what each value is called.
        log: whether the axis is logarithmic.
    """

    title: str
    places: Sequence[float]
    labels: Sequence[str]
    log: bool = False

    def at(self, place: float) -> float:
        """Return where a value is drawn: a logarithm needs a place for 0, left of all others."""
        if not self.log or place > 0:
            return place
        return min(each for each in self.places if each > 0) / 3

    def axis(self) -> Layout:
        """Return the axis for plotly."""
        shown = list(zip([self.at(place) for place in self.places], self.labels, strict=True))
        return {"title": {"text": self.title}, "type": "log" if self.log else "linear",
                "tickvals": [place for place, _label in shown],
                "ticktext": [label for _place, label in shown], "zeroline": False,
                "automargin": True}


def along(ticks: Ticks, values: Sequence[Sequence[float]], title: str, best: int | None,
          points: Sequence[str]) -> Figure:
    """A dot for each seed at each value of a knob, and the mean with its spread.

    With four seeds or more it is the median, and the quartiles.

    Args:
        values: of each place on the axis, one number for each seed; none where nothing is known.
        title: of the metric, translated.
        best: the place of the best value, or None.
        points: what stands for each place when it is clicked.
    """
    x = [ticks.at(place) for place in ticks.places]
    many = max((len(each) for each in values), default=0) >= QUARTILES_FROM
    middle, low, high, kept = [], [], [], []
    for place, each in zip(x, values, strict=True):
        if not each:
            continue
        kept.append(place)
        if many and len(each) >= QUARTILES_FROM:
            first, second, third = statistics.quantiles(each, n=4, method="inclusive")
        else:
            second = statistics.fmean(each)
            off = statistics.stdev(each) if len(each) > 1 else 0.0
            first, third = second - off, second + off
        low.append(first)
        middle.append(second)
        high.append(third)
    band = _("quartiles over seeds") if many else _("standard deviation over seeds")
    traces: list[Trace] = []
    if any(len(each) > 1 for each in values):
        traces.append({"type": "scatter", "mode": "lines", "x": [*kept, *reversed(kept)],
                       "y": [*high, *reversed(low)], "fill": "toself", "opacity": 0.25,
                       "fillcolor": DATA, "line": {"width": 0}, "hoverinfo": "skip",
                       "name": band})
    traces.append({"type": "scatter", "mode": "lines", "x": kept, "y": middle,
                   "name": _("median over seeds") if many else _("mean over seeds"),
                   "line": {"color": DATA, "width": 2.5}, "hoverinfo": "skip"})
    dots = [(place, value, name) for place, each, name in zip(x, values, points, strict=True)
            for value in each]
    traces.append({"type": "scatter", "mode": "markers", "name": _("one seed"),
                   "x": [place for place, *_rest in dots], "y": [value for _p, value, _n in dots],
                   "customdata": [name for *_rest, name in dots],
                   "marker": {"size": 9, "color": SAMPLES, "line": {"width": 1,
                                                                    "color": "#FFFFFF"}}})
    shapes = []
    if best is not None:
        shapes.append({"type": "line", "x0": x[best], "x1": x[best], "yref": "paper", "y0": 0,
                       "y1": 1, "line": {"color": NEUTRAL, "dash": "dot", "width": 1.5}})
    return {"data": traces, "layout": {
        "xaxis": ticks.axis(), "yaxis": {"title": {"text": title}, "automargin": True},
        "shapes": shapes, "height": HEIGHT, "clickmode": "event+select",
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}}}


def _places(rows: Ticks, columns: Ticks) -> tuple[list[str], list[str]]:
    return list(columns.labels), list(rows.labels)


def over_two(columns: Ticks, rows: Ticks, means: Sequence[Sequence[float | None]],
             failed: Sequence[Sequence[str]], title: str, best: tuple[int, int] | None,
             better: str) -> Figure:
    """The mean of each cell as a colour; crosses where runs failed; a frame around the best.

    Args:
        columns, rows: the axes, from left to right and from below to above.
        means: by row and column; None where nothing is known.
        failed: by row and column, why a run failed; empty where none did.
        title: of the metric, translated.
        best: the row and column of the best cell, or None.
        better: "high", "low" or "": the better, the darker.
    """
    x, y = _places(rows, columns)
    known = [value for row in means for value in row if value is not None]
    low, high = _usual(known)
    text = [["" if value is None else _short(value) for value in row] for row in means]
    traces: list[Trace] = [{
        "type": "heatmap", "x": list(range(len(x))), "y": list(range(len(y))),
        "z": [[math.nan if value is None else value for value in row] for row in means],
        "text": text, "texttemplate": "%{text}", "textfont": {"color": WORDS},
        "colorscale": BLUE, "reversescale": better == "low", "hoverinfo": "skip",
        "xgap": 2, "ygap": 2, "showscale": bool(known), "zmin": low, "zmax": high,
        "colorbar": {"title": {"text": title, "side": "right"}, "thickness": 12}}]
    bad = [(column, row, why) for row, each in enumerate(failed) for column, why in enumerate(each)
           if why]
    traces.append({"type": "scatter", "mode": "markers", "name": _("failed"),
                   "x": [column for column, *_rest in bad], "y": [row for _c, row, _w in bad],
                   "hovertext": [why for *_rest, why in bad], "hoverinfo": "text",
                   "marker": {"symbol": "x-thin", "size": 22,
                              "line": {"width": 2.5, "color": SAMPLES}}})
    traces.append(_targets(x, y))
    return {"data": traces, "layout": _grid(columns, rows, _frame(best))}


def _frame(best: tuple[int, int] | None) -> list[Layout]:
    """Return the frame around the best cell, if there is one."""
    if best is None:
        return []
    row, column = best
    return [{"type": "rect", "x0": column - 0.48, "x1": column + 0.48, "y0": row - 0.48,
             "y1": row + 0.48, "line": {"color": SAMPLES, "width": 3}}]


def _usual(values: Sequence[float]) -> tuple[float, float]:
    """Return the range of values that are no outliers: else one bad cell would hide all others."""
    if len(values) < QUARTILES_FROM:
        return min(values, default=0.0), max(values, default=1.0)
    first, _second, third = statistics.quantiles(values, n=4, method="inclusive")
    reach = 1.5 * (third - first)
    return max(min(values), first - reach), min(max(values), third + reach)


def pictured(columns: Ticks, rows: Ticks, pictures: Sequence[Sequence[bytes | None]],
             best: tuple[int, int] | None = None) -> Figure:
    """The same grid, made of each cell's first figure."""
    x, y = _places(rows, columns)
    images = [{"source": f"data:image/webp;base64,{base64.b64encode(picture).decode()}",
               "xref": "x", "yref": "y", "x": column, "y": row, "sizex": 0.94, "sizey": 0.94,
               "xanchor": "center", "yanchor": "middle", "layer": "below"}
              for row, each in enumerate(pictures) for column, picture in enumerate(each)
              if picture]
    layout = _grid(columns, rows, _frame(best))
    return {"data": [_targets(x, y)], "layout": {**layout, "images": images}}


def _targets(x: Sequence[str], y: Sequence[str]) -> Trace:
    """Return a mark that nobody sees on each cell: plotly lets nobody choose a cell itself."""
    spots = [(column, row) for row in range(len(y)) for column in range(len(x))]
    return {"type": "scatter", "mode": "markers", "name": "", "showlegend": False,
            "x": [column for column, _row in spots], "y": [row for _column, row in spots],
            "customdata": [[row, column] for column, row in spots], "hoverinfo": "skip",
            "marker": {"symbol": "square", "size": 30, "opacity": 0},
            "selected": {"marker": {"opacity": 0.15, "color": SAMPLES}}}


def _grid(columns: Ticks, rows: Ticks, shapes: list[Layout]) -> Layout:
    def axis(ticks: Ticks) -> Layout:
        return {"title": {"text": ticks.title}, "tickvals": list(range(len(ticks.labels))),
                "ticktext": list(ticks.labels), "range": [-0.5, len(ticks.labels) - 0.5],
                "showgrid": False, "zeroline": False, "automargin": True, "fixedrange": True}

    return {"xaxis": axis(columns), "yaxis": axis(rows), "shapes": shapes, "showlegend": False,
            "height": max(260, CELL * len(rows.labels) + 70), "clickmode": "event+select",
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8}}


def parallel(axes: Sequence[Ticks], rows: Sequence[Sequence[float]], values: Sequence[float],
             title: str, kept: Sequence[bool], better: str) -> Figure:
    """A line for each cell through its knobs' values to its mean; kept ones stand out.

    Args:
        rows: (N, D) where the knobs of each cell lie.
        values: (N,) the means.
        kept: (N,) which cells are chosen.
        better: "high", "low" or "".
    """
    dimensions = []
    for place, ticks in enumerate(axes):
        def on(value: float, ticks: Ticks = ticks) -> float:
            return math.log10(ticks.at(value)) if ticks.log else value

        column = [on(row[place]) for row in rows]
        dimensions.append({"label": ticks.title, "values": column,
                           "tickvals": [on(each) for each in ticks.places],
                           "ticktext": list(ticks.labels)})
    last: Layout = {"label": title, "values": list(values)}
    chosen = [value for value, keep in zip(values, kept, strict=True) if keep]
    if chosen and len(chosen) < len(values):
        last["constraintrange"] = [min(chosen), max(chosen)]
    scale = "Viridis" if better != "low" else "Viridis_r"
    return {"data": [{"type": "parcoords", "dimensions": [*dimensions, last],
                      "line": {"color": list(values), "colorscale": scale, "showscale": True}}],
            "layout": {"height": HEIGHT, "margin": {"l": 60, "r": 40, "t": 50, "b": 20}}}


def scatters(axes: Sequence[Ticks], rows: Sequence[Sequence[float]], values: Sequence[float],
             title: str) -> Figure:
    """Each pair of knobs, and each knob with the mean, as small scatters."""
    dimensions = [{"label": ticks.title,
                   "values": [math.log10(ticks.at(row[place])) if ticks.log else row[place]
                              for row in rows]} for place, ticks in enumerate(axes)]
    dimensions.append({"label": title, "values": list(values)})
    layout: Layout = {"height": 170 * len(dimensions), "dragmode": "select",
                      "margin": {"l": 60, "r": 8, "t": 8, "b": 40}}
    for place, ticks in enumerate(axes, start=1):
        if ticks.log:
            number = "" if place == 1 else str(place)
            marks = {"tickvals": [math.log10(ticks.at(each)) for each in ticks.places],
                     "ticktext": list(ticks.labels)}
            layout[f"xaxis{number}"] = layout[f"yaxis{number}"] = marks
    return {"data": [{"type": "splom", "dimensions": dimensions, "showupperhalf": False,
                      "diagonal": {"visible": False},
                      "marker": {"size": 8, "color": list(values), "colorscale": "Viridis",
                                 "line": {"width": 0.5, "color": "#FFFFFF"}}}], "layout": layout}


def importances(shares: Mapping[str, Sequence[float]]) -> Figure:
    """How much of the variance each knob explains: the mean over resamplings, and their spread.

    Args:
        shares: 0 to 1, by what the knob is called, one for each resampling.
    """
    names = sorted(shares, key=lambda name: statistics.fmean(shares[name]))
    return {"data": [{
        "type": "bar", "orientation": "h", "y": names,
        "x": [statistics.fmean(shares[name]) for name in names],
        "error_x": {"type": "data", "array": [
            statistics.stdev(shares[name]) if len(shares[name]) > 1 else 0.0 for name in names]},
        "marker": {"color": [CLASS_COLORS[0]] * len(names)}}],
        "layout": {"xaxis": {"title": {"text": _("share of the variance that it explains")},
                             "tickformat": ".0%", "range": [0, 1]},
                   "yaxis": {"automargin": True}, "height": 90 + 44 * len(names),
                   "margin": {"l": 8, "r": 8, "t": 8, "b": 8}}}


def _short(value: float) -> str:
    return f"{value:.3g}"
