"""Densities: they integrate to 1, equal scikit-learn's and closed forms, and can be drawn from."""

import itertools

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity as Reference
from test_pages import LABS
from test_presets import engine, number, preset, train

from playground.algorithms import bandwidth, density, kde
from playground.algorithms.gaussian_mixture import Mixture
from playground.datasets.known import KNOWN
from playground.engine.inline import InlineEngine
from playground.experiments.density_estimation.experiment import (
    LOWEST,
    DensityEstimationExperiment,
    load,
    score,
)
from playground.experiments.density_estimation.settings import DensityEstimationSettings

__all__ = ["engine"]

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
    made = DensityEstimationExperiment(
        DensityEstimationSettings(**settings), "cpu")  # type: ignore[arg-type]
    return made.observe()


@pytest.mark.parametrize("estimator", ["kde", "histogram"])
def test_the_mark_lies_on_the_curve(estimator: str) -> None:
    metrics, arrays = look(estimator=estimator, bins=10, bandwidth=0.2)
    near = np.interp(np.log(metrics["chosen"]), np.log(arrays["candidates"]), arrays["scores"][0])
    assert metrics["held_out"] == pytest.approx(near, abs=0.02)


@pytest.mark.parametrize("estimator", ["kde", "histogram", "gaussian"])
def test_the_last_step_has_what_the_start_shows(estimator: str) -> None:
    made = DensityEstimationExperiment(DensityEstimationSettings(estimator=estimator), "cpu")
    start, _ = made.observe()
    joined = [made.observe()[0]["joined"] for _ in made.steps()]
    assert joined == sorted(joined) and joined[0] < 5 and joined[-1] == 50
    assert made.observe()[0] == start


def test_a_mixture_of_two_finds_two_groups() -> None:
    made = DensityEstimationExperiment(
        DensityEstimationSettings(estimator="mixture", n_points=1000), "cpu")
    climbed = [made.observe()[0]["log_likelihood"] for _ in made.steps()]
    assert made.observe()[0]["converged"] and np.diff(climbed).min() > -1e-6
    assert made.state is not None
    np.testing.assert_allclose(sorted(made.state.mixture.means[:, 0]), [-0.9, 0.9], atol=0.1)


def test_what_can_never_be_is_counted_at_the_floor() -> None:
    assert score(np.array([-np.inf, 0.0])) == LOWEST / 2
    metrics, _ = look(kernel="tophat", bandwidth=0.01)
    assert metrics["outside"] > 0.5 and metrics["held_out"] < -10


def test_the_grid_shows_what_the_scores_measure() -> None:
    _, arrays = look(bandwidth=0.2)
    held_out = load(DensityEstimationSettings()).test
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


def test_kernels_lose_more_the_more_dimensions() -> None:
    made = DensityEstimationExperiment(DensityEstimationSettings(), "cpu")
    reply = made.ask("dimensions", {})
    assert all(np.isfinite(reply[name]).all() for name in ("gaussian", "mixture", "kde"))
    assert abs(reply["gaussian"][0] - reply["kde"][0]) < 0.1  # one dimension: all are fine
    lost = np.array(reply["lost"])
    assert np.all(np.abs(lost[:2]) < 0.02) and np.all(np.diff(lost[1:]) > 0) and lost[-1] > 3


# --- the presets

@pytest.mark.parametrize("word", ["too narrow", "too wide", "one Gaussian", "claw"])
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
