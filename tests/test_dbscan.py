"""DBSCAN's waves end in scikit-learn's clusters."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from playground import datasets
from playground.algorithms.dbscan import dbscan, k_distances


@pytest.mark.parametrize("name", ["blobs", "moons", "circles", "uniform", "spiral"])
@pytest.mark.parametrize(("eps", "min_samples"), [(0.05, 3), (0.15, 5), (0.3, 10), (3.0, 2)])
def test_the_end_is_scikit_learns(name: str, eps: float, min_samples: int) -> None:
    points = datasets.load(name, n_points=300).train.astype(np.float64)
    *_, last = dbscan(points, eps, min_samples)
    reference = DBSCAN(eps=eps, min_samples=min_samples).fit(points)
    np.testing.assert_array_equal(last.labels, reference.labels_)
    np.testing.assert_array_equal(np.flatnonzero(last.core), reference.core_sample_indices_)


def test_a_wave_is_within_eps_of_the_cores_that_were_there() -> None:
    points = datasets.load("moons", n_points=200).train.astype(np.float64)
    before = None
    for state in dbscan(points, 0.2, 5):
        if before is not None and len(state.wave):
            cluster = state.labels[state.wave[0]]
            cores = points[(before.labels == cluster) & before.core]
            if len(cores):
                gaps = np.linalg.norm(points[state.wave][:, None] - cores, axis=2).min(axis=1)
                assert gaps.max() <= 0.2
            assert (before.labels[state.wave] == -1).all()
        before = state


def test_k_distances_tell_the_cores() -> None:
    points = datasets.load("blobs", n_points=200).train.astype(np.float64)
    curve = k_distances(points, 5)
    *_, last = dbscan(points, 0.2, 5)
    assert (curve <= 0.2).sum() == last.core.sum() and np.all(np.diff(curve) <= 0)
