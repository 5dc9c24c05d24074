"""The figures of restored pictures: the sheet of answers, and nearness against likeness."""

from collections.abc import Mapping, Sequence

import numpy as np

from playground.charts.colors import NEUTRAL, class_color, class_symbol
from playground.charts.encode import Figure, Trace, float32, tile
from playground.charts.images import picture
from playground.language import _

TITLE = 22  # pixels above the sheet
DECIBELS = 10 * np.log10(2)
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
    titles, start = [], 0
    for title, n in groups:
        titles.append({"text": title, "showarrow": False, "xref": "x", "yref": "paper",
                       "x": (start + n / 2) * width - 1, "xanchor": "center", "y": 1,
                       "yanchor": "bottom", "font": {"size": 12}})
        start += n
    figure["layout"] |= {"annotations": titles, "margin": {"l": 0, "r": 0, "t": TITLE, "b": 0}}
    figure["layout"]["yaxis"]["constraintoward"] = "top"
    return figure


def heat(spread: np.ndarray) -> Figure:
    """A map of how far answers differ at each pixel, (H, W), rows from the top."""
    hidden = {"visible": False, "constrain": "domain"}
    return {"data": [{"type": "heatmap", "z": float32(spread), "colorscale": "Cividis",
                      "zmin": 0, "zmax": 0.5, "showscale": False,
                      "hovertemplate": "%{z:.2f}<extra></extra>"}],
            "layout": {"xaxis": hidden, "yaxis": {**hidden, "autorange": "reversed",
                                                  "scaleanchor": "x"},
                       "margin": {"l": 0, "r": 0, "t": 0, "b": 0}}}


def trade(trails: Mapping[str, Trail], floor: float | None, average: float | None,
          distance: str) -> Figure:
    """Where each family stands: its nearness to the truth against its likeness to real images.

    Args:
        trails: PSNR in dB and distance of each family as its training went on, (T,) each, by its
            translated name; the last one is drawn large.
        floor: the distance that real images get, a dashed line.
        average: the PSNR of the average. A line 3 dB below it is what answers would get that are
            drawn as the truth is.
        distance: title of the y axis, translated.
    """
    traces: list[Trace] = []
    for index, (name, (psnr, apart)) in enumerate(trails.items()):
        if not len(psnr):
            continue
        color = class_color(index)
        traces.append({"type": "scatter", "mode": "lines", "x": float32(psnr), "y": float32(apart),
                       "line": {"color": color, "width": 1.5}, "opacity": 0.6,
                       "hoverinfo": "skip", "showlegend": False})
        traces.append({"type": "scatter", "mode": "markers+text", "name": name, "text": [name],
                       "x": float32(psnr[-1:]), "y": float32(apart[-1:]),
                       "textposition": "top center", "cliponaxis": False,
                       "marker": {"color": color, "size": 12, "symbol": class_symbol(index)},
                       "hovertemplate": f"{name}: %{{x:.2f}} dB, %{{y:.3g}}<extra></extra>"})
    shapes = []
    dashed = {"color": NEUTRAL, "dash": "dash", "width": 1}
    notes = []
    if floor is not None and floor > 0:
        shapes.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": floor,
                       "y1": floor, "line": dashed})
        notes.append({"text": _("real images"), "xref": "paper", "x": 1, "xanchor": "right",
                      "y": float(np.log10(floor)), "yanchor": "bottom", "showarrow": False,
                      "font": {"size": 11, "color": NEUTRAL}})
    if average is not None:
        place = average - float(DECIBELS)
        shapes.append({"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": place,
                       "x1": place, "line": dashed})
        notes.append({"text": _("average - 3 dB"), "yref": "paper", "y": 1, "yanchor": "top",
                      "x": place, "xanchor": "left", "showarrow": False, "textangle": -90,
                      "font": {"size": 11, "color": NEUTRAL}})
    return {"data": traces, "layout": {
        "xaxis": {"title": {"text": _("PSNR, dB: nearer to the truth →"), "standoff": 4},
                  "automargin": True, "zeroline": False},
        "yaxis": {"title": {"text": distance, "standoff": 4}, "type": "log", "automargin": True,
                  "tickvals": TICKS, "ticktext": [f"{tick:g}" for tick in TICKS]},
        "shapes": shapes, "annotations": notes, "showlegend": False, "hovermode": "closest",
        "margin": {"l": 8, "r": 24, "t": 20, "b": 8}, "uirevision": "keep"}}
