"""The figures of clustering: groups, the way that centres took, and what can be dragged."""

from typing import Any

import numpy as np

from playground.charts import scatter, voronoi
from playground.charts.colors import (
    CLASS_COLORS,
    DATA,
    EDGE,
    NEUTRAL,
    SAMPLES,
    blend,
    class_color,
    class_symbol,
    translucent,
)
from playground.charts.encode import Figure, Trace, float32, typed
from playground.charts.follow import NOISE_SYMBOL, SIZES, draggable, looks, parts
from playground.language import _

MAX_CIRCLES = 40
NOT_ASSIGNED = 255  # the label of a point that no cluster has yet


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
    loose = scatter.points(points[unassigned], name=_("not assigned"), color=NEUTRAL, size=6)
    traces = [
        *parts(voronoi.traces(centroids, box), "cell"),
        *parts([loose], "loose"),
        *parts(scatter.classes(points, labels, names), "group"),
        _trails(trail, centroids),
        *scatter.same([draggable(_centroids(centroids), "voronoi", part="centres",
                                 says=_("Start from here: inertia {inertia}"))]),
    ]
    return scatter.figure(traces, {**scatter.plane(box), "showlegend": False})


def borders(points: np.ndarray, labels: np.ndarray, centroids: np.ndarray,
            box: scatter.Box) -> Figure:
    """The cells of centroids, and the ways between neighbours, which borders cut in the middle.

    Args:
        points, labels, centroids, box: as for `kmeans`.
    """
    drawn = kmeans(points, labels, centroids, np.zeros((0, len(centroids), 2)), box)
    pairs = centroids[voronoi.neighbours(centroids)]  # (P, 2, 2)
    ways = np.concatenate([pairs, np.full((len(pairs), 1, 2), np.nan)], axis=1).reshape(-1, 2)
    dotted = {"type": "scatter", "mode": "lines", "name": _("ways between neighbours"),
              "x": float32(ways[:, 0]), "y": float32(ways[:, 1]), "hoverinfo": "skip",
              "line": {"color": NEUTRAL, "width": 2, "dash": "dot"}}
    middles = scatter.points(pairs.mean(axis=1), name=_("middles"), color=NEUTRAL, size=10,
                             symbol="x", opacity=1, hover=False)
    return {**drawn, "data": [*drawn["data"][:-1], dotted, middles, drawn["data"][-1]]}


def mixture(
    points: np.ndarray,
    responsibilities: np.ndarray,
    means: np.ndarray,
    covariances: np.ndarray,
    trail: np.ndarray,
    box: scatter.Box,
    start: np.ndarray,
) -> Figure:
    """Points in the blended colours of their gaussians, and ellipses at 1 and 2 sigma.

    Args:
        points: (N, 2).
        responsibilities: Share of each point that each gaussian has, (N, K); rows sum to 1.
        means: (K, 2). They can be dragged.
        covariances: (K, 2, 2).
        trail: Earlier means, oldest first, (T, K, 2).
        box: (x_min, x_max, y_min, y_max).
        start: The covariance of all gaussians at the start of a run, (2, 2).
    """
    dots = scatter.points(points, name=_("points"), size=6)
    dots["marker"]["color"] = blend(responsibilities)
    ellipses = [_ellipse(mean, covariance, sigma, index)
                for sigma in (2, 1)
                for index, (mean, covariance) in enumerate(zip(means, covariances, strict=True))]
    hand = draggable(_centroids(means), "mixture", part="centres", says=_("Start from here"),
                     covariance=start.tolist(), colors=list(CLASS_COLORS))
    traces = [*scatter.same(parts(ellipses, "ellipse")), *parts([dots], "points"),
              _trails(trail, means), *scatter.same([hand])]
    return scatter.figure(traces, {**scatter.plane(box), "showlegend": False})


def grown(
    points: np.ndarray,
    labels: np.ndarray,
    kinds: np.ndarray,
    box: scatter.Box,
    wave: np.ndarray | None = None,
    radius: float = 0.0,
) -> Figure:
    """Clusters without centres: large core points, small border points, grey noise.

    Args:
        points: (N, 2).
        labels: Cluster of each point, (N,); below 0 for none.
        kinds: 0 for noise or not reached yet, 1 for border points, 2 for core points, (N,).
        box: (x_min, x_max, y_min, y_max).
        wave: Points that joined last, (M, 2); up to `MAX_CIRCLES` get a circle.
        radius: Of those circles.
    """
    places = np.zeros((0, 2)) if wave is None else wave[:MAX_CIRCLES]
    angle = np.append(np.linspace(0, 2 * np.pi, 33), np.nan)
    circle = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rings = (places[:, None] + circle).reshape(-1, 2)
    dots = scatter.points(points, name=_("points"), size=6)
    dots["marker"] |= {
        "color": [NEUTRAL if label < 0 else class_color(int(label)) for label in labels],
        "symbol": [NOISE_SYMBOL if kind == 0 else class_symbol(max(0, int(label)))
                   for kind, label in zip(kinds, labels, strict=True)],
        "size": np.array(SIZES)[kinds.astype(int)].tolist()}
    reach = {"type": "scatter", "mode": "lines", "name": _("reach"), "x": float32(rings[:, 0]),
             "y": float32(rings[:, 1]), "line": {"color": NEUTRAL, "width": 1},
             "hoverinfo": "skip"}
    traces = [*parts([reach], "reach"), *parts([dots], "points")]
    return scatter.figure(traces, {**scatter.plane(box), "showlegend": False})


def k_distances(distances: np.ndarray, eps: float, least: int,
                stops: tuple[float, float, float]) -> Figure:
    """Distances to the k-th neighbour, largest first, and the radius as a line.

    Args:
        distances: (N,), falling. What lies below the line is a core point.
        eps: The radius.
        least: How many points within it make a core point.
        stops: The lowest radius, the highest, and the step between two that can be chosen.
    """
    n = len(distances)
    low, high, step = stops
    return _against(float32(np.arange(1, n + 1)), float32(distances), eps, (1, n),
                    _("points, the loneliest first"), _("distance"), {
                        "rule": "radius", "least": least, "low": low, "high": high, "step": step,
                        "says": _("eps {eps}: clusters {clusters}, noise {noise}")})


def dendrogram(x: np.ndarray, heights: np.ndarray, cut: float, leaves: np.ndarray,
               pairs: np.ndarray, most: int) -> Figure:
    """The uppermost merges as brackets, and the height of the cut.

    Args:
        x: Four corners of each bracket, (M, 4).
        heights: At which clusters merge, (M, 4).
        cut: What is below this line is one cluster.
        leaves: The leaf of each point, (N,).
        pairs: Which two nodes merge, the lowest first, (M, 2); M + 1 + i is the i-th merge.
        most: How many clusters can be chosen.
    """
    gap = np.full((len(x), 1), np.nan)
    figure = _against(float32(np.hstack([x, gap]).ravel()),
                      float32(np.hstack([heights, gap]).ravel()), cut,
                      (float(x.min()) - 5, float(x.max()) + 5), _("clusters"),
                      _("distance at which they merge"), {
                          "rule": "cut", "heights": float32(heights[:, 1]), "most": most,
                          "leaves": typed(leaves.astype(np.uint8)),
                          "pairs": typed(pairs.astype(np.uint8).ravel()),
                          "says": _("clusters: {clusters}")})
    figure["layout"]["xaxis"]["showticklabels"] = False
    return figure


def over_k(k: list[int], values: list[float | None], title: str) -> Figure:
    """One score against the number of clusters."""
    trace = {"type": "scatter", "mode": "lines+markers", "x": k, "y": values,
             "line": {"color": DATA, "width": 2}}
    return {"data": [trace], "layout": {
        "height": 210, "margin": {"l": 10, "r": 10, "t": 30, "b": 10}, "showlegend": False,
        "title": {"text": title, "font": {"size": 14}}, "xaxis": {"dtick": 1}}}


def _against(x: dict[str, str], y: dict[str, str], line: float, ends: tuple[float, float],
             x_title: str, y_title: str, rule: dict[str, Any]) -> Figure:
    level = {"type": "scatter", "mode": "lines", "x": list(ends), "y": [line, line],
             "line": {"color": SAMPLES, "width": 2, "dash": "dash"}, "hoverinfo": "skip"}
    handle = {"type": "scatter", "mode": "markers", "x": [0.9 * ends[1]], "y": [line],
              "marker": {"size": 14, "color": SAMPLES, "line": {"width": 2, "color": EDGE}},
              "hoverinfo": "skip"}
    return {"data": [
        {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip",
         "line": {"color": DATA, "width": 2}},
        *parts([level], "level"), draggable(handle, part="handle", **looks() | rule),
    ], "layout": {
        "xaxis": {"title": {"text": x_title, "standoff": 4}, "automargin": True,
                  "zeroline": False},
        "yaxis": {"title": {"text": y_title, "standoff": 4}, "automargin": True,
                  "rangemode": "tozero"},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "showlegend": False, "uirevision": "keep",
    }}


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
        "meta": {"part": "trails"},
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
            "line": {"color": EDGE, "width": 2},
        },
        "hoverinfo": "x+y+name",
    }
