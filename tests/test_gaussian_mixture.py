"""EM against scikit-learn and against what the theory promises."""

from typing import Any

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from playground.algorithms import gaussian_mixture as gm
from playground.datasets import toys

POINTS = {name: toys.make(name, n_points=300, seed=3)[0].astype(np.float64)
          for name in ("blobs", "anisotropic", "moons", "uniform")}

every_type = pytest.mark.parametrize("kind", gm.COVARIANCE_TYPES)
every_set = pytest.mark.parametrize("name", POINTS)


def states(name: str, kind: str, k: int = 3, **options: Any) -> list[gm.State]:
    points = POINTS[name]
    start = gm.start_at(points, points[:k], kind)
    return list(gm.expectation_maximisation(points, start, covariance_type=kind, **options))


def sklearn_form(covariances: np.ndarray, kind: str) -> np.ndarray:
    diagonals = np.diagonal(covariances, axis1=1, axis2=2)
    return {"full": covariances, "tied": covariances[0], "diag": diagonals,
            "spherical": diagonals[:, 0]}[kind]


def full_form(covariances: np.ndarray, kind: str, k: int) -> np.ndarray:
    if kind == "tied":
        return np.stack([covariances] * k)
    if kind == "diag":
        return np.stack([np.diag(row) for row in covariances])
    if kind == "spherical":
        return np.stack([value * np.eye(2) for value in covariances])
    return covariances


@every_set
@every_type
def test_the_end_is_that_of_scikit_learn(name: str, kind: str) -> None:
    points = POINTS[name]
    first, *_, last = states(name, kind)
    start = first.mixture
    model = GaussianMixture(
        3, covariance_type=kind, weights_init=start.weights, means_init=start.means,
        precisions_init=sklearn_form(np.linalg.inv(start.covariances), kind),
    ).fit(points)
    assert last.converged and model.converged_
    np.testing.assert_allclose(last.mixture.weights, model.weights_, atol=1e-8)
    np.testing.assert_allclose(last.mixture.means, model.means_, atol=1e-8)
    np.testing.assert_allclose(last.mixture.covariances,
                               full_form(model.covariances_, kind, 3), atol=1e-8)
    np.testing.assert_allclose(last.responsibilities, model.predict_proba(points), atol=1e-8)
    assert last.log_likelihood == pytest.approx(model.score(points), abs=1e-9)


@every_set
@every_type
def test_the_likelihood_never_falls(name: str, kind: str) -> None:
    values = np.array([state.log_likelihood for state in states(name, kind, tolerance=1e-6)])
    assert len(values) > 4 and np.diff(values).min() > -1e-4  # the ridge may cost a little


def test_the_half_steps_take_turns_and_an_e_step_moves_no_gaussian() -> None:
    run = states("blobs", "full")
    assert [s.phase for s in run[:4]] == ["start", "expect", "maximise", "expect"]
    assert [s.half_step for s in run] == list(range(len(run)))
    for before, after in zip(run, run[1:], strict=False):
        if after.phase == "expect":
            assert after.mixture is before.mixture
        else:
            assert after.responsibilities is before.responsibilities


def test_one_gaussian_is_the_mean_and_the_covariance() -> None:
    points = POINTS["anisotropic"]
    last = states("anisotropic", "full", k=1)[-1]
    np.testing.assert_allclose(last.mixture.means[0], points.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(last.mixture.covariances[0],
                               np.cov(points.T, bias=True) + gm.RIDGE * np.eye(2), atol=1e-12)


def test_the_density_integrates_to_one() -> None:
    mixture = states("moons", "full")[-1].mixture
    axis = np.linspace(-5, 5, 401)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    total = np.exp(gm.log_prob(grid, mixture)).sum() * (axis[1] - axis[0]) ** 2
    assert total == pytest.approx(1, abs=1e-3)


def test_points_on_one_spot_do_no_harm() -> None:
    points = np.zeros((5, 2))
    start = gm.start_at(points, points[:2], "full")
    *_, last = gm.expectation_maximisation(points, start)
    assert last.converged and np.isfinite(last.log_likelihood)


def test_an_unknown_covariance_type_is_named() -> None:
    with pytest.raises(ValueError, match="covariance_type must be one of .* got 'round'"):
        gm.start_at(POINTS["blobs"], POINTS["blobs"][:2], "round")


@pytest.mark.parametrize("kind", gm.COVARIANCE_TYPES)
@pytest.mark.parametrize("k", [1, 3])
def test_the_free_parameters_are_those_of_scikit_learns_bic(kind: str, k: int) -> None:
    points = np.random.default_rng(0).standard_normal((80, 2))
    model = GaussianMixture(k, covariance_type=kind, random_state=0).fit(points)
    cost = (model.bic(points) + 2 * 80 * model.score(points)) / np.log(80)
    assert gm.n_parameters(k, 2, kind) == pytest.approx(cost)
