"""The arena: families are found, say what they can, and are judged fairly."""

import itertools
import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity as SklearnKernelDensity
from test_contracts import claim_of

from model_zoo.autoregressive_mixture import AutoregressiveMixture
from playground.algorithms.density import Score
from playground.charts.colors import DATA, SAMPLES
from playground.claim import KINDS
from playground.concepts.applications import families as of_answers
from playground.concepts.arena import families
from playground.concepts.arena.experiment import ArenaExperiment, load
from playground.concepts.arena.point_judge import NAMES as MEASURES
from playground.concepts.arena.point_judge import PointJudge
from playground.concepts.arena.settings import ArenaSettings
from playground.concepts.arena.trained_points import TrainedPoints
from playground.concepts.image_arena import families as of_images
from playground.experiments import contest, known_density
from playground.experiments.base import PART, at_once, built
from playground.experiments.contestant import DrawingContestant
from playground.experiments.pieces import whole

FOUND = families.found()
QUICK = ArenaSettings(steps=100, n_points=200, hidden=16, components=3)
SPACING = 0.04
NEAR, ON_THEIR_WAY = 0.08, {"energy": 0.3}  # nats; chains are not quite there
AXIS = np.arange(-6, 6, SPACING)
GRID = np.stack(np.meshgrid(AXIS, AXIS), -1).reshape(-1, 2)
every_family = pytest.mark.parametrize("name", FOUND)


def contestant(name: str, settings: ArenaSettings = QUICK, steps: int = 30) -> DrawingContestant:
    torch.manual_seed(settings.seed)
    made = FOUND[name].build(load(settings).train.astype(np.float64), settings, "cpu")
    for _ in itertools.islice(whole(made.steps()), steps):
        pass
    return made


def trained(settings: ArenaSettings) -> ArenaExperiment:
    experiment = cast(ArenaExperiment, built("arena", settings, "cpu"))
    for _ in experiment.steps():
        pass
    return experiment


# --- families

def test_the_families_are_found_those_with_exact_answers_first() -> None:
    assert {"gaussian", "histogram", "kde", "mixture", "energy", "vae", "gan", "gsn"} <= set(FOUND)
    places = [KINDS.index(family.claim.kind) for family in FOUND.values()]
    assert places == sorted(places)


def test_finding_families_loads_no_torch() -> None:
    script = ("import sys; from playground.concepts.arena import families; families.found(); "
              "print('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[1], text=True,
                          check=True, capture_output=True, timeout=60)
    assert done.stdout.strip() == "False"


@every_family
def test_a_family_says_about_itself_what_its_model_can(name: str) -> None:
    made = contestant(name, steps=1)
    if not isinstance(made, TrainedPoints):
        assert FOUND[name].claim.kind == "exact"
        return
    assert FOUND[name].claim == claim_of(made.model)
    assert (at_once(made.log_prob(np.zeros((1, 2)), 2)) is None) != FOUND[name].claim.is_log_p


@every_family
def test_the_page_of_a_family_exists(name: str) -> None:
    assert (Path(__file__).parents[1] / "pages" / f"{FOUND[name].page}.py").exists()


@every_family
def test_an_exact_density_adds_up_to_one_and_a_bound_to_less(name: str) -> None:
    ratings = at_once(contestant(name).log_prob(GRID, 8))
    if ratings is None:
        return
    mass = np.exp(ratings.astype(np.float64)).sum() * SPACING**2
    if FOUND[name].claim.kind == "exact":
        assert mass == pytest.approx(1, abs=0.02)
    else:
        assert mass < 1.02


@every_family
def test_samples_follow_the_density(name: str) -> None:
    """The mean log density of samples is minus the entropy, which the grid gives too."""
    made = contestant(name)
    if FOUND[name].claim.kind != "exact":
        return
    on_grid = at_once(made.log_prob(GRID, 1))
    drawn = at_once(made.log_prob(at_once(made.sample(2000, seed=3)), 1))
    assert on_grid is not None and drawn is not None
    p = np.exp(on_grid.astype(np.float64))
    with np.errstate(invalid="ignore"):
        wanted = np.nansum(p * on_grid) / p.sum()
    assert drawn.mean() == pytest.approx(wanted, abs=ON_THEIR_WAY.get(name, NEAR))


@every_family
def test_samples_depend_on_the_seed_alone(name: str) -> None:
    made = contestant(name)
    torch.manual_seed(9)
    first = at_once(made.sample(20, seed=1))
    torch.manual_seed(10)
    assert np.array_equal(first, at_once(made.sample(20, seed=1)))
    assert not np.array_equal(first, at_once(made.sample(20, seed=2)))


@every_family
def test_a_restored_contestant_draws_the_same(name: str) -> None:
    made, fresh = contestant(name), contestant(name, steps=0)
    fresh.restore(made.weights())
    assert np.array_equal(at_once(made.sample(20, seed=1)), at_once(fresh.sample(20, seed=1)))
    with pytest.raises(ValueError, match="weight"):
        fresh.restore({"nothing": np.zeros(1, np.float32)})


def test_the_mixture_and_the_kernels_are_those_of_scikit_learn() -> None:
    points, places = load(QUICK).train.astype(np.float64), load(QUICK).test[:50]
    wide = QUICK.with_changes(rule="hand", bandwidth=0.3, components=1)
    kernels = at_once(contestant("kde", wide).log_prob(places.astype(np.float64), 1))
    truth = SklearnKernelDensity(bandwidth=0.3).fit(points).score_samples(places)
    assert kernels is not None
    np.testing.assert_allclose(kernels, truth, atol=1e-6)
    mixture = at_once(contestant("mixture", wide, steps=1000).log_prob(
        places.astype(np.float64), 1))
    truth = GaussianMixture(1, random_state=0).fit(points).score_samples(places)
    assert mixture is not None
    np.testing.assert_allclose(mixture, truth, atol=1e-4)


# --- the autoregressive model of two coordinates

def test_one_component_without_its_net_is_a_gaussian_on_each_axis() -> None:
    model = AutoregressiveMixture((2,), 1)
    x = torch.randn(20, 2)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        truth = torch.distributions.Normal(0.0, math.exp(-1)).log_prob(x).sum(1)
        assert torch.allclose(model.log_prob(x), truth, atol=1e-5)


def test_a_coordinate_sees_those_before_it_alone() -> None:
    model = AutoregressiveMixture((3,))
    x = torch.randn(1, 3)
    jacobian = torch.autograd.functional.jacobian(lambda at: model.log_probs(at)[0], x)[:, 0]
    seen = jacobian.abs() > 0
    assert seen.tolist() == np.tril(np.ones((3, 3), bool)).tolist()


def test_an_image_is_no_vector() -> None:
    with pytest.raises(ValueError, match="shape must be that of a vector"):
        AutoregressiveMixture((1, 8, 8))


# --- the judge

def test_new_points_of_the_same_density_are_as_good_as_the_floor() -> None:
    rng = np.random.default_rng(0)
    train, held_out, fresh = (rng.standard_normal((1000, 2)) for _ in range(3))
    judge = PointJudge(train, held_out)
    at_once(judge.measure_floor())
    assert set(judge.floor) == set(MEASURES)
    for name, value in at_once(judge.measure(fresh)).items():
        assert value == pytest.approx(judge.floor[name], abs=0.06), name


def test_all_are_judged_by_as_many_samples() -> None:
    rng = np.random.default_rng(0)
    assert PointJudge(rng.standard_normal((30, 2)), rng.standard_normal((50, 2))).n == 30


def test_held_out_nats_are_the_mean_however_low_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight Gaussians learn twenty points by heart: far below -20 nats for new ones."""
    monkeypatch.setattr(families, "found", lambda: {"mixture": FOUND["mixture"]})
    made = trained(ArenaSettings(n_points=20, steps=100))
    fitted = made.contestants["mixture"].density.mixture  # type: ignore[attr-defined]
    parts = [math.log(weight) + multivariate_normal(mean, covariance).logpdf(made.held_out)
             for weight, mean, covariance in zip(fitted.weights, fitted.means,
                                                 fitted.covariances, strict=True)]
    truth = logsumexp(parts, axis=0).mean()
    metrics, _arrays = made.observe()
    assert metrics["mixture_nats"] == pytest.approx(truth, rel=1e-6) and truth < -20
    assert metrics["mixture_rated"] == len(made.held_out) and metrics["mixture_impossible"] == 0


def test_a_histogram_with_an_empty_box_in_the_wrong_place_scores_minus_infinity(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "found", lambda: {"histogram": FOUND["histogram"]})
    made = trained(ArenaSettings(n_points=100, steps=100))
    metrics, _arrays = made.observe()
    counts, *edges = np.histogram2d(made.points[:, 0], made.points[:, 1], bins=20)
    cells = [np.searchsorted(edge, axis, side="right") - 1
             for edge, axis in zip(edges, made.held_out.T, strict=True)]
    inside = np.all([(cell >= 0) & (cell < 20) for cell in cells], axis=0)
    empty = counts[tuple(np.clip(cell, 0, 19) for cell in cells)] == 0
    assert metrics["histogram_impossible"] == (~inside | empty).sum() > 0
    assert "histogram_nats" not in metrics


def test_the_true_density_of_round_groups_is_known() -> None:
    settings = ArenaSettings(dataset="ring", n_points=2000)
    truth = known_density.density("ring", 1.0)
    assert truth is not None
    # Groups that hardly overlap: the entropy of one of them, and the choice among eight.
    sigma = 1.4 / 8
    entropy = 1 + math.log(2 * math.pi * sigma**2) + math.log(8)
    assert -truth.log_prob(load(settings).test.astype(np.float64)).mean() == pytest.approx(
        entropy, abs=0.08)


# --- the whole

@pytest.fixture(scope="module")
def finished() -> ArenaExperiment:
    return trained(QUICK)


def test_every_family_is_judged_at_the_end(finished: ArenaExperiment) -> None:
    metrics, _arrays = finished.observe()
    for name, family in FOUND.items():
        assert {f"{name}_{measure}" for measure in MEASURES} <= metrics.keys()
        assert (f"{name}_rated" in metrics) == family.claim.is_log_p
        possible = family.claim.is_log_p and not metrics[f"{name}_impossible"]
        assert (f"{name}_nats" in metrics) == possible
    assert {f"floor_{measure}" for measure in MEASURES} <= metrics.keys()
    assert {f"{name}_{what}" for name in FOUND for what in ("training", "sampling")} == set(
        finished.clocked())


def test_the_run_has_a_step_for_each_update_and_each_judgement() -> None:
    experiment = cast(ArenaExperiment, built("arena", QUICK, "cpu"))
    assert sum(step is not PART for step in experiment.steps()) == experiment.total_steps
    assert experiment.contestants["gan"].done == QUICK.steps


def test_who_else_is_there_makes_no_difference(monkeypatch: pytest.MonkeyPatch,
                                               finished: ArenaExperiment) -> None:
    monkeypatch.setattr(families, "found", lambda: {"gan": FOUND["gan"]})
    alone = trained(QUICK)
    assert np.array_equal(at_once(alone.contestants["gan"].sample(10, seed=0)),
                          at_once(finished.contestants["gan"].sample(10, seed=0)))


def test_a_budget_in_seconds_is_kept_by_each(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(0.0, 0.0625)
    clock = SimpleNamespace(perf_counter=lambda: next(ticks))
    monkeypatch.setattr(contest, "time", clock)
    experiment = trained(QUICK.with_changes(budget="seconds", seconds=1.0))
    for name, pieces in {"autoregressive": 1, "vae": 1, "gan": 2}.items():
        done = math.ceil(15 / pieces)  # and one tick for building it
        assert experiment.contestants[name].done == done
        assert experiment.training[name] == (1 + done * pieces) / 16
        assert experiment.contestants[name].progress < 1


def test_a_budget_in_seconds_tells_how_much_of_it_is_used(
        monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(0.0, 0.0625)
    monkeypatch.setattr(contest, "time", SimpleNamespace(perf_counter=lambda: next(ticks)))
    experiment = built("arena", QUICK.with_changes(budget="seconds", seconds=1.0), "cpu")
    seen = [experiment.progress, *(experiment.progress for step in experiment.steps()
                                   if step is not PART)]
    done = [share for share in seen if share is not None]
    assert done == seen and done[0] == 1 / 16 and done[-1] == 1  # a tick for building each
    assert done == sorted(done) and 0.5 <= done[7] < 0.65  # more than one tick for a GAN's step
    assert built("arena", QUICK, "cpu").progress is None  # its steps tell it


def test_a_place_is_rated_as_each_family_can(finished: ArenaExperiment) -> None:
    place = finished.points[0].tolist()
    said = finished.ask("log_prob", {"places": [place, [50.0, 50.0]]})
    assert said["gan"] == [None, None]
    assert said["histogram"][1] is None and said["impossible"]["histogram"] == [0, 1]
    assert said["impossible"]["gan"] == [0, 0]
    exact = at_once(finished.contestants["gaussian"].log_prob(np.array([place]), 1))
    assert exact is not None and said["gaussian"][0] == pytest.approx(exact[0])


@pytest.mark.parametrize("places", [[], [[0.0]], [[0.0, float("nan")]], [[0.0, 0.0]] * 101])
def test_places_that_are_none_are_refused(finished: ArenaExperiment,
                                          places: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"places[.\d]* must be"):
        finished.ask("log_prob", {"places": places})


# --- presets

def judged(name: str, settings: ArenaSettings) -> dict[str, float]:
    """Fit one family alone, and measure it."""
    made, data = contestant(name, settings, steps=1000), load(settings)
    judge = PointJudge(data.train.astype(np.float64), data.test.astype(np.float64))
    ratings = at_once(made.log_prob(data.test.astype(np.float64), 1))
    assert ratings is not None
    score = Score.of(ratings)
    return at_once(judge.measure(at_once(made.sample(judge.n, seed=1)))) | {
        "nats": score.nats, "impossible": score.impossible / score.n}


def test_narrow_kernels_draw_well_and_predict_badly_and_the_fix_does_not() -> None:
    by_heart = judged("kde", ArenaSettings(rule="hand", bandwidth=0.01))
    mended = judged("kde", ArenaSettings())
    assert by_heart["coverage"] > mended["coverage"] - 0.05
    assert by_heart["nats"] < mended["nats"] - 1.5


def test_too_many_boxes_call_new_points_impossible() -> None:
    assert judged("histogram", ArenaSettings(bins=100))["impossible"] > 0.2
    assert judged("histogram", ArenaSettings())["impossible"] < 0.1


def test_one_code_blurs_the_vae_and_five_do_not() -> None:
    settings = ArenaSettings(steps=1000)
    data = load(settings).train.astype(np.float64)
    nats = []
    for importance in (1, 5):
        torch.manual_seed(0)
        made = FOUND["vae"].build(data, settings.with_changes(importance=importance), "cpu")
        steps = whole(made.steps())
        for step in range(settings.steps):
            made.progress = step / settings.steps
            next(steps)
        ratings = at_once(made.log_prob(load(settings).test.astype(np.float64), 64))
        assert ratings is not None
        nats.append(Score.of(ratings).nats)
    assert nats[1] > nats[0] + 0.3


# --- colours


BACKGROUNDS = ("#ffffff", "#0e1117")
LEAST_CONTRAST = 3  # of marks, WCAG 2.2, 1.4.11


def luminance(color: str) -> float:
    parts = [int(color[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_colours_of_families_are_seen_on_light_and_on_dark_pages() -> None:
    for found in (families.found(), of_images.found(), of_answers.found()):
        for family in found.values():
            for background in BACKGROUNDS:
                low, high = sorted((luminance(family.color), luminance(background)))
                assert (high + 0.05) / (low + 0.05) >= LEAST_CONTRAST, (family.title, background)


def test_a_family_has_one_colour_in_all_contests_and_nobody_else_has_it_in_one() -> None:
    seen: dict[str, str] = {}
    for found in (families.found(), of_images.found(), of_answers.found()):
        colors = {family.title: family.color for family in found.values()}
        assert len({*colors.values(), DATA, SAMPLES}) == len(colors) + 2
        assert all(seen.setdefault(title, color) == color for title, color in colors.items())
