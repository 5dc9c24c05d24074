"""How alike two sets of points are: modes, precision and recall, JS divergence, transport.

All compare samples (N, D) with data (M, D), as arrays.
"""

import numpy as np
import ot
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

SIGMAS = 3.0
N_PROJECTIONS = 50
NEIGHBORS = 5
AT_ONCE = 1000


def modes(samples: np.ndarray, centers: np.ndarray, sigma: float) -> tuple[np.ndarray, float]:
    """Count the good samples of each mode: those within three sigma of its centre.

    Akash Srivastava et al., "VEEGAN", 2017, section 4.1, https://arxiv.org/abs/1705.07761

    Args:
        samples: (N, D).
        centers: of the modes, (K, D).
        sigma: the standard deviation of each mode along each axis.

    Returns:
        How many good samples each mode has, (K,), and the share of all that are good. A mode is
        covered if it has one.
    """
    distance, nearest = cKDTree(centers).query(samples)
    good = distance <= SIGMAS * sigma
    return np.bincount(nearest[good], minlength=len(centers)), float(good.mean())


def precision_recall(samples: np.ndarray, data: np.ndarray,
                     k: int = NEIGHBORS) -> tuple[float, float]:
    """Return the share of samples among the data, and the share of data among the samples.

    A point is among others if, for one of them, it is no farther than that one's k-th neighbour.
    Tuomas Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative
    Models", 2019, https://arxiv.org/abs/1904.06991
    """
    return _share_among(samples, data, k), _share_among(data, samples, k)


def _share_among(points: np.ndarray, others: np.ndarray, k: int) -> float:
    others = np.asarray(others, np.float64)
    nearest = NearestNeighbors(n_neighbors=k).fit(others)
    radius = nearest.kneighbors()[0][:, -1]
    inside = [(cdist(part, others) <= radius).any(axis=1)
              for part in np.array_split(points, -(-len(points) // AT_ONCE))]
    return float(np.concatenate(inside).mean())


def masses(points: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the share of points in each cell of a grid, and of those outside: (G * G + 1,).

    Args:
        points: (N, 2).
        edges: of the cells along both axes, (G + 1,), rising.
    """
    inside = np.histogram2d(points[:, 0], points[:, 1], bins=[edges, edges])[0].ravel()
    return np.append(inside, len(points) - inside.sum()) / len(points)


def js_divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Return the Jensen-Shannon divergence of two distributions over cells in nats, 0 to log 2."""
    middle = (p + q) / 2

    def kl(a: np.ndarray) -> float:
        seen = a > 0
        return float((a[seen] * np.log(a[seen] / middle[seen])).sum())

    return (kl(p) + kl(q)) / 2


def sliced_wasserstein(samples: np.ndarray, data: np.ndarray) -> float:
    """Return the sliced Wasserstein-2 distance, in the unit of the axes.

    The mean over directions, always the same ones, of how far the points must move along them.
    """
    return float(ot.sliced_wasserstein_distance(samples, data, n_projections=N_PROJECTIONS,
                                                seed=0))
