"""The same points with and without labels: classifiers learn borders, clusterers find groups."""

import math
from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from playground import datasets
from playground.algorithms import gaussian_mixture as gm
from playground.algorithms.classifiers import Classifier, Neighbours, Network, cross_entropy
from playground.algorithms.kmeans import STARTS, kmeans, squared_distances
from playground.experiments.base import Experiment, NotFinite, Observation
from playground.experiments.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)

DESCENTS = 240
JOINS = 40
MAX_ROUNDS = 60
MIN_POINTS = 5
MAX_TEST_SHOWN = 200
GRID = np.linspace(-2.4, 2.4, 49)


class SupervisedVsUnsupervisedExperiment(Experiment[SupervisedVsUnsupervisedSettings]):
    """Learns regions of the plane: from labelled points, or from the points alone."""

    def __init__(self, settings: SupervisedVsUnsupervisedSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        self.points = self.data.train.astype(np.float64)
        self.truth = self.data.train_labels
        self.n_classes = 1 + int(max([1, *self.truth, *self.data.test_labels]))
        self.joined = len(self.points)
        self.shown = settings.labels == "shown"
        several = len(np.unique(self.truth)) > 1
        self.ready = len(self.points) + len(self.data.test) >= MIN_POINTS and (
            several or not self.shown)
        self.model: Classifier
        if not self.ready:
            self.model = _Clusters(np.zeros((1, 2)))
        elif self.shown:
            self.model = self._classifier()
        else:
            rng = np.random.default_rng(settings.seed)
            self.model = _Clusters(STARTS["kmeans++"](self.points, self.n_classes, rng))

    @property
    def total_steps(self) -> int:
        """Exact for classifiers, an upper bound for clustering."""
        if not self.shown:
            return MAX_ROUNDS
        return JOINS if self.settings.classifier == "neighbours" else DESCENTS

    @property
    def pace(self) -> float:
        """Steps per second."""
        if not self.shown:
            return 3.0
        return 8.0 if self.settings.classifier == "neighbours" else 40.0

    def steps(self) -> Iterator[None]:
        """Descend, let points join, or run rounds of k-means or EM."""
        if not self.ready:
            raise ValueError(f"there must be {MIN_POINTS} points or more, of two classes where "
                             "they are shown: draw some, or choose a column with classes")
        if not self.shown:
            yield from self._group()
        elif isinstance(self.model, Network):
            losses = self.model.steps(self.points, self.truth)
            for _ in range(DESCENTS):
                self.model.set_learning_rate(self.settings.step_size)
                if not math.isfinite(next(losses)):
                    raise NotFinite("the loss is not finite any more")
                yield
        else:
            for step in range(1, JOINS + 1):
                self.joined = math.ceil(len(self.points) * step / JOINS)
                self.model = self._classifier()
                yield

    def _classifier(self) -> Classifier:
        settings, known = self.settings, slice(self.joined)
        if settings.classifier == "neighbours":
            return Neighbours(self.points[known], self.truth[known], self.n_classes, settings.k)
        hidden = settings.hidden_units if settings.classifier == "mlp" else 0
        return Network(self.n_classes, hidden, settings.step_size)

    def _group(self) -> Iterator[None]:
        assert isinstance(self.model, _Clusters)
        if self.settings.clusterer == "kmeans":
            for state in kmeans(self.points, self.model.centroids, max_iter=MAX_ROUNDS):
                if state.phase == "update":
                    self.model = _Clusters(state.centroids)
                    yield
            return
        start = gm.start_at(self.points, self.model.centroids, "full")
        for grown in gm.expectation_maximisation(self.points, start, max_iter=MAX_ROUNDS,
                                                 tolerance=1e-4):
            if grown.phase == "maximise":
                self.model = _Mixture(grown.mixture)
                yield

    def observe(self) -> Observation:
        """Return the points, their true `labels`, the `groups` found, and the regions.

        `test` (M, 2) and `test_labels` (M,) are some of the points that are held out.

        `grid` (G, G) holds the class or group of each place, the first axis being y, and `sure`
        (G, G) its probability, 0 to 1. With labels: accuracy (share) and cross-entropy (nats per
        point) in training and test. Without: `ari` and `matched`, the accuracy after the best
        naming of the groups, both against the labels that the learner never saw.
        """
        if not self.ready:
            pale = np.full((len(GRID), len(GRID)), 1 / self.n_classes)
            n = len(self.points) + len(self.data.test)
            return ({"n": float(n), "classes": float(self.n_classes)},
                    self._arrays(self.truth, np.zeros(pale.shape), pale))
        places = np.stack(np.meshgrid(GRID, GRID, indexing="xy"), axis=-1).reshape(-1, 2)
        on_grid = self.model.probabilities(places)
        found = self.model.probabilities(self.points)
        groups = found.argmax(axis=1)
        metrics = {"n": float(self.joined), "classes": float(self.n_classes)}
        if self.shown:
            test = self.model.probabilities(self.data.test.astype(np.float64))
            known = slice(self.joined)
            metrics |= {
                "train_accuracy": float((groups == self.truth)[known].mean()),
                "test_accuracy": float((test.argmax(axis=1) == self.data.test_labels).mean()),
                "train_loss": cross_entropy(found[known], self.truth[known]),
                "test_loss": cross_entropy(test, self.data.test_labels)}
        else:
            metrics |= {"ari": float(adjusted_rand_score(self.truth, groups)),
                        "matched": matched_accuracy(self.truth, groups)}
        sure = on_grid.max(axis=1).reshape(len(GRID), len(GRID))
        return metrics, self._arrays(groups, on_grid.argmax(axis=1).reshape(sure.shape), sure)

    def _arrays(self, groups: np.ndarray, grid: np.ndarray,
                sure: np.ndarray) -> dict[str, np.ndarray]:
        known = slice(self.joined)
        return {"points": self.points[known].astype(np.float32),
                "labels": self.truth[known].astype(np.uint8),
                "test": self.data.test[:MAX_TEST_SHOWN],
                "test_labels": self.data.test_labels[:MAX_TEST_SHOWN].astype(np.uint8),
                "groups": groups[known].astype(np.uint8), "axis": GRID.astype(np.float32),
                "grid": grid.astype(np.uint8), "sure": sure.astype(np.float32)}

    def weights(self) -> dict[str, np.ndarray]:
        """Return the net's weights, or nothing."""
        return self.model.weights() if isinstance(self.model, Network) else {}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the net's weights back."""
        wanted = {name: array.shape for name, array in self.weights().items()}
        found = {name: array.shape for name, array in weights.items()}
        if wanted != found:
            raise ValueError(f"weights must have the shapes {wanted}, got {found}")
        if isinstance(self.model, Network):
            self.model.restore(weights)


class _Clusters:
    """Each place belongs to the nearest centroid, wholly."""

    def __init__(self, centroids: np.ndarray) -> None:
        self.centroids = centroids

    def probabilities(self, points: np.ndarray) -> np.ndarray:
        nearest = squared_distances(points, self.centroids).argmin(axis=1)
        return np.asarray(np.eye(len(self.centroids))[nearest])


class _Mixture:
    """Each place is shared out among the Gaussians."""

    def __init__(self, mixture: gm.Mixture) -> None:
        self.mixture = mixture

    def probabilities(self, points: np.ndarray) -> np.ndarray:
        return gm.expect(points, self.mixture)[0]


def load(settings: SupervisedVsUnsupervisedSettings) -> datasets.Dataset:
    """Return the points that the settings name, with their classes.

    Of the visitor's own points every third is held out. Noise has no classes: a coin is tossed
    for each point.
    """
    if settings.dataset == "mine":
        return datasets.every_third_held_out(settings.own_points())
    data = datasets.load(settings.dataset, n_points=settings.n_points, noise=settings.noise,
                         seed=settings.seed)
    if settings.dataset != "uniform":
        return data
    rng = np.random.default_rng(settings.seed)
    heads, new_heads = (rng.integers(0, 2, len(part)) for part in (data.train, data.test))
    return datasets.Dataset(data.name, data.train, data.test, heads, new_heads, data.columns)


def matched_accuracy(truth: np.ndarray, groups: np.ndarray) -> float:
    """The share of points in the right group, with the groups named as well as can be."""
    n = int(max(truth.max(), groups.max())) + 1
    together = np.zeros((n, n), int)
    np.add.at(together, (truth, groups), 1)
    rows, columns = linear_sum_assignment(-together)
    return float(together[rows, columns].sum() / len(truth))
