"""The figures of a variational autoencoder, from the arrays of a snapshot."""

import math
from collections.abc import Mapping

import numpy as np

from playground.charts.colors import DATA, SAMPLES
from playground.charts.encode import Figure, tile
from playground.charts.images import picture
from playground.charts.latent import latent
from playground.charts.scatter import figure, plane, points, square
from playground.language import _

SMALLEST_PLANE = 3.5
ROWS_REACH = 3.0


def codes(arrays: Mapping[str, np.ndarray]) -> Figure:
    """Draw the codes of held-out data on the plane of two latent dimensions.

    The plane doubles its sides when the codes outgrow it, so that it seldom jumps. A single latent
    dimension gets a row for each class.

    Args:
        arrays: `codes` (N, 2) or (N, 1), `labels` (N,), and `axes`, the dimensions that are shown.
    """
    means, labels = arrays["codes"], arrays["labels"].astype(np.int64)
    titles = [f"z{axis + 1}" for axis in arrays["axes"].tolist()]
    if means.shape[1] == 1:
        rows = np.linspace(-ROWS_REACH, ROWS_REACH, int(labels.max(initial=1)) + 1)[labels]
        means = np.stack([means[:, 0], rows.astype(np.float32)], axis=1)
        titles.append(_("class"))
    reach = float(np.quantile(np.abs(means), 0.995))
    doublings = max(0, math.ceil(math.log2(max(reach, 1e-6) / SMALLEST_PLANE)))
    drawn = latent(means, labels, box=square(SMALLEST_PLANE * 2**doublings))
    for axis, title in zip(("xaxis", "yaxis"), titles, strict=True):
        drawn["layout"][axis]["title"] = {"text": title}
    return drawn


def samples(arrays: Mapping[str, np.ndarray]) -> Figure:
    """Draw samples: pictures as tiles, points over the data that they should look like.

    Args:
        arrays: `samples` (N, H, W) bytes, or `samples` (N, 2) with `data` (M, 2).
    """
    if "data" not in arrays:
        return picture(tile(arrays["samples"]))
    return figure([points(arrays["data"], name=_("data"), color=DATA, opacity=0.5),
                   points(arrays["samples"], name=_("samples"), color=SAMPLES)],
                  plane(square(2.2)))
