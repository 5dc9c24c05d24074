"""The figures of a variational autoencoder, from the arrays of a snapshot."""

import math
from collections.abc import Mapping

import numpy as np

from playground.charts.colors import DATA, GRADIENTS, NEUTRAL, SAMPLES
from playground.charts.encode import Figure, Trace, float32, tile, typed
from playground.charts.images import picture
from playground.charts.latent import latent
from playground.charts.scatter import figure, plane, points, same, square
from playground.language import _

SMALLEST_PLANE = 3.5
GROWTHS = 4  # of the plane until it is twice as large: it seldom moves, and never far
ROWS_REACH = 3.0
GROUND = [[0, "rgba(128, 128, 128, 0)"], [1, "rgba(128, 128, 128, 0.45)"]]
_TURN = np.linspace(0, 2 * np.pi, 33)


def codes(arrays: Mapping[str, np.ndarray]) -> Figure:
    """Draw the codes of held-out data on the plane of two latent dimensions.

    The plane doubles its sides when the codes outgrow it, so that it seldom jumps. A single latent
    dimension gets a row for each class. Posteriors are ellipses; words are diamonds, the larger
    the more often they are used.

    Args:
        arrays: `codes` (N, 2) or (N, 1), `labels` (N,), and `axes`, the dimensions that are shown;
            `posteriors` (M, 2, 2), mean and standard deviation of a few; or `words` (W, 2) and
            their `usage` (W,); with one latent dimension (M, 2, 1) and (W, 1). Or also the
            `ground` (S, S), bytes, what is decoded up to `reach` (1,) from the origin.
    """
    means, labels = arrays["codes"], arrays["labels"].astype(np.int64)
    flat = means.shape[1] == 1
    titles = [f"z{axis + 1}" for axis in arrays["axes"].tolist()]
    if flat:
        rows = np.linspace(-ROWS_REACH, ROWS_REACH, int(labels.max(initial=1)) + 1)[labels]
        means = np.stack([means[:, 0], rows.astype(np.float32)], axis=1)
        titles.append(_("class"))
    reach = float(np.quantile(np.abs(means), 0.995))
    growths = max(0, math.ceil(GROWTHS * math.log2(max(reach, 1e-6) / SMALLEST_PLANE)))
    drawn = latent(means, labels, box=square(SMALLEST_PLANE * 2 ** (growths / GROWTHS)))
    for axis, title in zip(("xaxis", "yaxis"), titles, strict=True):
        drawn["layout"][axis]["title"] = {"text": title}
    if "ground" in arrays:
        drawn["data"].insert(0, _ground(arrays["ground"], float(arrays["reach"][0])))
    if "posteriors" in arrays and not flat:
        drawn["data"] += same([ellipses(*arrays["posteriors"].swapaxes(0, 1))])
    if "words" in arrays:
        words = arrays["words"]
        spots = np.pad(words, ((0, 0), (0, 1))) if flat else words
        drawn["data"] += same([_words(spots, arrays["usage"])])
    return drawn


def _ground(pictures: np.ndarray, reach: float) -> Trace:
    """Decoded pictures (S, S), rows from the bottom, as the ground of the plane they come from."""
    step = 2 * reach / len(pictures)
    return {"type": "heatmap", "name": _("decoded"), "showlegend": True, "z": typed(pictures),
            "x0": -reach + step / 2, "dx": step, "y0": -reach + step / 2, "dy": step,
            "zmin": 0, "zmax": 255, "colorscale": GROUND, "showscale": False, "hoverinfo": "skip"}


def ellipses(means: np.ndarray, sigmas: np.ndarray) -> Trace:
    """Draw Gaussians with axes along z1 and z2 by their contours at one sigma.

    Args:
        means, sigmas: (N, 2) each.
    """
    ring = np.stack([np.cos(_TURN), np.sin(_TURN)], -1)  # (T, 2)
    contours = means[:, None] + sigmas[:, None] * ring
    gap = np.full((len(means), 1, 2), np.nan)
    xy = np.concatenate([contours, gap], axis=1).reshape(-1, 2)
    return {"type": "scatter", "mode": "lines", "name": "q(z|x)", "x": float32(xy[:, 0]),
            "y": float32(xy[:, 1]), "line": {"color": NEUTRAL, "width": 1.5}, "hoverinfo": "skip"}


def _words(spots: np.ndarray, usage: np.ndarray) -> Trace:
    share = usage / max(float(usage.max()), 1e-12)
    return {"type": "scatter", "mode": "markers", "name": _("words"), "x": float32(spots[:, 0]),
            "y": float32(spots[:, 1]), "hoverinfo": "text",
            "text": [_("word {number}: {share:.1%} of all").format(number=i, share=float(part))
                     for i, part in enumerate(usage)],
            "marker": {"symbol": "diamond", "size": (6 + 10 * np.sqrt(share)).round(1).tolist(),
                       "color": GRADIENTS, "line": {"color": "white", "width": 1}}}


def samples(arrays: Mapping[str, np.ndarray]) -> Figure:
    """Draw samples: pictures as tiles, points over the data that they should look like.

    Args:
        arrays: `samples` (N, H, W) or (N, 3, H, W) bytes, with the classes `sampled` (N,) each
            class gets a row; or `samples` (N, 2) with `data` (M, 2).
    """
    if "data" not in arrays:
        told = arrays.get("sampled")
        return picture(tile(arrays["samples"], None if told is None else int((told == 0).sum())))
    return figure([points(arrays["data"], name=_("data"), color=DATA, opacity=0.5),
                   *same([points(arrays["samples"], name=_("samples"), color=SAMPLES)])],
                  plane(square(2.2)))


def usage(shares: np.ndarray) -> Figure:
    """How often each word is used, the most frequent first, beside an even share.

    Args:
        shares: (W,), summing to 1.
    """
    even = 1 / len(shares)
    return {"data": [{"type": "bar", "x": list(range(1, len(shares) + 1)),
                      "y": float32(np.sort(shares)[::-1]), "marker": {"color": DATA},
                      "hovertemplate": "%{y:.1%}<extra></extra>"}],
            "layout": {"xaxis": {"title": {"text": _("word, by rank"), "standoff": 4},
                                 "automargin": True},
                       "yaxis": {"title": {"text": _("share of all slots"), "standoff": 4},
                                 "tickformat": ".0%", "automargin": True},
                       "shapes": [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": even,
                                   "y1": even, "line": {"color": NEUTRAL, "dash": "dash"}}],
                       "height": 240, "margin": {"l": 8, "r": 8, "t": 8, "b": 8}}}
