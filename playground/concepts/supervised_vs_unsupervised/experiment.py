"""The same points with and without labels: classifiers learn borders, clusterers find groups.

The scenes are pictures, where a label can say more than a class: `pictures`.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score
from torch import nn

from playground import datasets
from playground.algorithms import gaussian_mixture as gm
from playground.algorithms.classifiers import Classifier, Neighbours, Network
from playground.algorithms.density import Score
from playground.algorithms.kmeans import STARTS, kmeans, squared_distances
from playground.concepts.supervised_vs_unsupervised.pictures import Pictures
from playground.concepts.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.experiments.base import Experiment, NotFinite, Observation, check_shapes
from playground.language import N_
from playground.refusal import Refusal

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
        self.pictures: Pictures | None = None
        if settings.dataset == "scenes":
            self.pictures = Pictures(settings.label_kind, settings.n_pictures, settings.seed)
            self.data = self.pictures.data
            return
        self.data = load(settings)
        self.points = self.data.train.astype(np.float64)
        self.truth = self.data.train_labels
        self.n_classes = 1 + int(max([1, *self.truth, *self.data.test_labels]))
        self.shown = settings.labels == "shown"
        self.order = np.random.default_rng(settings.seed).permutation(len(self.points))
        self.known = np.arange(len(self.points))
        if self.shown and settings.classifier == "neighbours":
            self.known = self.order[:0]
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
        if self.pictures:
            return self.pictures.total_steps
        if not self.shown:
            return MAX_ROUNDS
        return JOINS if self.settings.classifier == "neighbours" else DESCENTS

    @property
    def pace(self) -> float | None:
        """Steps per second; as fast as it goes on pictures."""
        if self.pictures:
            return None
        if not self.shown:
            return 3.0
        return 8.0 if self.settings.classifier == "neighbours" else 40.0

    def steps(self) -> Iterator[None]:
        """Descend, run rounds of k-means or EM, or let labelled points come.

        Nearest neighbours have nothing to train: a step is more points to ask.
        """
        if self.pictures:
            yield from self.pictures.steps()
            return
        if not self.ready:
            raise Refusal(N_("there must be {n} points or more, of two classes where they are "
                             "shown: draw some, or choose a column with classes"), n=MIN_POINTS)
        if not self.shown:
            yield from self._group()
        elif isinstance(self.model, Network):
            losses = self.model.steps(self.points, self.truth)
            for _ in range(DESCENTS):
                self.model.set_learning_rate(self.settings.step_size)
                if not math.isfinite(next(losses)):
                    raise NotFinite(N_("the loss is not finite any more"))
                yield
        else:
            for step in range(1, JOINS + 1):
                self.known = self.order[: math.ceil(len(self.points) * step / JOINS)]
                self.model = self._classifier()
                yield

    def _classifier(self) -> Classifier:
        settings = self.settings
        if settings.classifier == "neighbours":
            return Neighbours(self.points[self.known], self.truth[self.known], self.n_classes,
                              settings.k)
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
        point) in training and test; an infinite one is missing, and of `test_points` the true
        class of `impossible` was given probability 0. Without: `ari` and `matched`, the accuracy
        after the best naming of the groups, both against the labels that the learner never saw.
        Of the scenes: what `Pictures.observe` says.
        """
        if self.pictures:
            return self.pictures.observe()
        if not self.ready:
            pale = np.full((len(GRID), len(GRID)), 1 / self.n_classes)
            n = len(self.points) + len(self.data.test)
            return ({"n": float(n), "classes": float(self.n_classes)},
                    self._arrays(self.truth, np.zeros(pale.shape), pale))
        places = np.stack(np.meshgrid(GRID, GRID, indexing="xy"), axis=-1).reshape(-1, 2)
        on_grid = self.model.probabilities(places)
        found = self.model.probabilities(self.points)
        groups = found.argmax(axis=1)
        metrics = {"n": float(len(self.known)), "classes": float(self.n_classes)}
        if self.shown:
            test = self.model.probabilities(self.data.test.astype(np.float64))
            known = self.known
            metrics |= {
                "test_accuracy": float((test.argmax(axis=1) == self.data.test_labels).mean()),
                **self._losses(known)}
            if len(known):
                metrics["train_accuracy"] = float((groups == self.truth)[known].mean())
        else:
            metrics |= {"ari": float(adjusted_rand_score(self.truth, groups)),
                        "matched": matched_accuracy(self.truth, groups)}
        sure = on_grid.max(axis=1).reshape(len(GRID), len(GRID))
        return metrics, self._arrays(groups, on_grid.argmax(axis=1).reshape(sure.shape), sure)

    def _losses(self, known: np.ndarray) -> dict[str, float]:
        """The cross-entropies in nats that are finite, and how many test points ruin theirs."""
        assert isinstance(self.model, Neighbours | Network)
        metrics: dict[str, float] = {}
        for name, points, labels in (
                ("train", self.points[known], self.truth[known]),
                ("test", self.data.test.astype(np.float64), self.data.test_labels)):
            if name == "train" and not len(labels):
                continue
            logs = self.model.log_probabilities(points)
            score = Score.of(logs[np.arange(len(labels)), labels])
            metrics |= {} if score.impossible else {f"{name}_loss": -score.nats}
        return metrics | {"impossible": float(score.impossible), "test_points": float(score.n)}

    def _arrays(self, groups: np.ndarray, grid: np.ndarray,
                sure: np.ndarray) -> dict[str, np.ndarray]:
        known = self.known
        return {"points": self.points[known].astype(np.float32),
                "labels": self.truth[known].astype(np.uint8),
                "test": self.data.test[:MAX_TEST_SHOWN],
                "test_labels": self.data.test_labels[:MAX_TEST_SHOWN].astype(np.uint8),
                "groups": groups[known].astype(np.uint8), "axis": GRID.astype(np.float32),
                "grid": grid.astype(np.uint8), "sure": sure.astype(np.float32)}

    def weights(self) -> dict[str, np.ndarray]:
        """Return the net's weights, or nothing."""
        net = self._net()
        return {} if net is None else {name: value.numpy().copy()
                                       for name, value in net.state_dict().items()}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the net's weights back."""
        check_shapes(weights, like=self.weights())
        if net := self._net():
            net.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})

    def _net(self) -> nn.Module | None:
        if self.pictures:
            return self.pictures.net
        return self.model.net if isinstance(self.model, Network) else None


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
