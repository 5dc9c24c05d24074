"""Voronoi cells: the part of a box that is nearer to one centroid than to all others."""

import numpy as np

from playground.charts.colors import class_color, translucent
from playground.charts.encode import Trace, float32
from playground.charts.scatter import Box

_Polygon = list[tuple[float, float]]


def _clip(polygon: _Polygon, a: float, b: float, c: float) -> _Polygon:
    """The part of a convex polygon with a x + b y <= c (Sutherland and Hodgman, 1974)."""
    kept: _Polygon = []
    x0, y0 = polygon[-1]
    over0 = a * x0 + b * y0 - c
    for x1, y1 in polygon:
        over1 = a * x1 + b * y1 - c
        if (over0 > 0) != (over1 > 0):
            part = over0 / (over0 - over1)
            kept.append((x0 + part * (x1 - x0), y0 + part * (y1 - y0)))
        if over1 <= 0:
            kept.append((x1, y1))
        x0, y0, over0 = x1, y1, over1
    return kept


def cells(centroids: np.ndarray, box: Box) -> list[np.ndarray]:
    """The Voronoi cell of each centroid within a box.

    Each cell is the box, cut along the perpendicular bisectors to all other centroids. Where two
    centroids are the same point, the first has the cell, as the first has the points.

    Args:
        centroids: (K, 2); they may lie outside of the box.
        box: (x_min, x_max, y_min, y_max).

    Returns:
        K convex polygons, (M, 2) each, float64, not closed; (0, 2) for an empty cell.
    """
    x_min, x_max, y_min, y_max = (float(edge) for edge in box)
    corners = [(x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max)]
    sites: list[list[float]] = np.asarray(centroids, dtype=float).tolist()
    polygons = []
    for i, (x, y) in enumerate(sites):
        polygon = corners
        for j, (other_x, other_y) in enumerate(sites):
            if i == j or not polygon:
                continue
            a, b = other_x - x, other_y - y
            if a == 0 and b == 0:
                polygon = polygon if i < j else []
            else:
                c = a * (x + other_x) / 2 + b * (y + other_y) / 2
                polygon = _clip(polygon, a, b, c)
        polygons.append(np.array(polygon, dtype=float).reshape(-1, 2))
    return polygons


def traces(centroids: np.ndarray, box: Box, *, opacity: float = 0.12) -> list[Trace]:
    """The Voronoi cells as areas in the colours of their clusters, one trace for each.

    Args:
        centroids: (K, 2).
        box: (x_min, x_max, y_min, y_max).
        opacity: Of the area, 0 to 1; the border is stronger.
    """
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": float32(polygon[:, 0]),
            "y": float32(polygon[:, 1]),
            "fill": "toself",
            "fillcolor": translucent(class_color(index), opacity),
            "line": {"color": translucent(class_color(index), 0.4), "width": 1},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for index, polygon in enumerate(cells(centroids, box))
    ]


def neighbours(centroids: np.ndarray) -> np.ndarray:
    """Pairs whose middle lies on the border that they share: no third centroid is nearer to it.

    Args:
        centroids: (K, 2).

    Returns:
        Indices, (P, 2), the smaller one first.
    """
    first, second = np.triu_indices(len(centroids), 1)
    middles = (centroids[first] + centroids[second]) / 2
    apart = np.linalg.norm(centroids[first] - middles, axis=1)
    nearest = np.linalg.norm(middles[:, None] - centroids, axis=2).min(axis=1, initial=np.inf)
    return np.stack([first, second], axis=1)[nearest >= (1 - 1e-6) * apart]
