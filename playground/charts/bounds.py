"""What the evidence lower bound is made of, and what it leaves open."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from playground.charts.colors import DATA, NEUTRAL, SAMPLES, class_color, translucent
from playground.charts.encode import Figure, float32
from playground.language import _

N_DRAWS = 40
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


def rising_bound(ks: Sequence[int], bounds: Sequence[float], name: str) -> Figure:
    """Draw the bound of log p over the number of codes per datum.

    Args:
        ks: Codes per datum, rising.
        bounds: Mean bounds in nats.
        name: What is bounded, e.g. "log p(x)", translated.
    """
    curve = {"type": "scatter", "mode": "lines+markers", "x": list(ks),
             "y": float32(np.asarray(bounds)), "line": {"color": DATA},
             "hovertemplate": "K = %{x}: ≥ %{y:.2f}<extra></extra>"}
    ticks = [k for k in (1, 10, 100, 1000) if k <= ks[-1]]
    return {"data": [curve], "layout": {
        "xaxis": {"type": "log", "title": {"text": _("codes per datum, K")}, "tickvals": ticks,
                  "ticktext": [f"{k:,}" for k in ticks]},
        "yaxis": {"title": {"text": _("{name} ≥, nats").format(name=name)}, "automargin": True},
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


def one_posterior(mean: float, sigma: float, name: str) -> Figure:
    """Draw what the encoder guesses of one datum, in one dimension, beside the prior.

    Args:
        mean, sigma: Of the Gaussian q(z|x).
        name: The dimension's name.
    """
    z = np.linspace(min(-3.5, mean - 4 * sigma), max(3.5, mean + 4 * sigma), 301)

    def gaussian(m: float, s: float) -> np.ndarray:
        density: np.ndarray = np.exp(-((z - m) / s) ** 2 / 2) / (s * math.sqrt(2 * math.pi))
        return density

    curves = {_("q(z|x), the guess"): (gaussian(mean, sigma), {"color": SAMPLES}),
              _("p(z), the prior"): (gaussian(0, 1), {"color": NEUTRAL, "dash": "dash"})}
    return {"data": [{"type": "scatter", "mode": "lines", "name": title, "x": float32(z),
                      "y": float32(density), "line": line}
                     for title, (density, line) in curves.items()],
            "layout": {"xaxis": {"title": {"text": name}, "zeroline": False},
                       "yaxis": {"title": {"text": _("density")}}, "height": 240,
                       "margin": _MARGIN,
                       "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"}}}


def moved_noise(mean: float, sigma: float, name: str) -> Figure:
    """Draw how noise becomes codes: each draw is a thread from epsilon to mean + sigma epsilon.

    Args:
        mean, sigma: Of the Gaussian q(z|x).
        name: The dimension's name.
    """
    noise = ndtri((np.arange(N_DRAWS) + 0.5) / N_DRAWS)
    z = mean + sigma * noise
    rows = np.tile([1.0, 0.0, np.nan], N_DRAWS)
    threads = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
               "x": float32(np.stack([noise, z, np.full(N_DRAWS, np.nan)], axis=1).ravel()),
               "y": float32(rows), "line": {"color": translucent(NEUTRAL, 0.5), "width": 1}}
    ends = [{"type": "scatter", "mode": "markers", "hoverinfo": "x", "showlegend": False,
             "x": float32(x), "y": [row] * N_DRAWS,
             "marker": {"color": color, "size": 6}}
            for x, row, color in ((noise, 1, NEUTRAL), (z, 0, SAMPLES))]
    return {"data": [threads, *ends], "layout": {
        "xaxis": {"title": {"text": name, "standoff": 4}, "zeroline": False, "automargin": True},
        "yaxis": {"tickvals": [1, 0], "ticktext": [_("noise ε"), _("code μ + σ ε")],
                  "range": [-0.25, 1.25], "zeroline": False, "showgrid": False,
                  "automargin": True},
        "height": 220, "margin": {"l": 8, "r": 8, "t": 8, "b": 8}}}


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
