"""How good is a grouping? Four scores: two against known groups, two by the shape alone."""

from typing import Any

import numpy as np
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    davies_bouldin_score,
    silhouette_score,
)


def scores(points: np.ndarray, labels: np.ndarray, truth: np.ndarray | None) -> dict[str, Any]:
    """Return ARI, AMI, silhouette and Davies-Bouldin by name; None where they are not defined.

    Noise counts as a cluster of its own against the truth, and is left out of the other two.
    """
    kept = labels >= 0
    inside = points[kept], labels[kept]
    defined = 2 <= len(np.unique(inside[1])) < len(inside[1])
    return {
        "ari": None if truth is None else float(adjusted_rand_score(truth, labels)),
        "ami": None if truth is None else float(adjusted_mutual_info_score(truth, labels)),
        "silhouette": float(silhouette_score(*inside)) if defined else None,
        "davies_bouldin": float(davies_bouldin_score(*inside)) if defined else None,
    }
