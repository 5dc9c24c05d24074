"""The figures of the arena of images: samples of each family, and likelihood against samples."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from playground.charts.arena import ONE_COLUMN, rows_and_columns
from playground.charts.colors import NEUTRAL, class_symbol
from playground.charts.encode import Figure, Layout, Trace, float32, png_uri, tile
from playground.charts.scatter import figure, steady_range
from playground.language import _

GAP = 0.02
TITLE = 0.11  # of the height of the figure
MARGIN_BITS, UNIT_BITS = 0.1, 0.5
MARGIN_LOG, UNIT_LOG, LEAST = 0.1, 0.5, 1e-3
MARGIN = {"l": 56, "r": 8, "t": 8, "b": 44}  # one that fits itself takes long to draw
TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]


def sheets(plots: Sequence[tuple[str, np.ndarray]]) -> Figure:
    """Small sheets of pictures, up to five in a row, each under its title.

    Args:
        plots: the title, translated; images (N, C, H, W), bytes.
    """
    n_rows, n_columns = rows_and_columns(len(plots))
    traces: list[Trace] = []
    layout: Layout = {"margin": {"l": 4, "r": 4, "t": 4, "b": 4}, "showlegend": False,
                      "uirevision": "keep", "annotations": []}
    for number, (title, images) in enumerate(plots):
        row, column = divmod(number, n_columns)
        name = "" if number == 0 else str(number + 1)
        left, high = column / n_columns, 1 - row / n_rows
        across = [left, left + 1 / n_columns - GAP]
        down = [high - 1 / n_rows + GAP, high - TITLE]
        sheet = tile(images)
        height, width = sheet.shape[:2]
        axis: Layout = {"visible": False, "constrain": "domain"}
        layout[f"xaxis{name}"] = {**axis, "range": [-0.5, width - 0.5], "domain": across,
                                  "anchor": f"y{name}"}
        layout[f"yaxis{name}"] = {**axis, "range": [height - 0.5, -0.5], "domain": down,
                                  "anchor": f"x{name}", "scaleanchor": f"x{name}",
                                  "constraintoward": "top"}
        layout["annotations"].append({
            "text": title, "xref": "paper", "yref": "paper", "showarrow": False,
            "x": sum(across) / 2, "xanchor": "center", "y": down[1], "yanchor": "bottom",
            "font": {"size": 12}})
        traces.append({"type": "image", "source": png_uri(sheet), "zsmooth": False,
                       "hoverinfo": "none", "xaxis": f"x{name}", "yaxis": f"y{name}"})
    return figure(traces, layout)


def against(places: Mapping[str, tuple[float | None, float | None]], floor: float,
            colors: Mapping[str, str]) -> Figure:
    """Likelihood against samples: one dot for each family, better ones at the bottom left.

    Args:
        places: by the translated name of each family that takes part: bits per dimension, None
            where there are none, and the Fréchet distance, None where it was not judged yet.
            Without bits it is a dotted line.
        floor: the Fréchet distance that real images get, a dashed line.
        colors: of all families, by their translated names.
    """
    known = [bits for bits, _distance in places.values() if bits is not None]
    across = steady_range(known, MARGIN_BITS, UNIT_BITS) or [0.0, 1.0]
    down = steady_range((math.log10(max(height, LEAST)) for height in (
        floor, *(distance for _bits, distance in places.values() if distance is not None))),
                        MARGIN_LOG, UNIT_LOG)
    traces = [_place(name, *places[name], across, color, class_symbol(index))
              for index, (name, color) in enumerate(colors.items()) if name in places]
    return figure(traces, {
        "shapes": [_line(floor)], "showlegend": True, "uirevision": "keep",
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", **ONE_COLUMN},
        "annotations": [{"text": _("real images"), "xref": "paper", "x": 1, "xanchor": "right",
                         "y": math.log10(floor), "yanchor": "bottom", "showarrow": False,
                         "font": {"size": 11}}],
        "xaxis": {"title": {"text": _("held out, bits per dimension"), "standoff": 4},
                  "range": across},
        "yaxis": {"title": {"text": _("Fréchet distance, as judged last"), "standoff": 4},
                  "type": "log", "range": down, "tickvals": TICKS,
                  "ticktext": [f"{tick:g}" for tick in TICKS]},
        "margin": MARGIN})


def _place(name: str, bits: float | None, distance: float | None, across: Sequence[float],
           color: str, symbol: str) -> Trace:
    """The dot of a family, a dotted line where it has no bits, nothing where it was not judged."""
    x, mode = (across, "lines") if distance and bits is None else ([bits], "markers")
    return {"type": "scatter", "mode": mode, "name": name,
            "x": float32(np.array(x, float)), "y": float32(np.full(len(x), distance, float)),
            "cliponaxis": False, "hovertemplate": "%{x:.3f}, %{y:.3f}",
            "line": {"dash": "dot", "color": color, "width": 1.5},
            "marker": {"size": 12, "color": color, "symbol": symbol}}


def _line(height: float) -> Layout:
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": height, "y1": height,
            "line": {"color": NEUTRAL, "dash": "dash", "width": 1.5}}
