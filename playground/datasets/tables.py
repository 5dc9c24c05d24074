"""Tables of measurements, and points in more than two dimensions.

R. A. Fisher, "The use of multiple measurements in taxonomic problems", 1936 (iris);
S. Aeberhard, M. Forina, https://archive.ics.uci.edu/dataset/109 (wine);
W. Wolberg, O. Mangasarian, N. Street, https://archive.ics.uci.edu/dataset/17 (breast cancer).
All three come with scikit-learn.
"""

import functools

import numpy as np

from playground.datasets.base import Dataset
from playground.language import N_

TITLES = {
    "iris": N_("Iris: 4 measures of 150 flowers"),
    "wine": N_("Wine: 13 measures of 178 wines"),
    "breast_cancer": N_("Breast cancer: 30 measures of 569 tumours"),
    "swiss_roll": N_("Swiss roll, 3-D"),
    "noise_10": N_("Uniform noise, 10-D"),
}
TABLES = ("iris", "wine", "breast_cancer")
_SHARE_TO_TRAIN = 0.7
_STRIPES = 6


@functools.cache
def table(name: str) -> Dataset:
    """One of `TABLES`, each column with mean 0 and deviation 1 over the training rows.

    70% of each class are to train, the rest is held out; the split is the same each time.
    """
    from sklearn import datasets

    if name not in TABLES:
        raise ValueError(f"name must be one of {TABLES!r}, got {name!r}")
    data = getattr(datasets, f"load_{name}")()
    labels = data.target.astype(np.int64)
    rng = np.random.default_rng(0)
    train = np.zeros(len(labels), bool)
    for group in range(labels.max() + 1):
        rows = rng.permutation(np.flatnonzero(labels == group))
        train[rows[: round(_SHARE_TO_TRAIN * len(rows))]] = True
    mean, deviation = data.data[train].mean(axis=0), data.data[train].std(axis=0)
    scaled = ((data.data - mean) / np.where(deviation > 0, deviation, 1)).astype(np.float32)
    order = rng.permutation(len(labels))
    scaled, labels, train = scaled[order], labels[order], train[order]
    return Dataset(name, scaled[train], scaled[~train], labels[train], labels[~train])


@functools.cache
def columns(name: str) -> tuple[str, ...]:
    """The names of a table's columns."""
    from sklearn import datasets

    return tuple(getattr(datasets, f"load_{name}")().feature_names)


def swiss_roll(n_points: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A rolled-up sheet in three dimensions, (N, 3) float32, and the stripe of each point."""
    from sklearn.datasets import make_swiss_roll

    points, turn = make_swiss_roll(n_points, noise=0.3 * noise, random_state=seed)
    stripe = np.floor((turn - turn.min()) / np.ptp(turn) * _STRIPES).clip(max=_STRIPES - 1)
    return (points / 10).astype(np.float32), stripe.astype(np.int64)


def noise_10(n_points: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points without any structure in ten dimensions, (N, 10) float32, all of class 0."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1.5, 1.5, (n_points, 10)).astype(np.float32)
    return points, np.zeros(n_points, np.int64)
