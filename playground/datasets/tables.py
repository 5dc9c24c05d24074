"""Tables of measurements, and points in more than two dimensions.

R. A. Fisher, "The use of multiple measurements in taxonomic problems", 1936 (iris);
S. Aeberhard, M. Forina, https://archive.ics.uci.edu/dataset/109 (wine);
W. Wolberg, O. Mangasarian, N. Street, https://archive.ics.uci.edu/dataset/17 (breast cancer).
All three come with scikit-learn.
"""

import functools

import numpy as np

from playground.datasets.base import Dataset, hold_out, whole

TABLES = ("iris", "wine", "breast_cancer")
_STRIPES = 6


@functools.cache
def table(name: str, split: bool = True) -> Dataset:
    """One of `TABLES`, each column with mean 0 and deviation 1 over the rows to train on.

    Args:
        name: One of `TABLES`.
        split: Whether 30% of each class are held out, the same rows each time. The deviations
            are those of the training rows alone.
    """
    from sklearn import datasets

    if name not in TABLES:
        raise ValueError(f"name must be one of {TABLES!r}, got {name!r}")
    data = getattr(datasets, f"load_{name}")()
    raw = whole(name, data.data, data.target.astype(np.int64), tuple(map(str, data.feature_names)))
    if split:
        raw = hold_out(raw)
    mean, deviation = raw.train.mean(axis=0), raw.train.std(axis=0)
    train, test = (((rows - mean) / np.where(deviation > 0, deviation, 1)).astype(np.float32)
                   for rows in (raw.train, raw.test))
    return Dataset(name, train, test, raw.train_labels, raw.test_labels, raw.columns)


def swiss_roll(n_points: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A rolled-up sheet in three dimensions, (N, 3) float32, and the stripe of each point."""
    from sklearn.datasets import make_swiss_roll

    points, turn = make_swiss_roll(n_points, noise=0.3 * noise, random_state=seed)
    return (points / 10).astype(np.float32), _stripes(turn)


def s_curve(n_points: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A sheet bent like an S in three dimensions, (N, 3) float32, and the stripe of each point."""
    from sklearn.datasets import make_s_curve

    points, turn = make_s_curve(n_points, noise=0.05 * noise, random_state=seed)
    return (0.7 * points).astype(np.float32), _stripes(turn)


def _stripes(along: np.ndarray) -> np.ndarray:
    """Cut the way along a sheet (N,) into `_STRIPES` stripes of one length, (N,)."""
    part = (along - along.min()) / max(float(np.ptp(along)), 1e-12)
    return np.floor(part * _STRIPES).clip(max=_STRIPES - 1).astype(np.int64)


def noise_10(n_points: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points without any structure in ten dimensions, (N, 10) float32, all of class 0.

    There is no shape to leave, so `noise` changes nothing.
    """
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1.5, 1.5, (n_points, 10)).astype(np.float32)
    return points, np.zeros(n_points, np.int64)
