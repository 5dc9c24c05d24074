"""With labels and without: classifiers equal scikit-learn's, scenes are labelled truly."""

import numpy as np
import pytest
import torch
from nets import linear
from polling import newest
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, adjusted_rand_score, log_loss
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier
from test_pages import LABS
from test_presets import engine, number, preset, train

from playground.algorithms.classifiers import PENALTY, Neighbours, Network
from playground.concepts.supervised_vs_unsupervised import words as captions
from playground.concepts.supervised_vs_unsupervised.experiment import (
    GRID,
    SupervisedVsUnsupervisedExperiment,
    matched_accuracy,
)
from playground.concepts.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.engine.inline import InlineEngine
from playground.experiments.pieces import whole
from playground.settings import Value
from playground.snapshot import Snapshot

__all__ = ["engine"]

NAME = "supervised_vs_unsupervised"


def finished(**settings: Value) -> SupervisedVsUnsupervisedExperiment:
    torch.manual_seed(0)
    chosen = SupervisedVsUnsupervisedSettings(**settings)  # type: ignore[arg-type]
    made = SupervisedVsUnsupervisedExperiment(chosen, "cpu")
    for _ in whole(made.steps()):
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


def test_nearest_neighbours_are_never_trained_but_labelled_points_come() -> None:
    made = SupervisedVsUnsupervisedExperiment(
        SupervisedVsUnsupervisedSettings(classifier="neighbours", k=5, n_points=100), "cpu")
    metrics, arrays = made.observe()
    assert metrics["n"] == 0 and "train_accuracy" not in metrics
    assert metrics["test_loss"] == pytest.approx(np.log(2))
    np.testing.assert_array_equal(arrays["sure"], 0.5)
    accuracies, known = [metrics["test_accuracy"]], [0]
    for _ in whole(made.steps()):
        metrics, arrays = made.observe()
        accuracies.append(metrics["test_accuracy"])
        known.append(len(arrays["points"]))
        reference = KNeighborsClassifier(min(5, known[-1])).fit(arrays["points"], arrays["labels"])
        assert metrics["train_accuracy"] == pytest.approx(
            reference.score(arrays["points"], arrays["labels"]), abs=0.05)  # ties
    assert known[-1] == 100 and all(np.diff(known) > 0)
    assert np.mean(accuracies[-5:]) > 0.94 > np.mean(accuracies[:5])


def test_labelled_points_come_in_any_order() -> None:
    made = SupervisedVsUnsupervisedExperiment(SupervisedVsUnsupervisedSettings(
        classifier="neighbours", dataset="mine", points=tuple((i / 20, 0.0) for i in range(30)),
        classes=tuple(i // 15 for i in range(30))), "cpu")
    steps = whole(made.steps())
    for _ in range(12):
        next(steps)
    assert set(made.observe()[1]["labels"].tolist()) == {0, 1}


def test_the_cross_entropy_is_scikit_learns_log_loss() -> None:
    made = finished()
    metrics, _ = made.observe()
    found = made.model.probabilities(made.data.test.astype(np.float64))
    assert metrics["test_loss"] == pytest.approx(log_loss(made.data.test_labels, found), rel=1e-4)


def test_a_net_that_is_sure_and_wrong_pays_in_full() -> None:
    """Logits 40 apart cost 40 nats, far beyond what a probability of 1e-4 would cost."""
    made = finished()
    assert isinstance(made.model, Network)
    with torch.no_grad():
        layer = linear(made.model.net, -1)
        layer.weight.zero_()
        layer.bias.copy_(torch.tensor([40.0, 0.0]))
    metrics, _ = made.observe()
    wrong = (made.data.test_labels == 1).mean()
    assert metrics["test_loss"] == pytest.approx(40 * wrong, rel=1e-5)
    assert metrics["impossible"] == 0


def test_a_class_that_no_neighbour_has_is_impossible_and_the_loss_infinite(
        engine: InlineEngine) -> None:
    made = finished(classifier="neighbours", k=1, noise=3.0)
    metrics, _ = made.observe()
    wrong = (1 - metrics["test_accuracy"]) * len(made.data.test_labels)
    assert metrics["impossible"] == pytest.approx(wrong) and wrong > 0
    assert metrics["train_loss"] == 0 and "test_loss" not in metrics
    run = train(engine, NAME, {"classifier": "neighbours", "k": 1, "noise": 3.0})
    lab, last = LABS[NAME], run.history.last
    assert last is not None and "test points: infinite." in lab.caption(run, last)
    assert lab.numbers(run)["test_loss"] == "∞"
    assert lab.curves(run)["loss"]["layout"]["annotations"][0]["text"] == "no line: infinite"


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
    for _ in whole(made.steps()):
        pass
    reference = KMeans(4, init=start, n_init=1, tol=0).fit(made.points)
    metrics, _ = made.observe()
    assert metrics["ari"] == pytest.approx(adjusted_rand_score(made.truth, reference.labels_))


def test_the_mixture_ends_where_scikit_learns_does() -> None:
    chosen = SupervisedVsUnsupervisedSettings(labels="hidden", dataset="anisotropic",
                                              clusterer="gmm", noise=1.0)
    made = SupervisedVsUnsupervisedExperiment(chosen, "cpu")
    start = made.model.centroids  # type: ignore[attr-defined]
    for _ in whole(made.steps()):
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


# --- the presets

def test_a_straight_border_is_too_few_for_two_moons(engine: InlineEngine) -> None:
    item = preset(NAME, "straight border")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(broken, "test_accuracy") < 0.93 < 0.99 <= number(mended, "test_accuracy")


def test_groups_are_not_classes(engine: InlineEngine) -> None:
    item = preset(NAME, "the same without labels")
    assert item.changes == {"labels": "hidden"}  # the very same points
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(broken, "ari") < 0.6 and number(mended, "test_accuracy") > 0.99


def test_without_labels_groups_that_are_classes_are_found(engine: InlineEngine) -> None:
    run = train(engine, NAME, preset(NAME, "Groups that are classes").changes)
    assert number(run, "ari") > 0.95


def test_a_coin_toss_is_learned_by_heart_and_many_neighbours_admit_that_they_guess(
        engine: InlineEngine) -> None:
    item = preset(NAME, "coin toss")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert broken.settings.dataset == mended.settings.dataset == "uniform"
    assert number(broken, "train_accuracy") == 1 and 0.4 < number(broken, "test_accuracy") < 0.6
    assert abs(number(mended, "train_accuracy") - number(mended, "test_accuracy")) < 0.1
    captions = [LABS[NAME].caption(run, newest(run)) for run in (broken, mended)]
    assert "learned by heart" in captions[0] and "learned by heart" not in captions[1]


def test_one_neighbour_learns_by_heart(engine: InlineEngine) -> None:
    item = preset(NAME, "one neighbour")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(broken, "train_accuracy") == 1
    assert number(mended, "test_accuracy") > number(broken, "test_accuracy") + 0.02


# --- what is said

def said(metrics: dict[str, float], step: int = 40, **settings: Value) -> str:
    chosen = SupervisedVsUnsupervisedSettings(**settings)  # type: ignore[arg-type]
    return captions.caption(chosen, Snapshot(step, 0.0, metrics, {}))


KNOWN = {"n": 200.0, "test_points": 200.0, "train_loss": 0.1, "test_loss": 0.2}


@pytest.mark.parametrize(("train_accuracy", "test_accuracy", "n", "heart"), [
    (1.0, 0.885, 200, True), (1.0, 0.49, 200, True), (0.935, 0.945, 200, False),
    (0.72, 0.56, 200, True), (0.545, 0.505, 200, False), (1.0, 0.9, 20, False),
    (0.55, 0.45, 20, False)])
def test_only_a_gap_beyond_chance_is_called_learned_by_heart(
        train_accuracy: float, test_accuracy: float, n: int, heart: bool) -> None:
    text = said({**KNOWN, "n": float(n), "train_accuracy": train_accuracy,
                 "test_accuracy": test_accuracy})
    assert ("by heart" in text) == heart


def test_an_untrained_net_is_not_diagnosed() -> None:
    text = said({**KNOWN, "train_accuracy": 0.7, "test_accuracy": 0.2}, step=0)
    assert "Untrained" in text and "by heart" not in text


def test_every_preset_of_supervised_learning_says_what_is_so(engine: InlineEngine) -> None:
    for item in LABS[NAME].presets:
        if "dataset" in item.changes and item.changes["dataset"] == "scenes":
            continue
        run = train(engine, NAME, item.changes)
        start, end = run.history.kept[0], run.history.last
        assert end is not None
        heart = item.changes.get("k") == 1
        assert ("by heart" in LABS[NAME].caption(run, end)) == heart, item.label
        assert "by heart" not in LABS[NAME].caption(run, start), item.label
