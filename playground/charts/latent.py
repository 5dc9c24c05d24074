"""The latent plane of an autoencoder."""

from collections.abc import Sequence

import numpy as np

from playground.charts import scatter
from playground.charts.colors import NEUTRAL
from playground.charts.encode import Figure


def latent(
    means: np.ndarray,
    labels: np.ndarray,
    *,
    names: Sequence[str] | None = None,
    box: scatter.Box | None = None,
) -> Figure:
    """Where the encoder puts the data, and the prior as circles of one and two sigma.

    Args:
        means: Posterior means, (N, 2).
        labels: Class of each point, (N,), from 0.
        names: Names of the classes, translated; their numbers where not given.
        box: (x_min, x_max, y_min, y_max); fitted to the points, and to the circles at least,
            where not given.
    """
    if box is None:
        corners = np.array([[-2.2, -2.2], [2.2, 2.2]])
        box = scatter.box_around(np.concatenate([corners, means]), margin=0.02)
    if names is None:
        names = [str(number) for number in range(int(labels.max(initial=-1)) + 1)]
    circles = [
        {
            "type": "circle",
            "x0": -sigma,
            "x1": sigma,
            "y0": -sigma,
            "y1": sigma,
            "line": {"color": NEUTRAL, "width": 1, "dash": "dash"},
            "layer": "below",
        }
        for sigma in (1, 2)
    ]
    layout = {
        **scatter.plane(box, x_title="z1", y_title="z2"),
        "shapes": circles,
        "legend": {"orientation": "v", "x": 1.02, "xanchor": "left", "y": 1, "yanchor": "top",
                   "itemsizing": "constant", "itemwidth": 30},
    }
    return scatter.figure(scatter.same(scatter.classes(means, labels, names)), layout)
