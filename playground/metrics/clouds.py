"""How alike two sets of points are: modes, neighbours, JS divergence, transport, a classifier.

All compare samples (N, D) with data (M, D), as arrays.
"""

from collections.abc import Generator

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

SIGMAS = 3.0
N_PROJECTIONS = 50
NEIGHBORS = 5
AT_ONCE = 1000
FOLDS = 5


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


def density_coverage(samples: np.ndarray, data: np.ndarray,
                     k: int = NEIGHBORS) -> tuple[float, float]:
    """Return how densely samples lie among the data, and the share of data with one nearby.

    Around each datum lies a ball that reaches to its k-th neighbour among the data. Density counts
    in how many balls a sample lies, divided by k: about 1 for good samples, and more if they crowd
    where data are many. Coverage is the share of balls with a sample. Unlike precision, density
    does not let one outlier with a large ball vouch for all samples around it.
    Muhammad Ferjad Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models",
    2020, equations 3 and 4, https://arxiv.org/abs/2002.09797
    """
    inside = _in_balls(samples, data, k)
    return float(inside.sum() / (k * len(samples))), float(inside.any(axis=0).mean())


def two_sample_accuracy(samples: np.ndarray, data: np.ndarray) -> float:
    """Return how often a classifier tells samples from data: 0.5 if it cannot, 1 if it always can.

    Cross-validated accuracy of k nearest neighbours, with k the root of the number of points that
    it learns from; both sets must be of one size for 0.5 to mean chance.
    David Lopez-Paz, Maxime Oquab, "Revisiting Classifier Two-Sample Tests", 2017,
    https://arxiv.org/abs/1610.06545
    """
    n = min(len(samples), len(data))
    folds = min(FOLDS, n)
    both = np.concatenate([samples, data])
    is_sample = np.repeat([1, 0], [len(samples), len(data)])
    learned_from = len(both) - -(-len(both) // folds)
    judge = KNeighborsClassifier(max(1, int(learned_from**0.5)))
    split = StratifiedKFold(folds, shuffle=True, random_state=0)
    return float(cross_val_score(judge, both, is_sample, cv=split).mean())


def overlap(samples: np.ndarray,
            data: np.ndarray) -> Generator[None, None, dict[str, float]]:
    """Return how far samples and data lie among each other, by neighbours; it works in pieces.

    Returns:
        `precision`, `recall` and `coverage`, shares; `density`, about 1 for good samples; `c2st`,
        the accuracy of a classifier that tells samples from data, 0.5 for good ones.
    """
    k = min(NEIGHBORS, len(samples) - 1, len(data) - 1)
    precision, recall = precision_recall(samples, data, k)
    yield
    density, coverage = density_coverage(samples, data, k)
    yield
    return {"precision": precision, "recall": recall, "density": density, "coverage": coverage,
            "c2st": two_sample_accuracy(samples, data)}


def _share_among(points: np.ndarray, others: np.ndarray, k: int) -> float:
    return float(_in_balls(points, others, k).any(axis=1).mean())


def _in_balls(points: np.ndarray, others: np.ndarray, k: int) -> np.ndarray:
    """Whether each point lies in the ball around each other one to its k-th neighbour, (N, M)."""
    points, others = np.asarray(points, np.float64), np.asarray(others, np.float64)
    radius = NearestNeighbors(n_neighbors=k).fit(others).kneighbors()[0][:, -1]
    parts = np.array_split(points, -(-len(points) // AT_ONCE))
    return np.concatenate([cdist(part, others) <= radius for part in parts])


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
    """Return the sliced Wasserstein-2 distance of two sets of points, in the unit of the axes.

    The root of the mean square, over directions that are always the same ones, of how far the
    points must move along each: those at the same share of the way from the lowest to the highest
    one are paired (Bonneel, Rabin, Peyré and Pfister 2015).

    Args:
        samples: (N, D).
        data: (M, D).
    """
    directions = np.random.RandomState(0).normal(size=(samples.shape[1], N_PROJECTIONS))
    directions /= np.linalg.norm(directions, axis=0)
    here, there = np.sort(samples @ directions, axis=0), np.sort(data @ directions, axis=0)
    n, m = len(here), len(there)
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)  # of shares, in 1 / (n m)
    moved = here[(ends - 1) // m] - there[(ends - 1) // n]
    return float(np.sqrt((np.diff(ends, prepend=0) / (n * m)) @ (moved**2).mean(axis=1)))
