"""The gap statistic: truth by closed forms, and what is said about it and the other methods."""

from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from test_pages import LABS
from test_presets import engine, train

from playground import datasets
from playground.algorithms.gap import State, gap_statistic
from playground.concepts.clustering import words as captions
from playground.concepts.clustering.settings import ClusteringSettings
from playground.engine.inline import InlineEngine
from playground.snapshot import Snapshot

__all__ = ["engine"]

POINTS = datasets.load("blobs", n_points=120).train.astype(np.float64)


@pytest.fixture(scope="module")
def ended() -> State:
    *_, last = gap_statistic(POINTS, 6, np.random.default_rng(0), n_sets=10)
    assert last is not None
    return last


def test_the_inertia_of_the_data_is_scikit_learns(ended: State) -> None:
    expected = [KMeans(k, n_init=10, random_state=0).fit(POINTS).inertia_ for k in range(1, 7)]
    np.testing.assert_allclose(np.exp(ended.data), expected, rtol=0.02)


def test_noise_fills_the_box_along_the_principal_components(ended: State) -> None:
    centred = POINTS - POINTS.mean(axis=0)
    sides = np.ptp(centred @ np.linalg.svd(centred)[2].T, axis=0)
    expected = len(POINTS) * (sides**2).sum() / 12  # the variance of a uniform density
    assert np.exp(ended.noise[:, 0]).mean() == pytest.approx(expected, rel=0.05)


def test_gap_and_error_are_those_of_the_paper(ended: State) -> None:
    n = len(ended.noise)
    np.testing.assert_allclose(ended.gaps, ended.noise.sum(axis=0) / n - ended.data)
    np.testing.assert_allclose(ended.errors, np.sqrt(
        ((ended.noise - ended.noise.mean(axis=0)) ** 2).mean(axis=0) * (1 + 1 / n)))
    satisfied = [k for k in range(1, 6)
                 if ended.gaps[k - 1] >= ended.gaps[k] - ended.errors[k]]
    assert ended.chosen == satisfied[0] == 4


def test_noise_in_any_number_of_draws_is_one_group() -> None:
    for seed in range(4):
        points = np.random.default_rng(seed).uniform(-1, 1, (150, 2))
        *_, last = gap_statistic(points, 4, np.random.default_rng(seed), n_sets=12)
        assert last is not None and last.chosen == 1


def moment(metrics: dict[str, float], step: int, **arrays: np.ndarray) -> Snapshot:
    return Snapshot(step, 0.0, metrics, {
        name: array.astype(np.float32) for name, array in arrays.items()})


def said(settings: dict[str, Any], metrics: dict[str, float], step: int = 9, k: int = 4) -> str:
    return captions.caption(ClusteringSettings(**settings), moment(
        metrics, step, points=np.zeros((400, 2)), centroids=np.zeros((k, 2)),
        gaps=np.array([0.0, 0.2, 0.4, 1.4, 1.3]), errors=np.full(5, 0.03)))


ENDED = {"phase": 1.0, "moved": 0.0, "converged": 1.0}


@pytest.mark.parametrize(("start", "inertia", "stuck", "advice"), [
    ("random", 178.3, True, "k-means++"), ("kmeans++", 178.3, True, "New seed"),
    ("kmeans++", 37.5, False, "New seed"), ("clicks", 178.3, True, "Drag a centroid"),
    ("farthest", 178.3, True, "k-means++"), ("random", 36.4, False, "")])
def test_a_bad_end_is_told_with_a_way_out_that_is_not_taken_yet(
        start: str, inertia: float, stuck: bool, advice: str) -> None:
    text = said({"start": start}, {**ENDED, "inertia": inertia, "best": 36.35})
    assert ("Stuck" in text) == stuck and advice in text
    assert not (start == "kmeans++" and "k-means++" in text)
    assert not (start == "clicks" and "New seed" in text)
    assert ("None of ten other starts" in text) == (not advice)


@pytest.mark.parametrize(("noise", "clusters", "verdict"), [
    (160, 30, ""), (201, 30, "Most is noise"), (0, 1, "All in one"), (0, 2, ""),
    (400, 0, "Most is noise")])
def test_most_is_more_than_half(noise: int, clusters: int, verdict: str) -> None:
    text = said({"method": "dbscan"}, {"clusters": float(clusters), "noise": float(noise),
                                       "core": 100.0, "converged": 1.0})
    assert verdict in text and ("Most is noise" in text) == (verdict == "Most is noise")
    growing = said({"method": "dbscan"}, {"clusters": float(clusters), "noise": float(noise),
                                          "core": 100.0, "converged": 0.0})
    assert "Most is noise" not in growing and "All in one" not in growing


def test_one_gaussian_has_no_better_start() -> None:
    ended = {"converged": 1.0, "log_likelihood": -2.0, "between": 0.0}
    assert "Another start" not in said({"method": "gmm"}, ended, k=1)
    assert "New seed" in said({"method": "gmm"}, ended)
    assert "drag a mean" in said({"method": "gmm", "start": "clicks"}, ended)


@pytest.mark.parametrize(("sets", "chosen", "words"), [
    (0, 0, "k-means for every k"), (7, 1, "sets of noise so far"), (20, 1, "nothing to split"),
    (20, 4, "4 groups")])
def test_the_gap_is_read_out_at_its_end_only(sets: int, chosen: int, words: str) -> None:
    text = said({"method": "gap"}, {"sets": float(sets), "chosen": float(chosen), "most": 5.0,
                                    "converged": float(sets == 20)})
    assert words in text and ("groups.**" in text) == (chosen == 4)


def test_no_answer_is_no_number_of_groups() -> None:
    ended = moment({"sets": 20.0, "chosen": 5.0, "most": 5.0, "converged": 1.0}, 20,
                   points=np.zeros((9, 2)), gaps=np.arange(5.0), errors=np.full(5, 0.1))
    text = captions.caption(ClusteringSettings(method="gap"), ended)
    assert "No answer up to 5" in text


def test_every_preset_of_clustering_says_what_is_so(engine: InlineEngine) -> None:
    stuck, noise = [], []
    for item in LABS["clustering"].presets:
        run = train(engine, "clustering", item.changes)
        start, end = run.history.kept[0], run.history.last
        assert end is not None
        text, before = (LABS["clustering"].caption(run, moment) for moment in (end, start))
        stuck += [item.label] * ("Stuck" in text)
        noise += [item.label] * ("Most is noise" in text)
        assert "Stuck" not in before and "Converged" not in before
        assert not ("k-means++" in text and run.settings.start == "kmeans++")
    assert stuck == ["Break it: a bad start"] and noise == []
