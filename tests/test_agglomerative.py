"""The dendrogram, cut anywhere, has scikit-learn's clusters."""

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from playground import datasets
from playground.algorithms.agglomerative import LINKAGES, branches, cut, cut_height, merges


@pytest.mark.parametrize("linkage", LINKAGES)
@pytest.mark.parametrize("n_clusters", [1, 2, 4, 9, 60])
def test_a_cut_is_scikit_learns(linkage: str, n_clusters: int) -> None:
    points = datasets.load("blobs", n_points=120, noise=2.0).train.astype(np.float64)
    tree = merges(points, linkage)
    labels = cut(tree, n_clusters)
    reference = AgglomerativeClustering(n_clusters, linkage=linkage).fit(points)
    assert adjusted_rand_score(labels, reference.labels_) == 1
    sizes = np.bincount(labels)
    assert len(sizes) == n_clusters and np.all(np.diff(sizes) <= 0)
    height = cut_height(tree, n_clusters)
    assert (tree[:, 2] > height).sum() == n_clusters - 1
    assert (tree[:, 2] < height).sum() == len(points) - n_clusters  # through no merge itself


def test_the_brackets_are_the_uppermost_merges() -> None:
    points = datasets.load("moons", n_points=100).train.astype(np.float64)
    tree = merges(points, "ward")
    x, heights = branches(tree, 20)
    assert x.shape == heights.shape == (19, 4)
    np.testing.assert_allclose(np.sort(heights[:, 1]), tree[-19:, 2])


def test_an_unknown_linkage_is_refused() -> None:
    with pytest.raises(ValueError, match="linkage must be one of"):
        merges(np.zeros((3, 2)), "nearest")
