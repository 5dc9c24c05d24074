"""With labels and without: classifiers equal scikit-learn's, scenes are labelled truly."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, adjusted_rand_score, log_loss
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier
from test_presets import engine, number, preset, train

from playground.algorithms.classifiers import PENALTY, Neighbours, Network, cross_entropy
from playground.datasets.scenes import CLASSES, SIZE, scenes
from playground.engine.inline import InlineEngine
from playground.experiments.supervised_vs_unsupervised.experiment import (
    GRID,
    SupervisedVsUnsupervisedExperiment,
    matched_accuracy,
)
from playground.experiments.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.settings import Value

__all__ = ["engine"]

NAME = "supervised_vs_unsupervised"


def finished(**settings: Value) -> SupervisedVsUnsupervisedExperiment:
    torch.manual_seed(0)  # type: ignore[no-untyped-call]
    chosen = SupervisedVsUnsupervisedSettings(**settings)  # type: ignore[arg-type]
    made = SupervisedVsUnsupervisedExperiment(chosen, "cpu")
    for _ in made.steps():
        pass
    return made


def places() -> np.ndarray:
    return np.stack(np.meshgrid(GRID, GRID, indexing="xy"), axis=-1).reshape(-1, 2)


@pytest.mark.parametrize("dataset", ["moons", "blobs"])
def test_logistic_regression_ends_where_scikit_learns_does(dataset: str) -> None:
    made = finished(dataset=dataset, noise=3.0)
    model = Network(made.n_classes, 0, 0.1)
    steps = model.steps(made.points, made.truth)
    for step in range(3000):
        model.set_learning_rate(0.1 * 0.997**step)
        next(steps)
    reference = LogisticRegression(C=1 / (PENALTY * len(made.points)), tol=1e-10, max_iter=5000)
    expected = reference.fit(made.points, made.truth).predict_proba(places())
    if made.n_classes == 2:  # scikit-learn has one vector of weights here and we have two
        half = LogisticRegression(C=2 / (PENALTY * len(made.points)), tol=1e-10, max_iter=5000)
        expected = half.fit(made.points, made.truth).predict_proba(places())
    np.testing.assert_allclose(model.probabilities(places()), expected, atol=2e-3)


@pytest.mark.parametrize("k", [1, 5, 25])
def test_neighbours_equal_scikit_learns(k: int) -> None:
    made = finished(classifier="neighbours", k=k, dataset="anisotropic")
    reference = KNeighborsClassifier(k).fit(made.points, made.truth)
    metrics, arrays = made.observe()
    ours = Neighbours(made.points, made.truth, made.n_classes, k).probabilities(places())
    np.testing.assert_allclose(ours, reference.predict_proba(places()), atol=1e-12)
    assert metrics["test_accuracy"] == pytest.approx(reference.score(
        made.data.test.astype(np.float64), made.data.test_labels))
    assert arrays["sure"].shape == arrays["grid"].shape == (len(GRID), len(GRID))


def test_the_cross_entropy_is_scikit_learns_log_loss() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(3), 50)
    labels = rng.integers(0, 3, 50)
    assert cross_entropy(probabilities, labels) == pytest.approx(log_loss(
        labels, probabilities, labels=[0, 1, 2]), rel=1e-3)


def test_the_accuracies_are_those_of_the_regions() -> None:
    made = finished()
    metrics, _ = made.observe()
    found = made.model.probabilities(made.data.test.astype(np.float64)).argmax(axis=1)
    assert metrics["test_accuracy"] == accuracy_score(made.data.test_labels, found)
    assert metrics["test_accuracy"] > 0.95


def test_the_first_axis_of_the_grid_is_y() -> None:
    made = finished(dataset="blobs", noise=1.0)
    _, arrays = made.observe()
    for point, label in zip(made.points, made.truth, strict=True):
        column, row = np.abs(GRID[None] - point[:, None]).argmin(axis=1)
        if arrays["sure"][row, column] > 0.99:
            assert arrays["grid"][row, column] == label


def test_k_means_ends_where_scikit_learns_does() -> None:
    chosen = SupervisedVsUnsupervisedSettings(labels="hidden", dataset="blobs")
    made = SupervisedVsUnsupervisedExperiment(chosen, "cpu")
    start = made.model.centroids  # type: ignore[attr-defined]
    for _ in made.steps():
        pass
    reference = KMeans(4, init=start, n_init=1, tol=0).fit(made.points)
    metrics, _ = made.observe()
    assert metrics["ari"] == pytest.approx(adjusted_rand_score(made.truth, reference.labels_))


def test_the_mixture_ends_where_scikit_learns_does() -> None:
    chosen = SupervisedVsUnsupervisedSettings(labels="hidden", dataset="anisotropic",
                                              clusterer="gmm", noise=1.0)
    made = SupervisedVsUnsupervisedExperiment(chosen, "cpu")
    start = made.model.centroids  # type: ignore[attr-defined]
    for _ in made.steps():
        pass
    spread = np.linalg.inv(np.cov(made.points.T, bias=True) + 1e-6 * np.eye(2))
    reference = GaussianMixture(3, weights_init=np.full(3, 1 / 3), means_init=start, tol=1e-4,
                                precisions_init=np.stack([spread] * 3), max_iter=60)
    groups = reference.fit(made.points).predict(made.points)
    metrics, arrays = made.observe()
    assert (arrays["groups"] == groups).mean() > 0.995
    assert metrics["ari"] == pytest.approx(adjusted_rand_score(made.truth, groups), abs=0.01)


def test_the_best_names_are_found() -> None:
    truth = np.array([0, 0, 1, 1, 2, 2])
    assert matched_accuracy(truth, np.array([2, 2, 0, 0, 1, 1])) == 1
    assert matched_accuracy(truth, np.array([2, 2, 0, 1, 1, 1])) == pytest.approx(5 / 6)


def test_hidden_labels_are_in_no_caption() -> None:
    chosen = SupervisedVsUnsupervisedSettings(labels="hidden")
    metrics, _ = SupervisedVsUnsupervisedExperiment(chosen, "cpu").observe()
    assert "test_accuracy" not in metrics and "train_loss" not in metrics


# --- scenes

def test_scenes_are_seeded_and_balanced() -> None:
    one, again, other = scenes(60, 0), scenes(60, 0), scenes(60, 1)
    assert np.array_equal(one.images, again.images)
    assert not np.array_equal(one.images, other.images)
    assert np.bincount(one.classes).tolist() == [20] * len(CLASSES)


def test_a_box_is_exactly_around_its_mask() -> None:
    drawn = scenes(60, 3)
    for (left, top, right, bottom), mask in zip(drawn.boxes, drawn.masks, strict=True):
        assert mask.sum() == mask[top : bottom + 1, left : right + 1].sum() > 20
        assert mask[top].any() and mask[bottom].any()
        assert mask[:, left].any() and mask[:, right].any()
        assert 0 < left <= right < SIZE - 1 and 0 < top <= bottom < SIZE - 1


def test_the_shape_is_darker_than_what_is_behind_it() -> None:
    drawn = scenes(30, 0)
    for image, mask in zip(drawn.images, drawn.masks, strict=True):
        assert image[:, mask].mean() < image[:, ~mask].mean()


def test_the_shapes_fill_their_boxes_as_their_class_says() -> None:
    drawn = scenes(300, 0)
    sides = drawn.boxes[:, 2:] - drawn.boxes[:, :2] + 1
    filled = drawn.masks.sum(axis=(1, 2)) / sides.prod(axis=1)
    shares = [filled[drawn.classes == kind].mean() for kind in range(3)]
    np.testing.assert_allclose(shares, [np.pi / 4, 1, 0.5], atol=0.06)


def test_no_scene_is_refused() -> None:
    with pytest.raises(ValueError, match="n must be >= 1"):
        scenes(0, 0)


# --- the presets

def test_a_straight_border_is_too_few_for_two_moons(engine: InlineEngine) -> None:
    item = preset(NAME, "straight border")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(broken, "test_accuracy") < 0.93 < 0.99 <= number(mended, "test_accuracy")


def test_groups_are_not_classes(engine: InlineEngine) -> None:
    item = preset(NAME, "groups are not classes")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(broken, "ari") < 0.6 and number(mended, "test_accuracy") > 0.99


def test_without_labels_blobs_are_found(engine: InlineEngine) -> None:
    run = train(engine, NAME, preset(NAME, "without labels").changes)
    assert number(run, "ari") > 0.95


def test_one_neighbour_learns_by_heart(engine: InlineEngine) -> None:
    item = preset(NAME, "one neighbour")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(broken, "train_accuracy") == 1
    assert number(mended, "test_accuracy") > number(broken, "test_accuracy") + 0.02
