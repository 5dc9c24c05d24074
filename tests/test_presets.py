"""The presets keep their promises: what breaks really breaks, and what mends really mends."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from polling import newest, until
from sklearn.metrics import adjusted_rand_score
from test_pages import LABS

from playground import concepts, datasets
from playground.engine.inline import InlineEngine
from playground.experiments.base import experiment_type
from playground.presets import Preset
from playground.runs.run import Run
from playground.settings import Value


@pytest.fixture(scope="module")
def engine() -> Iterator[InlineEngine]:
    made = InlineEngine(slices=10)
    with pytest.MonkeyPatch.context() as patch:
        for name in concepts.names():  # nobody watches: as fast as it goes
            patch.setattr(experiment_type(name), "pace", None)
        yield made
    made.close()


def preset(concept: str, word: str) -> Preset:
    return next(item for item in LABS[concept].presets if word in item.label)


def train(engine: InlineEngine, concept: str, changes: Mapping[str, Value],
          **quick: Value) -> Run[Any]:
    settings = LABS[concept].settings(**(dict(changes) | quick))
    run = engine.start(concept, settings, "ann")
    return until(engine, run, lambda item: item.status.over, seconds=300.0).run


def number(run: Run, name: str) -> float:
    assert run.history.last is not None
    return run.history.last.metrics[name]


def test_the_bad_start_sticks_and_its_fix_does_not(engine: InlineEngine) -> None:
    bad = preset("clustering", "bad start")
    stuck = train(engine, "clustering", bad.changes, speed=12.0)
    mended = train(engine, "clustering", {**bad.changes, **bad.fix}, speed=12.0)
    assert number(stuck, "converged") and number(mended, "converged")
    assert number(stuck, "inertia") > 4 * number(mended, "inertia")


def test_k_means_finds_groups_in_noise_and_the_gap_statistic_says_that_there_are_none(
        engine: InlineEngine) -> None:
    item = preset("clustering", "nothing")
    noise, mended = (train(engine, "clustering", changes)
                     for changes in (item.changes, {**item.changes, **item.fix}))
    assert noise.history.last is not None and noise.settings.dataset == mended.settings.dataset
    assert len(set(noise.history.last.arrays["labels"].tolist())) == 4
    assert number(mended, "chosen") == 1 and number(mended, "sets") == 20
    groups = train(engine, "clustering", {**item.fix, "dataset": "blobs"})
    assert number(groups, "chosen") == 4


def test_k_means_cuts_both_moons_and_each_fix_finds_them_in_the_same_data(
        engine: InlineEngine) -> None:
    item = preset("clustering", "moons")
    truth = datasets.load("moons", n_points=400).train_labels
    ari = {}
    for name, fix in {"broken": {}, **item.fixes}.items():
        run = train(engine, "clustering", {**item.changes, **fix})
        assert run.history.last is not None and run.settings.dataset == "moons"
        ari[name] = adjusted_rand_score(truth, run.history.last.arrays["labels"])
    assert len(ari) == 3 and ari.pop("broken") < 0.4
    assert min(ari.values()) > 0.95


def test_circles_do_not_fit_long_groups_and_ellipses_do(engine: InlineEngine) -> None:
    circles = preset("clustering", "circles for long groups")
    broken = train(engine, "clustering", circles.changes)
    mended = train(engine, "clustering", {**circles.changes, **circles.fix})
    truth = datasets.load("anisotropic", n_points=400).train_labels
    ari = {}
    for name, run in (("broken", broken), ("mended", mended)):
        assert run.history.last is not None and number(run, "converged")
        ari[name] = adjusted_rand_score(truth, run.history.last.arrays["labels"])
    assert ari["broken"] < 0.6 and ari["mended"] > 0.9
    assert number(mended, "log_likelihood") > number(broken, "log_likelihood") + 0.1


def test_too_small_a_radius_makes_noise_and_its_fix_finds_both_moons(
        engine: InlineEngine) -> None:
    small = preset("clustering", "too small a radius")
    broken = train(engine, "clustering", small.changes)
    mended = train(engine, "clustering", {**small.changes, **small.fix})
    assert number(broken, "noise") == 160 and number(broken, "clusters") == 30
    assert "160 of 400" in small.look_for and "30 pieces" in small.look_for
    assert number(mended, "noise") < 20 and number(mended, "clusters") == 2
    (wide,) = small.more_fixes.values()
    at_all_radii = train(engine, "clustering", {**small.changes, **wide})
    assert number(at_all_radii, "noise") < 20 and number(at_all_radii, "clusters") == 2


def test_a_tree_of_merges_is_cut_at_four_clusters(engine: InlineEngine) -> None:
    run = train(engine, "clustering", preset("clustering", "tree of merges").changes)
    truth = datasets.load("blobs", n_points=400).train_labels
    assert run.history.last is not None and number(run, "clusters") == 4
    assert adjusted_rand_score(truth, run.history.last.arrays["labels"]) > 0.95


@pytest.mark.parametrize("method", ["dbscan", "agglomerative"])
def test_the_start_shows_at_once_what_the_steps_build_up(
        engine: InlineEngine, method: str) -> None:
    run = train(engine, "clustering", {"dataset": "moons", "method": method, "eps": 0.1})
    first, last = run.history.kept[0], run.history.last
    assert last is not None and first.metrics["at_once"] == 1 and "at_once" not in last.metrics
    np.testing.assert_array_equal(first.arrays["labels"], last.arrays["labels"])
    np.testing.assert_array_equal(first.arrays["kinds"], last.arrays["kinds"])


def test_a_stuck_kmeans_is_told_from_a_good_one(engine: InlineEngine) -> None:
    item = preset("clustering", "bad start")
    stuck, good = (train(engine, "clustering", changes)
                   for changes in (item.changes, {**item.changes, **item.fix}))
    assert number(stuck, "inertia") > 2 * number(stuck, "best")
    assert number(good, "inertia") == pytest.approx(number(good, "best"), rel=0.01)


@pytest.mark.parametrize("method", ["spectral", "hdbscan"])
def test_methods_of_one_step_find_both_moons(engine: InlineEngine, method: str) -> None:
    run = train(engine, "clustering", {"dataset": "moons", "method": method, "n_clusters": 2,
                                       "min_samples": 10})
    truth = datasets.load("moons", n_points=400).train_labels
    assert run.history.last is not None
    assert adjusted_rand_score(truth, run.history.last.arrays["labels"]) > 0.95


@pytest.mark.long
def test_a_large_beta_collapses_the_codes_and_its_fix_does_not(engine: InlineEngine) -> None:
    large = preset("vae", "beta 10")
    collapsed = train(engine, "vae", large.changes, steps=500)
    mended = train(engine, "vae", {**large.changes, **large.fix}, steps=500)
    assert number(collapsed, "active") == 0 and number(collapsed, "held_out_kl") < 0.1
    assert number(mended, "active") == 2 and number(mended, "held_out_kl") > 1


def far_from_real(run: Run) -> float:
    """Return how far a sample's nearest training picture is, the median over the samples."""
    assert run.history.last is not None
    real, samples = datasets.load("digits").train, run.history.last.arrays["samples"] / 255
    apart = samples.reshape(len(samples), 1, -1) - real.reshape(len(real), -1)
    return float(np.median(np.linalg.norm(apart, axis=-1).min(1)))


@pytest.mark.long
def test_without_kl_the_codes_fly_apart_and_samples_are_junk(engine: InlineEngine) -> None:
    free = preset("vae", "beta 0")
    apart = train(engine, "vae", free.changes, steps=800)
    mended = train(engine, "vae", {**free.changes, **free.fix}, steps=800)
    assert number(apart, "held_out_kl") > 5 * number(mended, "held_out_kl")
    assert number(apart, "held_out_elbo") < number(mended, "held_out_elbo") - 5
    assert number(apart, "held_out_reconstruction") < number(mended, "held_out_reconstruction")
    assert far_from_real(apart) > 1.4 * far_from_real(mended)
    assert "Holes" in LABS["vae"].caption(apart, newest(apart))
    assert "Holes" not in LABS["vae"].caption(mended, newest(mended))


@pytest.mark.long
def test_a_warm_up_keeps_too_wide_a_decoder_listening(engine: InlineEngine) -> None:
    wide = preset("vae", "too wide")
    silent = train(engine, "vae", wide.changes, batch_size=32)
    mended = train(engine, "vae", {**wide.changes, **wide.fix}, batch_size=32)
    assert number(silent, "held_out_kl") < 0.6 * number(mended, "held_out_kl")
    assert number(silent, "held_out_elbo") < number(mended, "held_out_elbo") - 0.3


@pytest.mark.long
def test_one_dimension_is_in_use_and_not_enough(engine: InlineEngine) -> None:
    one = preset("vae", "one dimension")
    few = train(engine, "vae", one.changes, steps=500)
    more = train(engine, "vae", {**one.changes, **one.fix}, steps=500)
    assert number(few, "active") == 1 and number(more, "active") > 1
    assert number(few, "held_out_elbo") < number(more, "held_out_elbo") - 0.5


@pytest.mark.long
def test_the_words_of_a_vq_vae_are_used_and_copies_are_better_than_with_two_numbers(
        engine: InlineEngine) -> None:
    words = train(engine, "vae", preset("vae", "VQ-VAE").changes, steps=500)
    numbers = train(engine, "vae", {}, steps=500)
    assert number(words, "used") > 25
    assert number(words, "held_out_reconstruction") < number(
        numbers, "held_out_reconstruction") - 4


def test_more_clusters_than_a_byte_holds_are_counted(engine: InlineEngine) -> None:
    run = train(engine, "clustering", {"dataset": "uniform", "method": "dbscan", "eps": 0.02,
                                       "min_samples": 1, "n_points": 1000})
    assert run.history.last is not None and number(run, "clusters") > 255
    assert number(run, "noise") == 0 and run.history.last.arrays["labels"].max() < 255


@pytest.mark.long
def test_a_fast_generator_collapses_and_equal_rates_mend_it(engine: InlineEngine) -> None:
    bad = preset("gan", "mode collapse")
    small: dict[str, Value] = {"hidden": 64, "steps": 1000}
    assert number(train(engine, "gan", {**bad.changes, **small}), "modes") <= 3
    fix = bad.fixes["Fix it: equal learning rates"]
    assert number(train(engine, "gan", {**bad.changes, **fix, **small}), "modes") >= 7


@pytest.mark.long
def test_a_sure_discriminator_leaves_no_slope_unless_the_game_does_not_saturate(
        engine: InlineEngine) -> None:
    bad = preset("gan", "D too strong")
    stuck = train(engine, "gan", bad.changes, steps=300)
    assert number(stuck, "shown_real") - number(stuck, "shown_fake") > 0.9
    assert number(stuck, "push") < 0.2 * number(stuck, "push_at_start")
    assert "hardly learns" in LABS["gan"].caption(stuck, newest(stuck))
    mended = train(engine, "gan", {**bad.changes, **bad.fix}, steps=300)
    assert number(mended, "push") > number(mended, "push_at_start")
    assert number(mended, "modes") > number(stuck, "modes") == 0
