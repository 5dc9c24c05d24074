"""The true densities of the drawn sets, and their entropies."""

import math

import numpy as np
import pytest

from playground.datasets import known, toys
from playground.experiments import known_density, toy_density

SETS = [(name, noise) for name in toys.NAMES for noise in (1.0, 2.5)]


def _grid(reach: float, step: float) -> tuple[np.ndarray, float]:
    axis = np.arange(-reach, reach, step) + step / 2
    return np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2), step**2


@pytest.mark.parametrize(("name", "noise"), SETS)
def test_the_density_of_a_toy_set_integrates_to_one(name: str, noise: float) -> None:
    places, cell = _grid(1.6 + (4 if name == "anisotropic" else 1.3) * noise,
                         0.01 if name in ("tight_ring", *toys.BOXES) else 0.045 * noise)
    density = toy_density.log_density(name, noise)
    assert density is not None
    mass = np.exp(density(places)).sum() * cell
    assert mass == pytest.approx(1, abs=0.02 if name in toys.BOXES else 1e-5)


@pytest.mark.parametrize(("name", "noise"), [*SETS, ("moons", 0.3)])
def test_drawn_points_have_the_entropy_as_their_mean_surprise(name: str, noise: float) -> None:
    points, _ = toys.make(name, n_points=20_000, noise=noise, seed=4)
    density = toy_density.log_density(name, noise)
    floor = toy_density.entropy(name, noise)
    assert density is not None and floor is not None
    surprise = -density(points)
    error = surprise.std() / math.sqrt(len(points))
    assert surprise.mean() == pytest.approx(floor, abs=3 * error + 1e-6)


@pytest.mark.parametrize("name", [name for name in toys.NAMES if name not in toys.BOXES])
def test_a_wrong_spread_costs_nats(name: str) -> None:
    points, _ = toys.make(name, n_points=10_000, seed=4)
    for wrong in (0.8, 1.2):
        density, floor = toy_density.log_density(name, wrong), toy_density.entropy(name, 1.0)
        assert density is not None and floor is not None
        assert -density(points).mean() > floor + 0.005


@pytest.mark.parametrize("name", ["moons", "smiley", "grid", "anisotropic"])
def test_the_entropy_is_that_of_a_fine_grid(name: str) -> None:
    places, cell = _grid(4.5 if name == "anisotropic" else 2.5, 0.025)
    density = toy_density.log_density(name, 1.0)
    assert density is not None
    logs = density(places)
    on_grid = -(np.exp(logs) * logs).sum() * cell
    assert toy_density.entropy(name, 1.0) == pytest.approx(on_grid, abs=1e-3)


def test_far_groups_and_boxes_have_entropies_that_are_formulas() -> None:
    one_group = math.log(2 * math.pi * math.e * (1.4 / 100) ** 2)
    assert toy_density.entropy("tight_ring", 1.0) == pytest.approx(one_group + math.log(8))
    assert toy_density.entropy("checkerboard", 1.0) == pytest.approx(math.log(4.5))
    assert toy_density.entropy("uniform", 0.0) == pytest.approx(math.log(9))
    gaussian = math.log(2 * math.pi * math.e * 0.8**2) / 2
    assert toy_density.entropy("line_gaussian", 1.0) == pytest.approx(gaussian)
    assert toy_density.entropy("line_uniform", 1.0) == pytest.approx(math.log(3))


@pytest.mark.parametrize("name", known.KNOWN)
def test_on_a_line_too_points_have_the_entropy_as_their_mean_surprise(name: str) -> None:
    points = known.KNOWN[name].draw(20_000, np.random.default_rng(2))
    density, floor = toy_density.log_density(name, 1.0), toy_density.entropy(name, 1.0)
    assert density is not None and floor is not None
    surprise = -density(points)
    assert surprise.mean() == pytest.approx(
        floor, abs=3 * surprise.std() / math.sqrt(len(points)) + 1e-6)


@pytest.mark.parametrize("name", toys.ROUND)
def test_round_groups_have_the_density_of_their_mixture(name: str) -> None:
    points, _ = toys.make(name, n_points=500)
    density, mixture = toy_density.log_density(name, 1.0), known_density.density(name, 1.0)
    assert density is not None and mixture is not None
    np.testing.assert_allclose(density(points), mixture.log_prob(points.astype(np.float64)),
                               rtol=1e-6, atol=1e-6)


def test_where_no_density_is_known_none_is_said() -> None:
    for name, noise in (("moons", 0.0), ("ring", 0.0), ("iris_pca", 1.0), ("mine", 1.0)):
        assert toy_density.log_density(name, noise) is None
        assert toy_density.entropy(name, noise) is None


def test_the_squares_of_a_checkerboard_share_no_side() -> None:
    points, labels = toys.make("checkerboard", n_points=4_000)
    column, row = np.floor(points / 0.75).astype(int).T
    assert ((column + row) % 2 == 0).all() and np.abs(points).max() <= 1.5
    assert len(set(zip(column, row, strict=True))) == len(set(labels)) == 8
