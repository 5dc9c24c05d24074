"""The figures of k-means and of Gaussian mixtures: groups, and the way that centres took."""

import numpy as np

from playground.charts import scatter, voronoi
from playground.charts.colors import NEUTRAL, blend, class_color, class_symbol, translucent
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


def mixture(
    points: np.ndarray,
    responsibilities: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    trail: np.ndarray,
    box: scatter.Box,
) -> Figure:
    """Points in the blended colours of their gaussians, and ellipses at 1 and 2 sigma.

    Args:
        points: (N, 2).
        responsibilities: Share of each point that each gaussian has, (N, K); rows sum to 1.
        means: (K, 2). They can be dragged.
        covariances: (K, 2, 2).
        trail: Earlier means, oldest first, (T, K, 2).
        box: (x_min, x_max, y_min, y_max).
    """
    dots = scatter.points(points, name=_("points"), size=6)
    dots["marker"]["color"] = blend(responsibilities)
    ellipses = [_ellipse(mean, covariance, sigma, index)
                for sigma in (2, 1)
                for index, (mean, covariance) in enumerate(zip(means, covariances, strict=True))]
    traces = [*ellipses, dots, _trails(trail, means), _centroids(means)]
    return scatter.figure(traces, {**scatter.plane(box), "showlegend": False})


def ellipse(mean: np.ndarray, covariance: np.ndarray, sigma: float) -> np.ndarray:
    """The points at a Mahalanobis distance of `sigma` from a mean, closed, (65, 2)."""
    angle = np.linspace(0, 2 * np.pi, 65)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    return mean + sigma * (np.linalg.cholesky(covariance) @ circle).T


def _ellipse(mean: np.ndarray, covariance: np.ndarray, sigma: float, index: int) -> Trace:
    path = ellipse(mean.astype(float), covariance.astype(float), sigma)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": float32(path[:, 0]),
        "y": float32(path[:, 1]),
        "fill": "toself",
        "fillcolor": translucent(class_color(index), 0.08),
        "line": {"color": translucent(class_color(index), 0.8), "width": 2 if sigma == 1 else 1},
        "hoverinfo": "skip",
        "showlegend": False,
    }


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
