"""The points to estimate a density from: on a line or on a plane, some of them held out."""

import numpy as np

from playground import datasets
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.datasets.known import KNOWN

MAX_SCORED = 500


def load(settings: DensityEstimationSettings) -> datasets.Dataset:
    """Return the points (N, D), and up to `MAX_SCORED` held-out ones; D is 1 on a line, else 2.

    The seed is that of the draw; of other points, of their order. Of the visitor's own points
    every third is held out.
    """
    if known := KNOWN.get(settings.dataset):
        both = known.draw(settings.n_points + MAX_SCORED, np.random.default_rng(settings.seed))
        n = settings.n_points
        return datasets.Dataset(settings.dataset, both[:n], both[n:], np.zeros(n, np.int64),
                                np.zeros(MAX_SCORED, np.int64), ("x",))
    if settings.dataset == "mine":
        data = datasets.every_third_held_out(settings.own_points())
    else:
        data = datasets.load(settings.dataset, n_points=settings.n_points, noise=settings.noise,
                             seed=settings.seed)
    order = np.random.default_rng(settings.seed).permutation(len(data.train))
    data = data.pick(order, np.arange(min(MAX_SCORED, len(data.test))))
    if not settings.on_a_line or len(data.columns) == 1:
        return data
    column = {"both": 0, "first": 0, "second": 1}[settings.axis]
    return datasets.Dataset(data.name, data.train[:, [column]], data.test[:, [column]],
                            data.train_labels, data.test_labels, data.columns[column:column + 1])
