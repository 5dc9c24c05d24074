"""The figures of restored pictures: the sheet of answers, and nearness against likeness."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from playground.charts.colors import NEUTRAL, class_symbol
from playground.charts.encode import Figure, Trace, float32, tile
from playground.charts.images import picture
from playground.charts.scatter import steady_range
from playground.language import _

WIDEST = 0.5  # the largest standard deviation of numbers between 0 and 1
TITLE, RAISED = 36, 14  # pixels above the sheet; of a title beside another over one column
DECIBELS = 10 * math.log10(2)
MARGIN_DB, UNIT_DB = 1.0, 2.0
MARGIN_LOG, UNIT_LOG, LEAST = 0.2, 0.5, 1e-3
MARGIN = {"l": 56, "r": 24, "t": 8, "b": 44}  # one that fits itself takes long to draw
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200]

Trail = tuple[np.ndarray, np.ndarray]


def sheet(images: np.ndarray, groups: Sequence[tuple[str, int]]) -> Figure:
    """Tile pictures, one row for each example, with a title above each group of columns.

    Args:
        images: (R * K, C, H, W) bytes, row by row.
        groups: the title of each group, translated, and how many columns it has; K in all.
    """
    columns = sum(n for _title, n in groups)
    figure = picture(tile(images, columns=columns))
    width = images.shape[-1] + 1
    titles, start, before, raised = [], 0, 0, False
    for title, n in groups:
        raised, before = n == before == 1 and not raised, n
        titles.append({"text": title, "showarrow": False, "xref": "x", "yref": "paper",
                       "x": (start + n / 2) * width - 1, "xanchor": "center", "y": 1,
                       "yanchor": "bottom", "yshift": RAISED * raised, "font": {"size": 12}})
        start += n
    figure["layout"] |= {"annotations": titles, "margin": {"l": 0, "r": 0, "t": TITLE, "b": 0}}
    figure["layout"]["yaxis"]["constraintoward"] = "top"
    return figure


def trade(trails: Mapping[str, Trail], floor: float | None, average: float | None,
          distance: str, colors: Mapping[str, str]) -> Figure:
    """Where each family stands: its nearness to the truth against its likeness to real images.

    Args:
        trails: PSNR in dB and distance of each family as its training went on, (T,) each, by its
            translated name; the last one is drawn large. Nothing of one that was not judged yet.
        floor: the distance that real images get, a dashed line.
        average: the PSNR of the average. A line 3 dB below it is what answers would get that are
            drawn as the truth is.
        distance: title of the y axis, translated.
        colors: of the families, by their translated names.
    """
    stands = {name: (psnr[-1], apart[-1]) for name, (psnr, apart) in trails.items() if len(psnr)}
    traces = [trace for index, (name, trail) in enumerate(trails.items())
              for trace in _trail(name, *trail, place=_place(name, stands), color=colors[name],
                                  symbol=class_symbol(index))]
    heights = [*(y for _x, y in stands.values()), *([floor] if floor and stands else [])]
    lines, notes = _marks(floor, average)
    return {"data": traces, "layout": {
        "xaxis": {"title": {"text": _("PSNR, dB: nearer to the truth →"), "standoff": 4},
                  "zeroline": False,
                  "range": steady_range((x for x, _y in stands.values()), MARGIN_DB, UNIT_DB)},
        "yaxis": {"title": {"text": distance, "standoff": 4}, "type": "log",
                  "tickvals": TICKS, "ticktext": [f"{tick:g}" for tick in TICKS],
                  "range": steady_range((math.log10(max(y, LEAST)) for y in heights),
                                        MARGIN_LOG, UNIT_LOG)},
        "shapes": lines, "annotations": notes, "showlegend": False, "hovermode": "closest",
        "margin": MARGIN, "uirevision": "keep"}}


def _trail(name: str, psnr: np.ndarray, apart: np.ndarray, *, place: str, color: str,
           symbol: str) -> list[Trace]:
    return [
        {"type": "scatter", "mode": "lines", "x": float32(psnr), "y": float32(apart),
         "line": {"color": color, "width": 1.5}, "opacity": 0.6, "hoverinfo": "skip",
         "showlegend": False},
        {"type": "scatter", "mode": "markers+text", "name": name, "text": [name],
         "x": float32(psnr[-1:]), "y": float32(apart[-1:]), "textposition": place,
         "marker": {"color": color, "size": 12, "symbol": symbol},
         "hovertemplate": _("{name}: {psnr} dB, {distance}").format(
             name=name, psnr="%{x:.2f}", distance="%{y:.3g}") + "<extra></extra>"}]


def _place(name: str, stands: Mapping[str, tuple[float, float]]) -> str:
    """Where the name stands: in turn below and above its marker, from the bottom up."""
    if name not in stands:
        return "bottom center"
    rank = sorted(stands, key=lambda other: stands[other][1]).index(name)
    return "top center" if rank % 2 else "bottom center"


def _marks(floor: float | None, average: float | None) -> tuple[list[Trace], list[Trace]]:
    """Dashed lines for what real images get and for a perfect sampler, and what they are."""
    dashed = {"color": NEUTRAL, "dash": "dash", "width": 1}
    font = {"size": 11}
    lines: list[Trace] = []
    notes: list[Trace] = []
    if floor is not None and floor > 0:
        lines.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": floor,
                      "y1": floor, "line": dashed})
        notes.append({"text": _("real images"), "xref": "paper", "x": 1, "xanchor": "right",
                      "y": math.log10(floor), "yanchor": "bottom", "showarrow": False,
                      "font": font})
    if average is not None:
        place = average - DECIBELS
        lines.append({"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": place,
                      "x1": place, "line": dashed})
        notes.append({"text": _("average - 3 dB"), "yref": "paper", "y": 0, "yanchor": "bottom",
                      "x": place, "xanchor": "left", "showarrow": False, "font": font})
    return lines, notes
