"""Exact transport between two sets of as many points."""

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist


def wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """Return the exact Wasserstein-2 distance of two sets of as many points, (N, D) each.

    The root of the mean square by which the points must move when each is paired with another
    one as well as can be.
    """
    costs = cdist(a, b, "sqeuclidean")
    return float(np.sqrt(costs[linear_sum_assignment(costs)].mean()))
