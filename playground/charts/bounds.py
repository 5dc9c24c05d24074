"""What the evidence lower bound is made of, and what it leaves open."""

from collections.abc import Sequence

import numpy as np

from playground.charts.colors import DATA, NEUTRAL, SAMPLES, class_color
from playground.charts.encode import Figure, float32
from playground.language import _

_MARGIN = {"l": 10, "r": 10, "t": 10, "b": 40}


def cost_bars(costs: np.ndarray, titles: Sequence[str]) -> Figure:
    """Draw what each dimension of the code costs, dearest first.

    Args:
        costs: Mean KL of each dimension in nats, (Z,).
        titles: Their names.
    """
    order = np.argsort(-costs, kind="stable")
    bars = {"type": "bar", "x": [titles[i] for i in order], "y": float32(costs[order]),
            "marker": {"color": DATA}, "hovertemplate": "%{x}: %{y:.3f}<extra></extra>"}
    return {"data": [bars], "layout": {
        "xaxis": {"type": "category"}, "yaxis": {"title": {"text": _("nats")}},
        "height": 240, "margin": _MARGIN}}


def rising_bound(ks: Sequence[int], bounds: Sequence[float]) -> Figure:
    """Draw the bound of log p(x) over the number of codes per datum.

    Args:
        ks: Codes per datum, rising.
        bounds: Mean bounds in nats.
    """
    curve = {"type": "scatter", "mode": "lines+markers", "x": list(ks),
             "y": float32(np.asarray(bounds)), "line": {"color": DATA},
             "hovertemplate": "K = %{x}: ≥ %{y:.2f}<extra></extra>"}
    ticks = [k for k in (1, 10, 100, 1000) if k <= ks[-1]]
    return {"data": [curve], "layout": {
        "xaxis": {"type": "log", "title": {"text": _("codes per datum, K")}, "tickvals": ticks,
                  "ticktext": [f"{k:,}" for k in ticks]},
        "yaxis": {"title": {"text": _("log p(x) ≥, nats")}, "automargin": True},
        "height": 280, "margin": _MARGIN}}


def against_the_prior(z: np.ndarray, prior: np.ndarray, densities: np.ndarray,
                      dimensions: np.ndarray) -> Figure:
    """Draw the density of all posteriors together beside the prior, dimension by dimension.

    Args:
        z: (G,).
        prior: (G,).
        densities: (D, G).
        dimensions: Which dimensions they are, (D,).
    """
    curves = [{"type": "scatter", "mode": "lines", "name": f"z{dimension + 1}", "x": float32(z),
               "y": float32(density), "line": {"color": class_color(i), "width": 1.5}}
              for i, (dimension, density) in enumerate(zip(dimensions, densities, strict=True))]
    curves.append({"type": "scatter", "mode": "lines", "name": _("prior"), "x": float32(z),
                   "y": float32(prior), "line": {"color": NEUTRAL, "dash": "dash"}})
    return {"data": curves, "layout": {
        "xaxis": {"title": {"text": "z"}, "zeroline": False},
        "yaxis": {"title": {"text": _("density")}}, "height": 260, "margin": _MARGIN,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}}}


def spread_of_gradients(groups: dict[str, np.ndarray]) -> Figure:
    """Draw single estimates of a gradient, a box for each estimator, on a scale fit to all.

    Args:
        groups: Estimates (S,) by the estimator's name, translated.
    """
    colors = (DATA, SAMPLES, NEUTRAL)
    boxes = [{"type": "box", "name": name, "x": float32(values), "boxpoints": "outliers",
              "marker": {"color": color, "size": 3}, "orientation": "h", "boxmean": True}
             for (name, values), color in zip(groups.items(), colors, strict=False)]
    return {"data": boxes, "layout": {
        "xaxis": {"title": {"text": _("one estimate, nats per unit of the code")}},
        "yaxis": {"automargin": True, "autorange": "reversed"}, "showlegend": False,
        "height": 240, "margin": _MARGIN}}


def information(table: np.ndarray, factors: Sequence[str]) -> Figure:
    """Draw which latent dimension tells of which factor.

    Args:
        table: Shares of each factor's entropy, (Z, F), 0 to 1.
        factors: Their names, translated.
    """
    cells = {"type": "heatmap", "z": float32(table), "x": list(factors),
             "y": [f"z{j + 1}" for j in range(len(table))], "zmin": 0, "zmax": 1,
             "colorscale": "Cividis", "hovertemplate": "%{y}, %{x}: %{z:.2f}<extra></extra>"}
    return {"data": [cells], "layout": {
        "xaxis": {"side": "top"}, "yaxis": {"autorange": "reversed", "type": "category"},
        "height": 90 + 24 * max(4, len(table)),
        "margin": {"l": 40, "r": 10, "t": 40, "b": 10}}}
