"""Densities: they integrate to 1, equal scikit-learn's and closed forms, and can be drawn from."""

import base64
import itertools
import math

import numpy as np
import pytest
from scipy.signal import find_peaks
from scipy.special import logsumexp
from scipy.stats import norm
from sklearn.neighbors import KernelDensity as Reference
from test_pages import LABS
from test_presets import engine, number, preset, train

from playground.algorithms import bandwidth, density, kde
from playground.algorithms.gaussian_mixture import Mixture
from playground.charts.density import over_dimensions
from playground.concepts.density_estimation import dimensions
from playground.concepts.density_estimation.experiment import (
    DensityEstimationExperiment,
    load,
)
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.datasets.known import KNOWN
from playground.engine.inline import InlineEngine
from playground.experiments.pieces import whole
from playground.runs.run import Run
from playground.settings import Value

__all__ = ["engine"]

TWO_GROUPS = DensityEstimationSettings(dataset="line_two_groups")
FINE = {1: np.linspace(-8, 8, 16_001), 2: np.linspace(-8, 8, 801)}
both_dimensions = pytest.mark.parametrize("dimension", [1, 2])
every_kernel = pytest.mark.parametrize("kernel", kde.KERNELS)


def points(n: int, dimension: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.8, (n, dimension))


def places(dimension: int) -> np.ndarray:
    grid = np.stack(np.meshgrid(*[FINE[dimension]] * dimension, indexing="ij"), axis=-1)
    return grid.reshape(-1, dimension)


def integral(fitted: density.Density, dimension: int) -> float:
    cell = float(FINE[dimension][1] - FINE[dimension][0]) ** dimension
    return float(np.exp(fitted.log_prob(places(dimension))).sum() * cell)


# --- kernel density estimates

@both_dimensions
@every_kernel
def test_a_kernel_density_integrates_to_one(kernel: str, dimension: int) -> None:
    fitted = kde.KernelDensity(points(12, dimension), 0.3, kernel)
    assert integral(fitted, dimension) == pytest.approx(1, abs=5e-3)


@both_dimensions
@every_kernel
def test_a_kernel_density_equals_scikit_learns(kernel: str, dimension: int) -> None:
    x, queries = points(200, dimension), points(300, dimension, seed=1) * 1.5
    ours = kde.KernelDensity(x, 0.3, kernel).log_prob(queries)
    theirs = Reference(kernel=kernel, bandwidth=0.3).fit(x).score_samples(queries)
    ours, theirs = np.exp(ours), np.exp(theirs)
    if kernel == "cosine" and dimension == 2:  # theirs does not integrate to 1 there; ours does
        theirs *= ours.sum() / theirs.sum()
    assert ours.max() > 0.1
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


def test_far_away_the_gaussian_kernel_is_small_and_not_zero() -> None:
    far = kde.KernelDensity(np.zeros((1, 1)), 0.01, "gaussian").log_prob(np.array([[3.0]]))
    assert far[0] == pytest.approx(-(300**2) / 2 - np.log(0.01 * np.sqrt(2 * np.pi)))


@both_dimensions
@pytest.mark.parametrize(("kernel", "most"), [("gaussian", 1e-3), ("exponential", 1e-3),
                                              ("epanechnikov", 1e-2), ("linear", 1e-2),
                                              ("cosine", 1e-2), ("tophat", 0.15)])
def test_the_fast_grid_equals_the_slow_one(kernel: str, most: float, dimension: int) -> None:
    fitted = kde.KernelDensity(points(300, dimension), 0.35, kernel)
    axes = [np.linspace(-2, 2.5, 46)] * dimension
    queries = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    slow = np.exp(fitted.log_prob(queries.reshape(-1, dimension))).reshape(queries.shape[:-1])
    assert np.abs(kde.on_grid(fitted, axes) - slow).max() < most * slow.max()


def test_kernels_too_narrow_for_a_grid_are_added_one_by_one() -> None:
    fitted = kde.KernelDensity(points(20, 2), 0.001, "gaussian")
    axes = [np.linspace(-2, 2, 21)] * 2
    assert kde.on_grid(fitted, axes).shape == (21, 21)


@both_dimensions
@every_kernel
def test_samples_have_the_spread_of_points_and_kernel(kernel: str, dimension: int) -> None:
    x = points(50, dimension)
    fitted = kde.KernelDensity(x, 0.5, kernel)
    drawn = fitted.sample(40_000, np.random.default_rng(1))
    expected = x.var(axis=0) + (0.5 * bandwidth.spread(kernel, dimension)) ** 2
    np.testing.assert_allclose(drawn.mean(axis=0), x.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(drawn.var(axis=0), expected, rtol=0.04)


@pytest.mark.parametrize(("kernel", "dimension", "variance"), [
    ("gaussian", 1, 1), ("gaussian", 2, 1), ("tophat", 1, 1 / 3), ("tophat", 2, 1 / 4),
    ("epanechnikov", 1, 1 / 5), ("exponential", 1, 2), ("exponential", 2, 3),
    ("linear", 1, 1 / 6), ("cosine", 1, 1 - 8 / np.pi**2)])
def test_the_spread_of_a_kernel_is_known(kernel: str, dimension: int, variance: float) -> None:
    assert bandwidth.spread(kernel, dimension) ** 2 == pytest.approx(variance, rel=1e-3)


@pytest.mark.parametrize("kernel", ["", "Gaussian"])
def test_an_unknown_kernel_is_refused(kernel: str) -> None:
    with pytest.raises(ValueError, match="kernel must be one of"):
        kde.KernelDensity(points(3, 1), 0.3, kernel).log_prob(points(3, 1))


# --- bandwidths

@both_dimensions
def test_the_rules_of_thumb_are_scipys_factors(dimension: int) -> None:
    from scipy.stats import gaussian_kde

    x = points(150, dimension)
    sigma = np.sqrt(x.var(axis=0, ddof=1).mean())
    reference = gaussian_kde(x.T)
    assert bandwidth.scott(x) == pytest.approx(reference.scotts_factor() * sigma)
    assert bandwidth.silverman(x) == pytest.approx(reference.silverman_factor() * sigma)


def test_leaving_one_out_equals_doing_it_by_hand() -> None:
    x = points(12, 2)
    by_hand = np.mean([
        Reference(bandwidth=0.4).fit(np.delete(x, i, axis=0)).score_samples(x[i : i + 1])[0]
        for i in range(len(x))])
    assert bandwidth.leave_one_out(x, np.array([0.4]))[0] == pytest.approx(by_hand)


def test_cross_validation_takes_the_best_candidate() -> None:
    x = points(80, 1)
    values = bandwidth.leave_one_out(x, bandwidth.CANDIDATES)
    chosen = bandwidth.cross_validation(x)
    assert bandwidth.leave_one_out(x, np.array([chosen]))[0] == values.max()


@pytest.mark.parametrize("n", [300, 3000])
def test_sheather_jones_is_near_the_best_for_one_gaussian(n: int) -> None:
    """The bandwidth of least asymptotic error for a Gaussian is (4 / 3n)^(1/5) sigma."""
    chosen = [bandwidth.sheather_jones(np.random.default_rng(seed).normal(size=(n, 1)))
              for seed in range(8)]
    assert np.mean(chosen) == pytest.approx((4 / (3 * n)) ** 0.2, rel=0.1)


def test_sheather_jones_sees_two_groups_where_silverman_sees_one() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(at, 0.3, (1500, 1)) for at in (-3, 3)])
    best = (4 / (3 * 1500)) ** 0.2 * 0.3  # each group is far from the other: half of the points
    assert bandwidth.sheather_jones(x) == pytest.approx(best, rel=0.2)
    assert bandwidth.silverman(x) > 6 * best


@pytest.mark.parametrize("x", [np.zeros((5, 1)), np.array([[0.0], [1.0]])])
def test_sheather_jones_says_when_it_has_no_answer(x: np.ndarray) -> None:
    with pytest.raises(bandwidth.NoBandwidth):
        bandwidth.choose("sheather_jones", x, "gaussian")


@pytest.mark.parametrize("rule", bandwidth.RULES)
def test_another_kernel_gets_the_same_spread(rule: str) -> None:
    x = points(200, 1)
    widths = [bandwidth.choose(rule, x, kernel) * bandwidth.spread(kernel, 1)
              for kernel in kde.KERNELS]
    assert max(widths) == pytest.approx(min(widths))


@pytest.mark.parametrize("rule", ["scott", "silverman", "cross_validation"])
def test_points_at_one_place_get_the_narrowest_bandwidth(rule: str) -> None:
    assert bandwidth.choose(rule, np.zeros((9, 2)), "gaussian") == bandwidth.NARROWEST


# --- Gaussians and histograms

@both_dimensions
def test_the_gaussian_has_the_mean_and_covariance_of_the_points(dimension: int) -> None:
    x = points(70, dimension)
    fitted = density.fit_gaussian(x)
    np.testing.assert_allclose(fitted.mixture.means[0], x.mean(axis=0))
    np.testing.assert_allclose(fitted.mixture.covariances[0],
                               np.atleast_2d(np.cov(x.T, bias=True)), atol=2 * density.RIDGE)
    assert integral(fitted, dimension) == pytest.approx(1, abs=1e-3)


@both_dimensions
@pytest.mark.parametrize("bins", [1, 7, 40])
def test_a_histogram_equals_numpys(bins: int, dimension: int) -> None:
    x = points(200, dimension)
    fitted = density.fit_histogram(x, bins, x.min(axis=0), x.max(axis=0))
    heights, _ = np.histogramdd(x, bins=bins, density=True)
    found = np.exp(fitted.log_prob(x))
    assert found.min() > 0 and found.max() == pytest.approx(heights.max())
    side = (x.max(axis=0) - x.min(axis=0)) / bins
    centers = [low + (np.arange(bins) + 0.5) * step
               for low, step in zip(x.min(axis=0), side, strict=True)]
    queries = np.array(list(itertools.product(*centers)))
    np.testing.assert_allclose(np.exp(fitted.log_prob(queries)), heights.ravel(), atol=1e-12)
    assert np.exp(fitted.log_prob(queries)).sum() * side.prod() == pytest.approx(1)
    assert np.isneginf(fitted.log_prob(np.full((1, dimension), 9.0))).all()


def test_samples_of_a_mixture_have_its_moments() -> None:
    mixture = Mixture(np.array([0.25, 0.75]), np.array([[-2.0, 0.0], [2.0, 1.0]]),
                      np.array([[[0.5, 0.2], [0.2, 0.3]], np.eye(2)]))
    drawn = density.MixtureDensity(mixture).sample(60_000, np.random.default_rng(0))
    mean = mixture.weights @ mixture.means
    second = np.einsum("k,kij->ij", mixture.weights, mixture.covariances + np.einsum(
        "ki,kj->kij", mixture.means, mixture.means))
    np.testing.assert_allclose(drawn.mean(axis=0), mean, atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), second - np.outer(mean, mean), atol=0.06)


def test_samples_of_a_histogram_fill_its_boxes() -> None:
    x = points(100, 2)
    fitted = density.fit_histogram(x, 4, x.min(axis=0), x.max(axis=0))
    drawn = fitted.sample(50_000, np.random.default_rng(0))
    again = density.fit_histogram(drawn, 4, x.min(axis=0), x.max(axis=0))
    np.testing.assert_allclose(again.counts / 50_000, fitted.counts / 100, atol=0.01)


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_density_integrates_to_one_and_draws_what_it_says(name: str) -> None:
    known, x = KNOWN[name], FINE[1]
    heights, step = known.pdf(x), x[1] - x[0]
    assert heights.sum() * step == pytest.approx(1, abs=1e-3)
    drawn = known.draw(40_000, np.random.default_rng(0))[:, 0]
    shares, _ = np.histogram(drawn, np.linspace(-3, 3, 25))
    expected = [heights[(x >= low) & (x < low + 0.25)].sum() * step
                for low in np.linspace(-3, 2.75, 24)]
    np.testing.assert_allclose(shares / 40_000, expected, atol=0.01)


# --- the experiment

def look(**settings: object) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    chosen = {"dataset": "line_two_groups", "estimator": "kde"} | settings
    made = DensityEstimationExperiment(
        DensityEstimationSettings(**chosen), "cpu")  # type: ignore[arg-type]
    return made.observe()


@pytest.mark.parametrize("estimator", ["kde", "histogram"])
def test_the_mark_lies_on_the_curve(estimator: str) -> None:
    metrics, arrays = look(estimator=estimator, bins=10, bandwidth=0.2)
    held_out, own = (np.interp(np.log(metrics["chosen"]), np.log(arrays["candidates"]), row)
                     for row in arrays["scores"])
    assert metrics["train"] == pytest.approx(own, abs=0.02)
    if estimator == "kde":
        assert metrics["held_out"] == pytest.approx(held_out, abs=0.02)


def test_what_lies_outside_of_all_boxes_is_impossible_however_many_there_are() -> None:
    metrics, arrays = look(estimator="histogram", bins=10)
    data = load(TWO_GROUPS)
    outside = (data.test < data.train.min()) | (data.test > data.train.max())
    assert metrics["impossible"] >= outside.sum() > 0 and arrays["ruined"].all()


def test_the_caption_of_a_histogram_says_that_no_number_of_boxes_helps(
        engine: InlineEngine) -> None:
    run = train(engine, "density_estimation", {"estimator": "histogram"})
    assert run.history.last is not None
    text = LABS["density_estimation"].caption(run, run.history.last)
    assert "Some lie outside of all boxes" in text


@pytest.mark.parametrize("estimator", ["kde", "histogram", "gaussian"])
def test_the_last_step_has_what_the_start_shows(estimator: str) -> None:
    made = DensityEstimationExperiment(DensityEstimationSettings(estimator=estimator), "cpu")
    start, _ = made.observe()
    joined = [made.observe()[0]["joined"] for _ in whole(made.steps())]
    assert joined == sorted(joined) and joined[0] < 5 and joined[-1] == 50
    assert made.observe()[0] == start


def test_a_mixture_of_two_finds_two_groups() -> None:
    made = DensityEstimationExperiment(
        DensityEstimationSettings(dataset="line_two_groups", estimator="mixture", n_points=1000),
        "cpu")
    climbed = [made.observe()[0]["log_likelihood"] for _ in whole(made.steps())]
    assert made.observe()[0]["converged"] and np.diff(climbed).min() > -1e-6
    assert made.state is not None
    np.testing.assert_allclose(sorted(made.state.mixture.means[:, 0]), [-0.9, 0.9], atol=0.1)


def in_log_space(width: float) -> np.ndarray:
    """The log density of the held-out points under Gaussian kernels on the others, by scipy."""
    data = load(TWO_GROUPS)
    known, new = data.train[:, 0].astype(float), data.test[:, 0].astype(float)
    return logsumexp(norm(known, width).logpdf(new[:, None]), axis=1) - math.log(len(known))


@pytest.mark.parametrize("width", [0.01, 0.02, 0.3])
def test_the_held_out_score_is_the_mean_however_low_it_is(width: float) -> None:
    """Kernels of 0.01 leave points at log densities below -1,000: none is counted as more."""
    truth = in_log_space(width)
    metrics, _ = look(bandwidth=width)
    assert width > 0.01 or truth.min() < -1_000
    assert metrics["held_out"] == pytest.approx(truth.mean(), rel=1e-6)
    assert metrics["impossible"] == 0 and metrics["rest"] == metrics["held_out"]


def test_the_curve_over_the_bandwidth_is_not_cut_off_either() -> None:
    _, arrays = look()
    narrow = int(np.argmin(np.abs(arrays["candidates"] - 0.02)))
    assert arrays["scores"][0, narrow] == pytest.approx(
        in_log_space(float(arrays["candidates"][narrow])).mean(), rel=1e-3)


def test_a_point_that_is_impossible_makes_the_score_minus_infinity() -> None:
    metrics, arrays = look(kernel="tophat", bandwidth=0.01)
    data = load(TWO_GROUPS)
    alone = (np.abs(data.test - data.train[:, 0]) >= 0.01).all(axis=1)
    assert metrics["impossible"] == alone.sum() > 0 and "held_out" not in metrics
    assert metrics["held_out_points"] == len(data.test)
    assert arrays["ruined"].any() and not arrays["ruined"].all()
    score = density.Score.of(np.array([-np.inf, -1.0, -3.0]))
    assert (score.nats, score.rest, score.impossible, score.n) == (-np.inf, -2.0, 1, 3)


def test_the_page_says_minus_infinity_and_draws_a_gap(engine: InlineEngine) -> None:
    run = train(engine, "density_estimation", {
        "dataset": "line_two_groups", "estimator": "kde", "kernel": "tophat", "bandwidth": 0.1})
    lab, last = LABS["density_estimation"], run.history.last
    assert last is not None and "Held out: minus infinity." in lab.caption(run, last)
    assert f"{last.metrics['impossible']:.0f} of 500 held-out points" in lab.caption(run, last)
    assert lab.numbers(run)["held_out"] == "minus infinity"
    drawn = lab.curves(run)["learning"]
    assert drawn["layout"]["annotations"][0]["text"] == "no line: minus infinity"
    assert lab.frame(run, last)["scores"]["data"][-1]["name"] == "now: minus infinity"


def test_the_grid_shows_what_the_scores_measure() -> None:
    _, arrays = look(bandwidth=0.2)
    held_out = load(TWO_GROUPS).test
    at_points = np.interp(held_out[:, 0], arrays["grid"], arrays["density"])
    metrics, _ = look(bandwidth=0.2)
    assert np.log(at_points).mean() == pytest.approx(metrics["held_out"], abs=5e-3)


def test_on_a_plane_the_first_axis_of_the_grid_is_y() -> None:
    for estimator in ("kde", "gaussian", "histogram"):
        _, arrays = look(dataset="anisotropic", n_points=500, estimator=estimator, bandwidth=0.2)
        weights, grid = arrays["density"], arrays["grid"]
        x, y = (weights.sum(axis=axis) for axis in (0, 1))
        means = [float((grid * side).sum() / side.sum()) for side in (x, y)]
        np.testing.assert_allclose(means, arrays["points"].mean(axis=0), atol=0.05)


def test_one_coordinate_of_a_plane_is_a_line() -> None:
    _, arrays = look(dataset="moons", axis="second", n_points=100)
    assert arrays["points"].shape == (100, 1) and arrays["density"].ndim == 1


@pytest.mark.parametrize("dimension", [1, 2])
def test_the_density_that_is_known_in_any_dimension_integrates_to_one(dimension: int) -> None:
    grid = np.stack(np.meshgrid(*[np.linspace(-9, 9, 361)] * dimension), axis=-1)
    heights = np.exp(dimensions.log_truth(grid.reshape(-1, dimension)))
    assert heights.sum() * 0.05**dimension == pytest.approx(1, abs=1e-6)
    drawn = dimensions.draw(100_000, 5, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.var(axis=0), [1 + 2.5**2, 1, 1, 1, 1], rtol=0.03)


def test_what_gets_worse_in_many_dimensions_is_seen_to_get_worse() -> None:
    made = DensityEstimationExperiment(DensityEstimationSettings(), "cpu")
    reply = made.ask("dimensions", {})
    lost = {name: np.array(reply[name]) for name in ("gaussian", "mixture", "kde")}
    assert all(len(values) == len(reply["dimensions"]) for values in lost.values())
    assert np.all(np.diff(lost["kde"]) > 0) and lost["kde"][0] < 0.05 and lost["kde"][-1] > 3
    # One Gaussian for two groups: the entropy that it gives away does not depend on the others.
    x = np.linspace(-12, 12, 48_001)[:, None]
    truth = dimensions.log_truth(x)
    variance = 1 + dimensions.APART**2
    best = -(x[:, 0] ** 2) / (2 * variance) - np.log(2 * np.pi * variance) / 2
    gap = float((np.exp(truth) * (truth - best)).sum() * (x[1, 0] - x[0, 0]))
    assert lost["gaussian"][0] == pytest.approx(gap, abs=4 * reply["gaussian_error"][0])
    assert lost["kde"][0] < lost["gaussian"][0] and lost["kde"][-1] > 4 * lost["gaussian"][-1]
    assert np.all(lost["mixture"] < lost["gaussian"] + 0.1)
    assert reply["widths"][-1] > 2 * reply["widths"][0]
    drawn = over_dimensions(np.array(reply["dimensions"]), lost, lost)["data"][2]["y"]
    shown = np.frombuffer(base64.b64decode(drawn["bdata"]), np.float32)
    np.testing.assert_allclose(shown, lost["kde"], rtol=1e-6)  # the gap, and not the gap by d


# --- what is said of real runs

KERNELS: dict[str, Value] = {"dataset": "line_two_groups", "estimator": "kde"}
CLAW: dict[str, Value] = {"dataset": "line_claw", "n_points": 1000, "estimator": "kde"}
SAID: list[tuple[dict[str, Value], tuple[str, ...]]] = [
    (KERNELS, ()),
    (KERNELS | {"bandwidth": 0.02}, ("Too narrow",)),
    (KERNELS | {"bandwidth": 2.0}, ("Too wide",)),
    (KERNELS | {"estimator": "mixture", "n_points": 500}, ()),
    (KERNELS | {"estimator": "mixture", "components": 1, "n_points": 500}, ("Too few",)),
    (KERNELS | {"estimator": "histogram", "bins": 2},
     ("minus infinity", "outside of all boxes")),
    (KERNELS | {"estimator": "histogram", "bins": 100},
     ("minus infinity", "outside of all boxes")),
    (KERNELS | {"estimator": "histogram", "n_points": 2000, "bins": 100, "seed": 3},
     ("minus infinity", "Too many")),
    (KERNELS | {"estimator": "gaussian"}, ("Maximum likelihood",)),
    (CLAW | {"rule": "silverman"}, ("Too wide", "Chosen by Silverman's rule")),
    (CLAW | {"rule": "sheather_jones"}, ("Chosen by improved Sheather-Jones",)),
    ({"dataset": "moons", "n_points": 500, "estimator": "kde", "rule": "cross_validation"},
     ("Chosen by cross-validation", "not known")),
]
VERDICTS = ("Too narrow", "Too wide", "Too few", "Too many", "minus infinity", "Chosen by",
            "Maximum likelihood", "not known", "outside of all boxes")


@pytest.mark.parametrize(("changes", "expected"), SAID, ids=range(len(SAID)))
def test_the_caption_finds_what_is_wrong_and_nothing_else(
        engine: InlineEngine, changes: dict[str, Value], expected: tuple[str, ...]) -> None:
    run, lab = train(engine, "density_estimation", changes), LABS["density_estimation"]
    *early, last = run.history.kept.values()
    said = lab.caption(run, last)
    assert all(each in said for each in expected)
    assert {word for word in VERDICTS if word in said} == {
        word for word in VERDICTS if any(word in each for each in expected)}
    mixture = changes["estimator"] == "mixture" and "components" not in changes
    for snapshot in early[0 if mixture else 1 : 6]:  # points still join, or EM climbs
        said = lab.caption(run, snapshot)
        assert "EM is still climbing" in said or "have joined" in said
        assert not any(word in said for word in VERDICTS if word != "minus infinity")


def test_what_is_misplaced_is_half_the_area_between_both_curves() -> None:
    metrics, arrays = look(bandwidth=2.0)
    fine = np.linspace(arrays["grid"][0], arrays["grid"][-1], 20_001)
    x = load(TWO_GROUPS).train[:, 0].astype(float)
    apart = np.abs(norm(x, 2.0).pdf(fine[:, None]).mean(axis=1)
                   - KNOWN["line_two_groups"].pdf(fine))
    area = apart.sum() * (fine[1] - fine[0]) / 2
    assert metrics["misplaced"] == pytest.approx(area, abs=2e-3)


# --- the presets

def tops(run: Run) -> list[float]:
    """Where the density is highest among its neighbours, by a twentieth of its height or more."""
    assert run.history.last is not None
    arrays = run.history.last.arrays
    found, _ = find_peaks(arrays["density"], prominence=0.05 * arrays["density"].max())
    return [float(x) for x in arrays["grid"][found]]


@pytest.mark.parametrize(("word", "broken", "mended"), [
    ("too narrow", range(15, 51), range(2, 4)), ("too wide", range(1, 2), range(2, 4)),
    ("for two groups", range(1, 2), range(2, 3)), ("claw", range(1, 5), range(5, 8))])
def test_what_breaks_has_too_few_tops_or_too_many_and_its_fix_has_those_of_the_truth(
        engine: InlineEngine, word: str, broken: range, mended: range) -> None:
    item = preset("density_estimation", word)
    assert len(tops(train(engine, "density_estimation", item.changes))) in broken
    fixed = train(engine, "density_estimation", {**item.changes, **item.fix})
    assert len(tops(fixed)) in mended
    assert not {"dataset", "n_points", "noise", "seed"} & item.fix.keys()  # the same data


def test_one_gaussian_for_two_groups_is_highest_where_hardly_a_point_is(
        engine: InlineEngine) -> None:
    run = train(engine, "density_estimation",
                preset("density_estimation", "for two groups").changes)
    (top,) = tops(run)
    assert run.history.last is not None
    x = run.history.last.arrays["points"][:, 0]
    claimed = norm(x.mean(), x.std()).cdf([top - 0.2, top + 0.2])
    assert (np.abs(x - top) < 0.2).mean() < 0.05 < 0.15 < claimed[1] - claimed[0]


@pytest.mark.parametrize("word", ["too narrow", "too wide", "for two groups", "claw"])
def test_what_breaks_scores_worse_than_its_fix(engine: InlineEngine, word: str) -> None:
    item = preset("density_estimation", word)
    broken = train(engine, "density_estimation", item.changes)
    mended = train(engine, "density_estimation", {**item.changes, **item.fix})
    assert number(mended, "held_out") > number(broken, "held_out") + 0.03
    lab = LABS["density_estimation"]
    assert broken.history.last is not None and lab.caption(broken, broken.history.last)


def test_too_narrow_kernels_learn_the_points_by_heart(engine: InlineEngine) -> None:
    run = train(engine, "density_estimation",
                preset("density_estimation", "too narrow").changes)
    assert number(run, "train") > number(run, "held_out") + 1
