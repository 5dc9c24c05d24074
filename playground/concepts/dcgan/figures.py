"""The figures of a GAN on images: samples, and what the discriminator says."""

from collections.abc import Mapping

import numpy as np

from playground.charts.colors import DATA, SAMPLES, translucent
from playground.charts.encode import Figure, float32, tile
from playground.charts.images import picture
from playground.charts.scatter import figure
from playground.language import _

N_BINS = 30


def samples(arrays: Mapping[str, np.ndarray]) -> Figure:
    """Tile the `samples` (N, H, W) or (N, 3, H, W), `columns` of them in a row."""
    return picture(tile(arrays["samples"], columns=int(arrays["columns"])))


def verdicts(said_real: np.ndarray, said_fake: np.ndarray, middle: float, reach: float) -> Figure:
    """Histograms of what D says of held-out images and of samples.

    Args:
        said_real, said_fake: (M,) each.
        middle, reach: the score that means "cannot tell", and how far the sure ones lie; with a
            reach of 0 the scores have no scale of their own.
    """
    both = np.concatenate([said_real, said_fake])
    low, high = ((middle - reach, middle + reach) if reach else (both.min(), both.max()))
    margin = 0.02 * max(high - low, 1e-6)
    edges = np.linspace(min(low, both.min()) - margin, max(high, both.max()) + margin, N_BINS + 1)
    centers = (edges[:-1] + edges[1:]) / 2
    bars = [{"type": "bar", "name": name, "x": float32(centers),
             "y": float32(np.histogram(said, edges)[0] / len(said)),
             "width": float(edges[1] - edges[0]),
             "marker": {"color": translucent(color, 0.6), "line": {"width": 0}},
             "hovertemplate": "%{x:.2f}: %{y:.0%}<extra></extra>"}
            for name, said, color in ((_("held-out images"), said_real, DATA),
                                      (_("samples"), said_fake, SAMPLES))]
    return figure(bars, {
        "barmode": "overlay",
        "xaxis": {"title": {"text": _("what D says"), "standoff": 4},
                  "range": [float(edges[0]), float(edges[-1])]},
        "yaxis": {"title": {"text": _("share"), "standoff": 4}, "tickformat": ".0%",
                  "rangemode": "tozero"},
        "showlegend": True, "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "margin": {"l": 48, "r": 8, "t": 8, "b": 44}, "uirevision": "keep"})
