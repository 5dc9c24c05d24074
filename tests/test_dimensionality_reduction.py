"""Dimensionality reduction: eigenvectors, neighbours, t-SNE in step, and the presets' promises."""

import base64
import io
import itertools
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image
from polling import newest
from sklearn.decomposition import PCA, KernelPCA
from sklearn.manifold import Isomap, trustworthiness
from sklearn.neighbors import NearestNeighbors
from test_pages import LABS
from test_presets import engine, number, preset, train

from playground.algorithms import embeddings, umap_epochs
from playground.algorithms.eigen import orthogonal_iteration
from playground.algorithms.neighbors import kept, ranks
from playground.concepts.dimensionality_reduction.experiment import (
    DimensionalityReductionExperiment,
)
from playground.concepts.dimensionality_reduction.figures import sheet
from playground.concepts.dimensionality_reduction.settings import (
    DimensionalityReductionSettings,
)
from playground.datasets import tables
from playground.engine.inline import InlineEngine
from playground.experiments.base import at_once, built
from playground.experiments.pieces import whole
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot

__all__ = ["engine"]

NAME = "dimensionality_reduction"


def made(**settings: Value) -> DimensionalityReductionExperiment:
    chosen = DimensionalityReductionSettings(**settings)  # type: ignore[arg-type]
    return cast(DimensionalityReductionExperiment, built(
        "dimensionality_reduction", chosen, "cpu"))


def finished(**settings: Value) -> DimensionalityReductionExperiment:
    experiment = made(**settings)
    for _ in whole(experiment.steps()):
        pass
    return experiment


def same_but_for_signs(a: np.ndarray, b: np.ndarray, tolerance: float) -> None:
    signs = np.sign((a * b).sum(axis=0))
    np.testing.assert_allclose(a, b * signs, atol=tolerance)


# --- eigenvectors

def test_orthogonal_iteration_finds_the_largest_eigenvalues() -> None:
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((30, 30)))[0]
    true = np.sort(rng.uniform(0, 5, 30))[::-1]
    *_, (values, vectors) = orthogonal_iteration(basis * true @ basis.T, 3, rng, max_iter=500)
    np.testing.assert_allclose(values, true[:3], rtol=1e-8)
    same_but_for_signs(vectors, basis[:, :3], 1e-3)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("dataset", ["digits", "iris", "wine", "breast_cancer", "swiss_roll"])
def test_pca_equals_scikit_learns(dataset: str) -> None:
    experiment = finished(dataset=dataset, method="pca", n_points=500)
    reference = PCA(2, svd_solver="full").fit_transform(experiment.rows)
    same_but_for_signs(experiment.embedding, reference, 2e-3)
    same_but_for_signs(experiment.flat, reference, 1e-8)


def test_kernel_pca_equals_scikit_learns() -> None:
    experiment = finished(dataset="circles", noise=1.0, method="kernel_pca", gamma=2.0)
    reference = KernelPCA(2, kernel="rbf", gamma=2.0).fit_transform(experiment.rows)
    mine, truth = (points @ points.T for points in (experiment.embedding, reference))
    np.testing.assert_allclose(mine, truth, atol=2e-3)  # whatever turned


@pytest.mark.parametrize("dataset", ["swiss_roll", "digits"])
def test_isomap_equals_scikit_learns(dataset: str) -> None:
    experiment = finished(dataset=dataset, method="isomap", n_points=300)
    reference = Isomap(n_neighbors=10).fit_transform(experiment.rows)
    same_but_for_signs(experiment.embedding, reference, 2e-3 * np.abs(reference).max())


# --- by hand

def test_no_axis_has_more_variance_than_the_first_eigenvalue() -> None:
    experiment = finished(angle=33.0 - 33 % 2)
    metrics, arrays = experiment.observe()
    variances = arrays["traced"][1]
    assert len(variances) == experiment.total_steps + 1 > 91 and metrics["tried"] == 90
    assert metrics["round"] and not metrics["revealed"] and "whole" not in arrays
    assert variances.max() <= metrics["largest"] * (1 + 1e-6)
    assert metrics["best"] > 0.998 * metrics["largest"]
    away = abs(metrics["best_angle"] - metrics["principal_angle"])
    assert min(away, 180 - away) <= 1.0 + 1e-6
    assert variances[0] == pytest.approx(variances[90])  # half a turn is the same axis
    assert metrics["variance"] == metrics["best"] and metrics["angle"] == metrics["best_angle"]


def test_shadows_and_threads_share_the_variance() -> None:
    experiment = made(angle=40.0)
    direction = np.array([np.cos(np.radians(40)), np.sin(np.radians(40))])
    shadows = experiment.centred @ direction
    threads = experiment.centred - shadows[:, None] * direction
    metrics, _ = experiment.observe()
    assert metrics["variance"] == pytest.approx((shadows**2).mean())
    assert metrics["total"] - metrics["variance"] == pytest.approx(
        (threads**2).sum(axis=1).mean())


def test_principal_components_are_shown_when_they_are_revealed_and_not_before() -> None:
    lab = LABS[NAME]
    for reveal in (False, True):
        experiment = finished(reveal=reveal)
        metrics, arrays = experiment.observe()
        run = Run("0" * 32, NAME, experiment.settings, owner="")
        snapshot = Snapshot(1, 0.0, metrics, arrays)
        drawn = lab.frame(run, snapshot)
        shown = {trace["name"] for figure in drawn.values() for trace in figure["data"]
                 if np.isfinite(numbers_of(trace["x"])).any()}
        assert ({"PC1", "PC2", "at every angle"} <= shown) == reveal
        assert ("PC1, the first eigenvector" in lab.caption(run, snapshot)) == reveal
        if reveal:
            at = np.radians(arrays["whole"][0])
            axes = np.stack([np.cos(at), np.sin(at)])
            np.testing.assert_allclose(arrays["whole"][1], np.var(experiment.flat @ axes, axis=0),
                                       rtol=1e-5)


def numbers_of(values: object) -> np.ndarray:
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), np.float32)
    return np.array([np.nan if x is None else x for x in values])  # type: ignore[attr-defined]


# --- data in space, and pictures

@pytest.mark.parametrize("method", ["by_hand", "pca"])
def test_data_of_three_dimensions_are_seen_in_space_at_the_start_alone(method: str) -> None:
    experiment = made(dataset="s_curve", method=method, n_points=40)
    _, first = experiment.observe()
    np.testing.assert_array_equal(first["space"], experiment.rows.astype(np.float32))
    next(whole(experiment.steps()))
    assert "space" not in experiment.observe()[1]  # the browser keeps it
    lab = LABS[NAME]
    run = Run("0" * 32, NAME, experiment.settings, owner="")
    figure = lab.frame(run, Snapshot(0, 0.0, {"n": 40.0, "overlap": 0.0} | experiment.observe()[0],
                                     first))["space"]
    assert {trace["type"] for trace in figure["data"]} == {"scatter3d"}
    assert [panel.name for panel in lab.panels(experiment.settings)][1] == "space"
    assert "space" not in [panel.name for panel in lab.panels(made(dataset="digits").settings)]


def test_an_s_curve_lies_on_an_s() -> None:
    points, stripes = tables.s_curve(500, 0.0, 0)
    x, _y, z = points.T / 0.7
    np.testing.assert_allclose(x**2 + (np.abs(z) - 1) ** 2, 1, atol=1e-5)
    assert set(stripes) == set(range(6))


@pytest.mark.parametrize(("dataset", "n", "side"), [("digits", 500, 8), ("mnist", 300, 14),
                                                    ("mnist", 2000, 7)])
def test_the_cells_of_a_sheet_are_the_data_class_after_class(
        dataset: str, n: int, side: int) -> None:
    experiment = made(dataset=dataset, method="pca", n_points=n)
    _, arrays = experiment.observe()
    pictures, labels = arrays["pictures"], arrays["labels"].astype(int)
    assert pictures.shape == (n, side, side) and pictures.nbytes <= 150_000
    np.testing.assert_allclose(pictures.mean() / 255, experiment.rows.clip(0, 1).mean(), atol=0.01)
    drawn = sheet(pictures, labels)
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn["src"].partition(",")[2]))))
    order = np.concatenate([np.flatnonzero(labels == number) for number in range(10)])
    for place in (0, 7, n - 1):
        row, column = divmod(place, drawn["columns"])
        cell = image[row * side : (row + 1) * side, column * side : (column + 1) * side]
        np.testing.assert_array_equal(cell[..., 3], pictures[order[place]])


@pytest.mark.parametrize("n", [0, 4])
def test_too_few_points_of_ones_own_are_said_and_not_a_crash(n: int) -> None:
    points = tuple((0.1 * i, 0.2) for i in range(n))
    for method in ("by_hand", "pca", "tsne"):
        experiment = made(dataset="mine", points=points, method=method)  # type: ignore[arg-type]
        assert experiment.observe()[0]["n"] == n
        with pytest.raises(ValueError, match="five points or more"):
            next(whole(experiment.steps()))


def test_axes_that_were_tried_by_hand_count_and_none_beats_pc1() -> None:
    metrics, arrays = made(angle=0.0, visited=(44.0, 90.0), reveal=True).observe()  # type: ignore
    assert arrays["visited"].shape == (2, 2) and metrics["tried"] == 3
    for degrees, variance in arrays["visited"].T:
        assert variance == pytest.approx(made(angle=float(degrees)).observe()[0]["variance"])
    assert metrics["best_angle"] == 44 and metrics["revealed"] == 1
    assert arrays["traced"][1].max() < metrics["best"] <= metrics["largest"]


@pytest.mark.parametrize("visited", [(181.0,), (-2.0,), (0.0,) * 181])
def test_axes_that_nobody_can_have_tried_are_refused(visited: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="visited must be up to 180 angles"):
        DimensionalityReductionSettings(visited=visited)


# --- questions

@pytest.mark.parametrize("dataset", ["digits", "wine", "anisotropic"])
def test_the_error_of_rebuilding_is_what_was_left_out(dataset: str) -> None:
    experiment = made(dataset=dataset)
    d = experiment.rows.shape[1]
    errors = []
    for k in range(0, d + 1, max(1, d // 6)):
        reply = experiment.ask("rebuild", {"k": k, "n": 3})
        assert reply["error"] == pytest.approx(reply["dropped"], abs=1e-9)
        errors.append(reply["error"])
    assert errors == sorted(errors, reverse=True) and errors[0] > errors[-1]
    whole = experiment.ask("rebuild", {"k": d, "n": 3})
    assert whole["error"] == pytest.approx(0, abs=1e-9)


def test_components_are_pictures_of_the_digits() -> None:
    reply = made(dataset="digits").ask("spectrum", {})
    assert reply["images"].shape == (16, 1, 8, 8)
    assert reply["images"].min() >= 0 and reply["images"].max() <= 1
    assert np.all(np.diff(reply["variances"]) <= 1e-6)


@pytest.mark.parametrize("dataset", ["digits", "iris", "moons"])
def test_whitening_leaves_the_identity(dataset: str) -> None:
    reply = made(dataset=dataset).ask("whitened", {})
    np.testing.assert_allclose(reply["covariance"], np.eye(2), atol=1e-6)


def test_an_item_is_the_datum_itself() -> None:
    experiment = made(dataset="digits")
    np.testing.assert_allclose(experiment.ask("item", {"index": 5})["image"].ravel(),
                               experiment.rows[5])
    assert made(dataset="iris").ask("item", {"index": 0})["names"][0] == "sepal length (cm)"
    with pytest.raises(ValueError, match="index must be between"):
        experiment.ask("item", {"index": 300})


def test_the_first_question_does_not_wait_for_scikit_learn() -> None:
    """Its import takes a second or so, on a busy machine ten: longer than a question may take."""
    heavy = ("import sys, playground.concepts.dimensionality_reduction.experiment, "
             "playground.concepts.density_estimation.experiment; "
             "sys.exit(any(name in sys.modules for name in ('sklearn', 'umap', 'openTSNE')))")
    assert subprocess.run([sys.executable, "-c", heavy], check=False).returncode == 0


# --- neighbours

@pytest.mark.parametrize("k", [1, 5, 10])
def test_trustworthiness_equals_scikit_learns(k: int) -> None:
    rng = np.random.default_rng(k)
    data = rng.standard_normal((90, 6))
    flat = data[:, :2] + 0.3 * rng.standard_normal((90, 2))
    trust, overlap = kept(at_once(ranks(data)), flat, k)
    assert trust == pytest.approx(trustworthiness(data, flat, n_neighbors=k))
    nearest = [NearestNeighbors(n_neighbors=k).fit(points).kneighbors(return_distance=False)
               for points in (data, flat)]
    shared = [len(set(a) & set(b)) / k for a, b in zip(*nearest, strict=True)]
    assert overlap == pytest.approx(np.mean(shared))


def test_a_perfect_picture_keeps_all_neighbours() -> None:
    data = np.random.default_rng(0).standard_normal((40, 2))
    assert kept(at_once(ranks(data)), 3 * data + 1, 10) == (1.0, 1.0)


@pytest.mark.parametrize("k", [0, 20])
def test_too_many_neighbours_are_refused(k: int) -> None:
    data = np.random.default_rng(0).standard_normal((40, 2))
    with pytest.raises(ValueError, match="k must be between 1 and N / 2"):
        kept(at_once(ranks(data)), data, k)


# --- t-SNE in step

def test_tsne_in_steps_equals_tsne_in_one_go() -> None:
    from openTSNE import TSNEEmbedding, affinity, initialization

    data = made(dataset="digits", n_points=100).rows
    neighbours = affinity.PerplexityBasedNN(data, perplexity=10, method="exact", n_jobs=1)
    whole = TSNEEmbedding(initialization.random(100, random_state=3), neighbours, n_jobs=1,
                          negative_gradient_method="bh", random_state=3)
    told: list[np.ndarray] = []
    each = {"callbacks": lambda *now: told.append(np.array(now[2])), "callbacks_every_iters": 10}
    whole.optimize(250, exaggeration=12, momentum=0.5, inplace=True, **each)
    whole.optimize(500, momentum=0.8, inplace=True, **each)
    *_, last = embeddings.tsne(data, 10, 3)
    np.testing.assert_array_equal(last.embedding, told[-1])
    np.testing.assert_allclose(last.embedding, np.asarray(whole), atol=0.1)  # one step later
    assert len(told) == 75 and last.iteration == 750
    assert last.divergence == pytest.approx(whole.kl_divergence, rel=1e-3)


def test_perplexity_is_clamped_to_a_third_of_the_others() -> None:
    data = made(dataset="digits", n_points=40).rows
    clamped, most = (_sixth(embeddings.tsne(data, perplexity, 0)) for perplexity in (100, 13))
    np.testing.assert_array_equal(clamped, most)


def _sixth(states: Iterator[Any]) -> np.ndarray:
    found: np.ndarray = next(itertools.islice(states, 5, None)).embedding
    return found


def test_a_callback_becomes_an_iterator_that_can_be_left() -> None:
    told: list[bool] = []

    def count(report: Callable[[int], bool]) -> None:
        for item in range(5):
            told.append(report(item))
            if told[-1]:
                return

    assert list(embeddings.in_step(count)) == [0, 1, 2, 3, 4]
    told.clear()
    items = embeddings.in_step(count)
    assert [next(items), next(items)] == [0, 1]
    items.close()  # type: ignore[attr-defined]
    for thread in threading.enumerate():
        if thread.name == "in-step":
            thread.join(5)
    assert told == [False, True]


def test_an_error_in_a_callback_reaches_whoever_iterates() -> None:
    def fail(report: Callable[[int], bool]) -> None:
        report(1)
        raise ArithmeticError("no")

    items = embeddings.in_step(fail)
    assert next(items) == 1
    with pytest.raises(ArithmeticError, match="no"):
        next(items)


# --- UMAP in step

def test_umap_in_epochs_equals_umap_in_one_go() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from umap import UMAP

    data = made(dataset="digits", n_points=100).rows
    epochs = list(umap_epochs.umap(data, 10, 0.1, 3))
    whole = UMAP(n_neighbors=10, min_dist=0.1, init="random", random_state=3, n_jobs=1,
                 n_epochs=umap_epochs.EPOCHS).fit_transform(data)
    np.testing.assert_array_equal(epochs[-1], whole)
    assert len(epochs) == 1 + umap_epochs.EPOCHS and not np.array_equal(epochs[5], epochs[0])


# --- many pictures at once

@pytest.mark.parametrize("method", ["pca", "kernel_pca", "isomap", "tsne"])
def test_an_end_beside_others_is_the_end_of_its_own_run(method: str) -> None:
    end = made(dataset="iris", n_points=60).ask("embed", {"method": method, "perplexity": 10.0})
    own = finished(dataset="iris", n_points=60, method=method, perplexity=10.0)
    np.testing.assert_allclose(end["embedding"], own.embedding, atol=1e-5)
    metrics, _ = own.observe()
    assert end["trustworthiness"] == pytest.approx(metrics["trustworthiness"])
    assert end["overlap"] == pytest.approx(metrics["overlap"])


def test_the_perplexity_of_few_data_is_clamped_and_said() -> None:
    reply = made(dataset="iris", n_points=20).ask("embed", {"method": "tsne", "perplexity": 50.0})
    assert reply["perplexity"] == pytest.approx(19 / 3)
    with pytest.raises(ValueError, match="method must be one of pca, "):
        made(dataset="iris").ask("embed", {"method": "by_hand", "perplexity": 30.0})


# --- tables

@pytest.mark.parametrize(("name", "rows", "d"), [("iris", 150, 4), ("wine", 178, 13),
                                                 ("breast_cancer", 569, 30)])
def test_a_table_is_split_by_class_and_scaled(name: str, rows: int, d: int) -> None:
    table = tables.table(name)
    assert len(table.train) + len(table.test) == rows and table.shape == (d,)
    np.testing.assert_allclose(table.train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(table.train.std(axis=0), 1, atol=1e-5)
    known, held_out = (np.bincount(labels) / len(labels) for labels in (table.train_labels,
                                                                       table.test_labels))
    np.testing.assert_allclose(known, held_out, atol=0.02)


# --- what is said of real runs

def said(run: Run, number_: int = -1) -> str:
    return LABS[NAME].caption(run, list(run.history.kept.values())[number_])


def test_one_axis_is_not_the_best_of_one() -> None:
    experiment = made(reveal=True)
    run = Run("0" * 32, NAME, experiment.settings, owner="")
    text = LABS[NAME].caption(run, Snapshot(0, 0.0, *experiment.observe()))
    assert "best" not in text and "PC1, the first eigenvector" in text


def test_the_good_run_ends_at_its_best_axis_and_says_so(engine: InlineEngine) -> None:
    run = train(engine, NAME, {})
    assert run.step == run.total and number(run, "variance") == number(run, "best")
    assert number(run, "variance") > 0.999 * number(run, "largest")
    assert "best" not in said(run, 0) and "Can you beat it?" in said(run, 5)
    assert "is there a better one?" in said(run) and "The best of 90 axes" in said(run)


@pytest.mark.parametrize(("dataset", "method", "groups"), [
    ("noise_10", "tsne", False), ("iris", "tsne", True), ("noise_10", "pca", True)])
def test_data_without_groups_are_said_to_have_none(
        engine: InlineEngine, dataset: str, method: str, groups: bool) -> None:
    run = train(engine, NAME, {"dataset": dataset, "method": method, "n_points": 60})
    assert ("These data have no groups" in said(run)) != groups
    assert "chance would keep 17%" in said(run, 0)  # 10 of the 59 others
    first = list(run.history.kept.values())[0]
    if method == "tsne":  # it starts at random
        assert first.metrics["overlap"] == pytest.approx(first.metrics["by_chance"], abs=0.06)


# --- the presets

def clumping(points: np.ndarray) -> float:
    """How much nearer the nearest neighbour is than in an even spread (1; small: clumps)."""
    distance = NearestNeighbors(n_neighbors=1).fit(points).kneighbors()[0].mean()
    area = float(np.prod(np.ptp(points, axis=0)))
    return float(distance / (0.5 * np.sqrt(area / len(points))))


def test_a_low_perplexity_makes_clumps_out_of_noise(engine: InlineEngine) -> None:
    item = preset(NAME, "out of nothing")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    clumps = [clumping(newest(run).arrays["points"]) for run in (broken, mended)]
    assert clumps[0] < 0.75 * clumps[1]
    assert not {"dataset", "n_points", "noise", "seed"} & item.fix.keys()  # the same data


def test_isomap_unrolls_what_pca_presses_flat(engine: InlineEngine) -> None:
    item = preset(NAME, "Swiss roll")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(mended, "overlap") > number(broken, "overlap") + 0.1
    torn = [far_neighbours(run) for run in (broken, mended)]  # from ends of the sheet far apart
    assert torn[0] > 0.05 > 10 * torn[1]


def test_too_many_neighbours_are_short_cuts(engine: InlineEngine) -> None:
    item = preset(NAME, "short cuts")
    broken, mended = (train(engine, NAME, changes)
                      for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(mended, "overlap") > number(broken, "overlap") + 0.3
    torn = [far_neighbours(run) for run in (broken, mended)]
    assert torn[0] > 0.01 > 10 * torn[1]
    rolled, strip = (np.ptp(run.history.last.arrays["points"], axis=0)  # type: ignore[union-attr]
                     for run in (broken, mended))
    assert rolled[0] < 2 * rolled[1] and strip[0] > 3 * strip[1]


def far_neighbours(run: Run) -> float:
    """How many of the nearest in the picture are of stripes that do not touch on the sheet."""
    assert run.history.last is not None
    arrays = run.history.last.arrays
    near = NearestNeighbors(n_neighbors=10).fit(arrays["points"]).kneighbors(
        return_distance=False)
    stripes = arrays["labels"].astype(int)
    return float((np.abs(stripes[near] - stripes[:, None]) > 1).mean())


def test_tsne_keeps_more_neighbours_of_the_digits_than_pca(engine: InlineEngine) -> None:
    item = preset(NAME, "t-SNE")
    live = train(engine, NAME, item.changes)
    flat = train(engine, NAME, {**item.changes, "method": "pca"})
    assert number(live, "overlap") > number(flat, "overlap") + 0.3
    assert live.history.curve("divergence")[1][-1] < 1.0


def test_umap_keeps_more_neighbours_of_the_digits_than_pca() -> None:
    settings: dict[str, Value] = {"dataset": "digits", "n_points": 200}
    live, flat = (finished(**settings, method=method).observe()[0] for method in ("umap", "pca"))
    assert live["overlap"] > flat["overlap"] + 0.2 and live["epoch"] == umap_epochs.EPOCHS
