"""Clustering without centres, as a row of frames: waves, merges, or one step."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.cluster import HDBSCAN, SpectralClustering

from playground.algorithms.agglomerative import branches, crown, cut, cut_height, merges
from playground.algorithms.dbscan import dbscan, k_distances
from playground.concepts.clustering.settings import ClusteringSettings

LEAVES = 40


@dataclass(frozen=True, eq=False)
class Frame:
    """One moment of a method without centres: clusters (N,), -1 for none, and what it looks at."""

    labels: np.ndarray
    kinds: np.ndarray
    metrics: dict[str, float] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


def _dbscan(points: np.ndarray, settings: ClusteringSettings) -> Iterator[Frame]:
    curve = k_distances(points, settings.min_samples)
    _, *waves = dbscan(points, settings.eps, settings.min_samples)

    def frame(labels: np.ndarray, core: np.ndarray, wave: np.ndarray) -> Frame:
        return Frame(labels, np.where(labels < 0, 0, 1 + core), {"core": float(core.sum())},
                     {"distances": curve, "wave": points[wave]})

    none = np.zeros(0, np.int64)
    if not waves:  # no point is dense
        yield _at_once(frame(np.full(len(points), -1), np.zeros(len(points), bool), none))
        return
    yield _at_once(frame(waves[-1].labels, waves[-1].core, none))
    for state in waves:
        yield frame(state.labels, state.core, state.wave)


def _agglomerative(points: np.ndarray, settings: ClusteringSettings) -> Iterator[Frame]:
    tree = merges(points, settings.linkage)
    n_leaves = min(LEAVES, len(points))
    x, heights = branches(tree, n_leaves)
    leaves, pairs = crown(tree, n_leaves)
    k = min(settings.n_clusters, len(points))

    def frame(left: int) -> Frame:
        return Frame(cut(tree, left), np.full(len(points), 2),
                     {"cut": cut_height(tree, left)},
                     {"branches": np.stack([x, heights]), "leaves": leaves, "pairs": pairs})

    yield _at_once(frame(k))
    for left in range(max(k, n_leaves), k - 1, -1):
        yield frame(left)


def _spectral(points: np.ndarray, settings: ClusteringSettings) -> Iterator[Frame]:
    k = min(settings.n_clusters, len(points) - 1)
    model = SpectralClustering(k, affinity="nearest_neighbors", random_state=settings.seed,
                               n_neighbors=min(10, len(points)), assign_labels="kmeans")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # groups that nothing connects are fine here
        labels = model.fit_predict(points)
    yield from _in_one_step(labels)


def _hdbscan(points: np.ndarray, settings: ClusteringSettings) -> Iterator[Frame]:
    size = max(2, min(settings.min_samples, len(points)))
    yield from _in_one_step(HDBSCAN(min_cluster_size=size, copy=True).fit_predict(points))


def _at_once(frame: Frame) -> Frame:
    """The end as the start: what a knob does is seen before anything is trained."""
    return replace(frame, metrics=frame.metrics | {"at_once": 1.0})


def _in_one_step(labels: np.ndarray) -> Iterator[Frame]:
    yield Frame(np.full(len(labels), -1), np.zeros(len(labels)))
    yield Frame(labels, np.where(labels < 0, 0, 2))


Frames = Callable[[np.ndarray, ClusteringSettings], Iterator[Frame]]
FRAMES: dict[str, Frames] = {"dbscan": _dbscan, "agglomerative": _agglomerative,
                             "spectral": _spectral, "hdbscan": _hdbscan}
