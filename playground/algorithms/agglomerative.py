"""Agglomerative clustering: every point begins alone, and the two nearest clusters merge.

J. H. Ward, "Hierarchical grouping to optimize an objective function", 1963,
https://doi.org/10.1080/01621459.1963.10500845; the merges are computed by scipy.
"""

import numpy as np
from scipy.cluster import hierarchy

LINKAGES = ("ward", "complete", "average", "single")


def merges(points: np.ndarray, linkage: str) -> np.ndarray:
    """All N - 1 merges as scipy's linkage matrix, (N - 1, 4), the nearest first."""
    if linkage not in LINKAGES:
        raise ValueError(f"linkage must be one of {LINKAGES!r}, got {linkage!r}")
    return np.asarray(hierarchy.linkage(points, linkage))


def cut(tree: np.ndarray, n_clusters: int) -> np.ndarray:
    """Clusters when `n_clusters` are left, (N,), numbered from the largest to the smallest.

    Of equally large ones, the one with the first point comes first.
    """
    _, first, raw, sizes = np.unique(crown(tree, n_clusters)[0], return_index=True,
                                     return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    return np.asarray(np.argsort(order)[raw.ravel()])


def cut_height(tree: np.ndarray, n_clusters: int) -> float:
    """A height at which the dendrogram has `n_clusters` branches."""
    heights = tree[:, 2]
    below = heights[-n_clusters] if n_clusters <= len(heights) else 0.0
    above = heights[-n_clusters + 1] if n_clusters > 1 else 1.1 * heights[-1]
    return float((below + above) / 2)


def branches(tree: np.ndarray, n_leaves: int) -> tuple[np.ndarray, np.ndarray]:
    """The uppermost merges as brackets of four corners: x (M, 4) and heights (M, 4)."""
    drawn = hierarchy.dendrogram(tree, p=n_leaves, truncate_mode="lastp", no_plot=True)
    return np.array(drawn["icoord"]), np.array(drawn["dcoord"])


def crown(tree: np.ndarray, n_leaves: int) -> tuple[np.ndarray, np.ndarray]:
    """The uppermost merges by their points.

    Returns:
        The leaf of each point when `n_leaves` clusters L are left, (N,), and which two nodes merge
        from there on, (L - 1, 2), the nearest first. Nodes 0 ... L - 1 are the leaves, L + i is
        the i-th of these merges.
    """
    n = len(tree) + 1
    below = n - n_leaves
    node = np.arange(n)
    for merge, pair in enumerate(tree[:below, :2]):
        node[np.isin(node, pair)] = n + merge
    names, leaf = np.unique(node, return_inverse=True)
    above = tree[below:, :2].astype(np.int64)
    inner = n_leaves + above - n - below
    return leaf.ravel(), np.where(above < n + below, np.searchsorted(names, above), inner)
