"""The figures of an autoencoder, from the arrays of a snapshot."""

from collections.abc import Mapping

import numpy as np

from playground.charts import scatter
from playground.charts.colors import EDGE, class_color
from playground.charts.encode import GAP, Figure, float32, tile
from playground.charts.images import picture
from playground.language import _

FARTHEST = 4.0
ROWS_REACH = 0.85
Arrays = Mapping[str, np.ndarray]
Accuracies = Mapping[str, Mapping[int, np.ndarray]]


def codes(arrays: Arrays) -> Figure:
    """Draw the codes of held-out data, coloured by class; one latent dimension gets class rows.

    Args:
        arrays: `codes` (N, 2) or (N, 1), `labels` (N,), `axes`, the dimensions that are shown,
            and `box` (4,), the part of the plane that is shown.
    """
    labels = arrays["labels"].astype(np.int64)
    titles = [f"z{axis + 1}" for axis in arrays["axes"].tolist()]
    n_classes = int(labels.max(initial=-1)) + 1
    layout = {
        **scatter.plane(_box(arrays), x_title=titles[0], y_title=(titles + [_("class")])[1]),
        "legend": {"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top",
                   "itemsizing": "constant", "itemwidth": 30},
    }
    if len(titles) == 1:
        layout["yaxis"]["showticklabels"] = False
    names = [str(number) for number in range(n_classes)]
    return scatter.figure(scatter.same(scatter.classes(_plane(arrays), labels, names)), layout)


def holes(arrays: Arrays) -> Figure:
    """Draw how far each place of the plane is from the nearest code, and the codes over it.

    Args:
        arrays: as for `codes`, and `holes` (G, G), rows from the bottom; or (1, G).
    """
    drawn = codes(arrays)
    x_min, x_max, y_min, y_max = _box(arrays)
    rows, columns = arrays["holes"].shape
    dx, dy = (x_max - x_min) / columns, (y_max - y_min) / rows
    heat = {
        "type": "heatmap", "z": float32(arrays["holes"]), "x0": x_min + dx / 2, "dx": dx,
        "y0": y_min + dy / 2, "dy": dy, "zmin": 0, "zmax": FARTHEST, "colorscale": "Cividis",
        "hoverinfo": "skip",
        "colorbar": {"thickness": 10, "len": 1, "y": 0.5, "tickvals": [0, 1, 2, 3, 4],
                     "ticktext": ["0", "1", "2", "3", "≥ 4"]},
    }
    pale = [{**trace, "marker": {**trace["marker"], "size": 4, "color": EDGE,
                                 "line": {"color": "#000000", "width": 0.5}}}
            for trace in drawn["data"]]
    return scatter.figure([heat, *pale], {**drawn["layout"], "showlegend": False})


def copies(arrays: Arrays) -> Figure:
    """Draw strips of pictures, side by side: the input, the noisy input if any, the copy.

    Args:
        arrays: `inputs` and `copies` (N, C, H, W) bytes, and `noisy` of that shape.
    """
    parts = [arrays[name] for name in ("inputs", "noisy", "copies") if name in arrays]
    n, channels, height, width = parts[0].shape
    bar = np.full((n, channels, height, 1), GAP, np.uint8)
    row = [piece for part in parts for piece in (part, bar)][:-1]
    strips = np.concatenate([bar, *row, bar], axis=3)
    wide = strips.shape[3] / height
    columns = min(n, max(1, round((n / wide) ** 0.5)))
    lower = np.full((n, channels, 1, strips.shape[3]), GAP, np.uint8)
    return picture(tile(np.concatenate([strips, lower], axis=2), columns=columns))


def with_star(drawn: Figure, x: float, y: float, name: str) -> Figure:
    """Add one large star to a plane of codes, e.g. the visitor's own picture."""
    star = {"type": "scatter", "mode": "markers", "name": name, "x": [x], "y": [y],
            "marker": {"symbol": "star", "size": 18, "color": EDGE,
                       "line": {"color": "#000000", "width": 2}}}
    return scatter.figure([*drawn["data"], star], drawn["layout"])


def accuracies(results: Accuracies) -> Figure:
    """Draw test accuracy against the number of labels, with the spread over the seeds.

    Args:
        results: By the name of each way (translated), by the number of labels: the accuracy of
            each seed (S,), 0 to 1. The bars are one standard deviation long to each side.
    """
    traces = []
    for index, (name, by_labels) in enumerate(results.items()):
        counts = sorted(by_labels)
        color = class_color(index)
        traces.append({
            "type": "scatter", "mode": "lines+markers", "name": name, "x": counts,
            "y": [100 * float(by_labels[n].mean()) for n in counts],
            "error_y": {"type": "data", "thickness": 1.5, "width": 4,
                        "array": [100 * float(by_labels[n].std(ddof=1)) for n in counts]},
            "line": {"color": color}, "marker": {"color": color, "size": 7,
                                                 "symbol": ("circle", "square", "diamond")[index]},
            "hovertemplate": "%{y:.1f} %",
        })
    ticks = [10, 20, 50, 100, 200, 500, 1000]
    return scatter.figure(traces, {
        "xaxis": {"type": "log", "title": {"text": _("labels, n")}, "tickvals": ticks,
                  "ticktext": [str(n) for n in ticks], "range": [0.9, 3.1]},
        "yaxis": {"title": {"text": _("test accuracy, %")}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "hovermode": "x unified", "height": 320, "margin": {"l": 10, "r": 10, "t": 10, "b": 40},
    })


def _box(arrays: Arrays) -> scatter.Box:
    x_min, x_max, y_min, y_max = (float(value) for value in arrays["box"])
    return x_min, x_max, y_min, y_max


def _plane(arrays: Arrays) -> np.ndarray:
    """The codes as points (N, 2); of one dimension, each class in a row of its own."""
    points, labels = arrays["codes"], arrays["labels"].astype(np.int64)
    if points.shape[1] == 2:
        return points
    y_min, y_max = _box(arrays)[2:]
    reach = ROWS_REACH * (y_max - y_min) / 2
    places = np.linspace(-reach, reach, max(int(labels.max(initial=1)) + 1, 2))
    return np.stack([points[:, 0], (y_min + y_max) / 2 + places[labels]], axis=1)
