"""One Gaussian on a line: its likelihood, the climb to the closed form, and what is said of it."""

import base64
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import norm
from test_pages import LABS
from test_presets import engine, number, preset, train

from playground.algorithms.gaussian_ascent import Gaussian, Hill, ascend
from playground.charts.likelihood import reach, stems
from playground.concepts.density_estimation import ascent
from playground.concepts.density_estimation.experiment import DensityEstimationExperiment
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.engine.inline import InlineEngine
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui.bench.browser_events import Event

__all__ = ["engine"]

NAME = "density_estimation"
X = np.random.default_rng(4).normal(0.7, 1.3, 60)


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (-2.0, 0.1), (3.0, 3.0)])
def test_the_hill_is_the_sum_of_the_logarithms(mu: float, sigma: float) -> None:
    truth = norm.logpdf(X, mu, sigma)
    assert Hill.of(X).height(mu, sigma) == pytest.approx(truth.sum())
    np.testing.assert_allclose(Gaussian(mu, sigma).log_prob(X), truth)
    slope = approx_fprime([mu, sigma], lambda at: norm.logpdf(X, *at).mean(), 1e-7)
    np.testing.assert_allclose(Hill.of(X).slope(Gaussian(mu, sigma)), slope, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("deviation", [0.01, 0.7, 3.0])
@pytest.mark.parametrize("mu", [-3.0, 0.0, 2.0])
@pytest.mark.parametrize("sigma", [0.1, 3.0])
def test_the_climb_rises_at_each_step_and_ends_at_the_closed_form(
        mu: float, sigma: float, deviation: float) -> None:
    x = 0.3 + deviation * (X - X.mean()) / X.std()
    path = list(ascend(Hill.of(x), Gaussian(mu, sigma)))
    heights = [norm.logpdf(x, step.mu, step.sigma).sum() for step in path]
    assert np.all(np.diff(heights) > 0) and len(path) < 200
    mean, spread = norm.fit(x)  # scipy's maximum likelihood
    assert path[-1].mu == pytest.approx(mean, abs=1e-4 * deviation)
    assert path[-1].sigma == pytest.approx(spread, rel=1e-4)
    assert spread == pytest.approx(x.std(ddof=0)) and spread < x.std(ddof=1)


def test_points_at_one_place_have_no_likeliest_gaussian() -> None:
    with pytest.raises(ValueError, match="at two places or more"):
        next(ascend(Hill.of(np.ones(9)), Gaussian(0.0, 1.0)))


def test_the_sticks_are_as_high_as_the_density_and_their_logarithms_add_up() -> None:
    known = reach(Hill.of(X), (-3, 3, 0.1, 3), 0.05, 9)
    drawn = stems(X[:, None], np.linspace(-3, 3, 50), Gaussian(0.5, 1.1), 0.5, None, known)["data"]
    _curve, _truth, _sticks, tops, *_rest, _logs, dots = (
        trace["y"] if isinstance(trace["y"], list) else decoded(trace["y"]) for trace in drawn)
    np.testing.assert_allclose(tops, norm.pdf(X, 0.5, 1.1), rtol=1e-5)
    assert np.sum(dots) == pytest.approx(Hill.of(X).height(0.5, 1.1), rel=1e-5)


def decoded(array: Mapping[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(array["bdata"]), np.float32)


# --- by hand

@pytest.mark.parametrize(("event", "put"), [
    ({"panel": "density", "trace": "mean", "x": 0.52, "y": 0.9}, {"mean": 0.5}),
    ({"panel": "density", "trace": "sigma", "x": 0.21, "y": 0.9}, {"deviation": 1.2}),
    ({"panel": "density", "trace": "sigma", "x": -1.0, "y": 0.9}, {"deviation": 0.1}),
    ({"panel": "hill", "trace": "here", "x": 9.0, "y": -1.0}, {"mean": 3.0, "deviation": 0.1}),
    ({"panel": "density", "trace": "points", "x": 0.0, "y": 0.0}, {}),
])
def test_a_handle_puts_the_gaussian_where_it_was_dragged_to(
        monkeypatch: pytest.MonkeyPatch, event: Mapping[str, object],
        put: dict[str, float]) -> None:
    chosen: dict[str, Value] = {}
    state: dict[str, object] = {}
    monkeypatch.setattr(ascent, "choose_next", chosen.__setitem__)
    monkeypatch.setattr("streamlit.session_state", state)
    settings = DensityEstimationSettings(mean=-1.0)
    run = Run("0" * 32, NAME, settings, owner="")
    look = DensityEstimationExperiment(settings, "cpu").observe()
    run.history.append(Snapshot(0, 0.0, *look))
    assert ascent.move(run, Event(kind="drag", **event)) == bool(put)  # type: ignore[arg-type]
    assert chosen == (put and {"mean": -1.0, "deviation": 0.5} | put)
    shown = {name: getattr(settings, name) for name in ("dataset", "n_points", "seed")}
    now = {"mean": -1.0, "deviation": 0.5} | put  # the knobs that are on the page, and no others
    assert ascent.tried(shown | now) == (((-1.0, 0.5),) if put else ())


def test_what_was_tried_by_hand_is_compared() -> None:
    settings = DensityEstimationSettings(mean=1.0, deviation=1.0, visited=((0.0, 0.7), (2.0, 2.0)))
    made = DensityEstimationExperiment(settings, "cpu")
    metrics, arrays = made.observe()
    x = made.points[:, 0]
    tried = [norm.logpdf(x, *at).sum() for at in ((0.0, 0.7), (2.0, 2.0), (1.0, 1.0))]
    assert metrics["by_hand"] == pytest.approx(max(tried)) and metrics["tried"] == 3
    assert metrics["log_likelihood"] == pytest.approx(tried[-1])
    assert arrays["visited"].shape == (2, 2) and arrays["path"].shape == (2, 1)
    with pytest.raises(ValueError, match="visited must be up to"):
        DensityEstimationSettings(visited=((0.0, 5.0),))


def test_of_points_on_a_plane_the_first_coordinate_is_taken() -> None:
    made = DensityEstimationExperiment(DensityEstimationSettings(dataset="moons"), "cpu")
    assert made.points.shape == (50, 1) and made.observe()[1]["grid"].ndim == 1


# --- what is said

def said(run: Run, number_: int = -1) -> str:
    snapshot = list(run.history.kept.values())[number_]
    return LABS[NAME].caption(run, snapshot)


def test_the_good_run_ends_at_the_mean_and_the_deviation_that_divides_by_n(
        engine: InlineEngine) -> None:
    run = train(engine, NAME, {})
    assert run.history.last is not None and 10 < run.step < 40
    x = run.history.last.arrays["points"][:, 0].astype(float)
    assert number(run, "mu") == pytest.approx(x.mean(), abs=1e-4)
    assert number(run, "sigma") == pytest.approx(x.std(ddof=0), abs=1e-4)
    assert number(run, "log_likelihood") == pytest.approx(norm.logpdf(x, *norm.fit(x)).sum())
    assert "maximum" not in said(run, 0) and "maximum" not in said(run, 5)
    assert "press Train" in said(run, 0) and "nats to go" in said(run, 5)
    assert "This is the maximum" in said(run) and f"{x.std(ddof=1):.3f}" in said(run)
    assert "No single hill fits" not in said(run)


def test_the_likeliest_gaussian_of_two_groups_is_said_to_be_the_wrong_shape(
        engine: InlineEngine) -> None:
    item = preset(NAME, "for two groups")
    broken = train(engine, NAME, item.changes)
    assert "No single hill fits" in said(broken) and "No single" not in said(broken, 3)
    assert number(broken, "best") - number(broken, "ceiling") > 0.3
    few = train(engine, NAME, {"n_points": 20, "seed": 1})  # unlucky points, the right shape
    assert "No single hill fits" not in said(few)
