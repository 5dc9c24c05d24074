"""The figure of k-means: cells, points, and the way that the centroids took."""

import numpy as np

from playground.charts import scatter, voronoi
from playground.charts.colors import NEUTRAL, class_color, class_symbol
from playground.charts.encode import Figure, Trace, float32
from playground.language import _


def kmeans(
    points: np.ndarray,
    labels: np.ndarray,
    centroids: np.ndarray,
    trail: np.ndarray,
    box: scatter.Box,
) -> Figure:
    """Voronoi cells, points in the colours of their clusters, centroids and their trails.

    The traces depend on the number of clusters alone: K cells, the points that no cluster has
    yet, K clusters of points, all trails, the centroids. Those can be dragged.

    Args:
        points: (N, 2).
        labels: Cluster of each point, (N,). What is not in 0 ... K - 1 is drawn grey.
        centroids: (K, 2); K may be 0.
        trail: Earlier positions of the centroids, oldest first, (T, K, 2); T may be 0.
        box: (x_min, x_max, y_min, y_max).
    """
    n_clusters = len(centroids)
    labels = np.asarray(labels).astype(np.int64)
    unassigned = (labels < 0) | (labels >= n_clusters)
    names = [_("cluster {number}").format(number=index + 1) for index in range(n_clusters)]
    traces = [
        *voronoi.traces(centroids, box),
        scatter.points(points[unassigned], name=_("not assigned"), color=NEUTRAL, size=6),
        *scatter.classes(points, labels, names),
        _trails(trail, centroids),
        _centroids(centroids),
    ]
    return scatter.figure(traces, {**scatter.plane(box), "showlegend": False})


def _trails(trail: np.ndarray, centroids: np.ndarray) -> Trace:
    gap = np.full((1, len(centroids), 2), np.nan)
    paths = np.concatenate([trail, centroids[None], gap])  # (T + 2, K, 2)
    xy = paths.transpose(1, 0, 2).reshape(-1, 2)  # one path after the other
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": _("trails"),
        "x": float32(xy[:, 0]),
        "y": float32(xy[:, 1]),
        "line": {"color": NEUTRAL, "width": 2},
        "marker": {"color": NEUTRAL, "size": 4},
        "hoverinfo": "skip",
    }


def _centroids(centroids: np.ndarray) -> Trace:
    indices = range(len(centroids))
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _("centroids"),
        "x": float32(centroids[:, 0]),
        "y": float32(centroids[:, 1]),
        "marker": {
            "color": [class_color(index) for index in indices],
            "symbol": [class_symbol(index) for index in indices],
            "size": 18,
            "opacity": 1,
            "line": {"color": "#FFFFFF", "width": 2},
        },
        "hoverinfo": "x+y+name",
        "meta": {"draggable": True},
    }
