"""Measures of samples against hand-made cases, brute force and closed forms."""

import math

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from playground.datasets import toys
from playground.experiments.base import at_once
from playground.metrics import clouds
from playground.metrics.divergence import js_of_draws
from playground.metrics.features import frechet_distance, kernel_distance


def _cloud(n: int, seed: int = 0, shift: float = 0.0, d: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d)) + shift


def _exact(n: int, mean: np.ndarray, root: np.ndarray) -> np.ndarray:
    """Points whose mean and covariance, root root^T, are exact and not estimated."""
    points = _cloud(n, 1, d=len(mean))
    points -= points.mean(0)
    white = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points, rowvar=False))).T
    return mean + white @ root.T


# --- points

def test_good_samples_lie_within_three_sigma_of_a_mode() -> None:
    centers = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    samples = np.array([[0.0, 0.59], [0.61, 0.0], [10.1, 0.0], [9.9, 0.1], [5.0, 5.0]])
    counts, good = clouds.modes(samples, centers, 0.2)
    assert counts.tolist() == [1, 2, 0]
    assert good == pytest.approx(3 / 5)


def test_real_points_of_a_mixture_are_good_as_often_as_theory_says() -> None:
    samples = 0.1 * _cloud(20_000)
    assert clouds.modes(samples, np.zeros((1, 2)), 0.1)[1] == pytest.approx(
        1 - math.exp(-9 / 2), abs=0.002)  # a Rayleigh distance


def _brute_share(points: np.ndarray, others: np.ndarray, k: int) -> float:
    found = 0
    for point in points:
        for i, other in enumerate(others):
            distances = sorted(math.dist(other, x) for j, x in enumerate(others) if j != i)
            if math.dist(point, other) <= distances[k - 1]:
                found += 1
                break
    return found / len(points)


def test_precision_and_recall_equal_brute_force() -> None:
    samples, data = _cloud(40, d=3) * 0.5 + 0.4, _cloud(30, 2, d=3)
    found = clouds.precision_recall(samples, data, 3)
    assert found == pytest.approx((_brute_share(samples, data, 3), _brute_share(data, samples, 3)))
    assert 0 < found[1] < found[0] <= 1


def test_precision_and_recall_tell_collapse_from_junk() -> None:
    data = _cloud(300)
    assert clouds.precision_recall(data, data) == (1.0, 1.0)
    collapsed = clouds.precision_recall(0.01 * _cloud(300, seed=3), data)
    assert collapsed[0] > 0.95
    assert collapsed[1] < 0.1
    assert clouds.precision_recall(_cloud(300, seed=3) + 50, data) == (0.0, 0.0)


def test_masses_add_up_to_one_with_what_lies_outside() -> None:
    edges = np.linspace(-1, 1, 5)
    found = clouds.masses(np.array([[0.1, 0.1], [0.1, 0.1], [-0.9, 0.9], [7.0, 0.0]]), edges)
    assert found.shape == (17,)
    assert found.sum() == pytest.approx(1)
    assert found[-1] == 0.25
    assert sorted(found[:-1])[-2:] == [0.25, 0.5]


def test_jensen_shannon_has_its_known_values() -> None:
    p, q = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    assert clouds.js_divergence(p, p) == 0
    assert clouds.js_divergence(p, 1 - p) == pytest.approx(math.log(2))
    expected = (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)) / 2
    assert clouds.js_divergence(p, q) == pytest.approx(expected)
    assert clouds.js_divergence(q, p) == pytest.approx(expected)


# --- the divergence of densities, from draws

N_DRAWS = 2**15


def _log_normal(x: np.ndarray, sigma: float) -> np.ndarray:
    return -(x**2).sum(-1) / (2 * sigma**2) - math.log(2 * math.pi * sigma**2)


def _js_of_gaussians(sigma: float, shift: float) -> float:
    """JS of N(0, 1) and N((shift, 0), sigma^2) in the plane, by sums over a very fine grid."""
    axis = np.linspace(-8, 8, 1601)
    places = np.stack(np.meshgrid(axis, axis), -1)
    log_p, log_q = _log_normal(places, 1.0), _log_normal(places - [shift, 0.0], sigma)
    log_middle = np.logaddexp(log_p, log_q) - math.log(2)
    each = np.exp(log_p) * (log_p - log_middle) + np.exp(log_q) * (log_q - log_middle)
    return float(each.sum() / 2 * (axis[1] - axis[0]) ** 2)


@pytest.mark.parametrize(("sigma", "shift"), [(0.15, 0.0), (0.4, 0.0), (0.8, 0.0), (1.0, 0.4),
                                             (1.0, 1.5), (0.5, 3.0)])
def test_the_divergence_of_two_gaussians_lies_within_its_error(sigma: float,
                                                               shift: float) -> None:
    a, b = _cloud(N_DRAWS), sigma * _cloud(N_DRAWS, 1) + [shift, 0.0]
    js, error = at_once(js_of_draws(a, b))
    assert js == pytest.approx(_js_of_gaussians(sigma, shift), abs=error)
    assert error < 0.05


@pytest.mark.parametrize("dataset", ["ring", "grid", "tight_ring", "moons", "line"])
def test_two_draws_of_one_density_do_not_diverge(dataset: str) -> None:
    a, b = (toys.make(dataset, n_points=N_DRAWS, seed=seed)[0] for seed in (5, 6))
    js, error = at_once(js_of_draws(a, b))
    assert js < 0.003
    assert error < 0.005


@pytest.mark.parametrize("dataset", ["ring", "tight_ring"])
def test_the_divergence_of_some_of_eight_groups_has_its_closed_form(dataset: str) -> None:
    a = toys.make(dataset, n_points=N_DRAWS, seed=5)[0]
    b, groups = toys.make(dataset, n_points=8 * N_DRAWS // 4, seed=6)
    some = b[groups < 4]
    # Half of p lies where no q is; elsewhere q is twice p.
    truth = (0.5 * math.log(2) + 0.5 * math.log(2 / 3) + math.log(4 / 3)) / 2
    js, error = at_once(js_of_draws(a, some))
    assert js == pytest.approx(truth, abs=error)
    assert error < 0.03


def test_what_never_overlaps_or_lies_on_single_points_diverges_by_log_2() -> None:
    a = _cloud(N_DRAWS)
    assert at_once(js_of_draws(a, a + 100))[0] == pytest.approx(math.log(2), abs=1e-3)
    js, error = at_once(js_of_draws(a, np.repeat(_cloud(8, 3), N_DRAWS // 8, axis=0)))
    assert js == pytest.approx(math.log(2), abs=error)


def test_equal_points_tell_nothing() -> None:
    few = np.repeat(_cloud(16, 3), 1024, axis=0)
    assert at_once(js_of_draws(few, few))[0] < 0.005


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="draws must be 512 or more"):
        at_once(js_of_draws(_cloud(400), _cloud(400)))


def test_points_are_paired_by_their_shares_however_many_there_are() -> None:
    rng = np.random.default_rng(1)
    few, many = rng.normal(size=(6, 3)), rng.normal(size=(10, 3))
    same = clouds.sliced_wasserstein(np.repeat(few, 5, axis=0), np.repeat(many, 3, axis=0))
    assert clouds.sliced_wasserstein(few, many) == pytest.approx(same)
    line, other = rng.normal(size=(40, 1)), rng.exponential(size=(40, 1))
    rows, columns = linear_sum_assignment(cdist(line, other) ** 2)
    assert clouds.sliced_wasserstein(line, other) == pytest.approx(
        np.sqrt(((line[rows] - other[columns]) ** 2).mean()))


def test_a_shift_is_transported_along_each_direction_by_its_share() -> None:
    points = _cloud(500)
    assert clouds.sliced_wasserstein(points, points) == pytest.approx(0, abs=1e-9)
    # Over all directions the mean of (d u)^2 is |d|^2 / 2 in the plane.
    assert clouds.sliced_wasserstein(points + np.array([3.0, 0.0]), points) == pytest.approx(
        3 / math.sqrt(2), rel=0.15)


def _by_hand(samples: np.ndarray, data: np.ndarray, k: int) -> tuple[float, float]:
    """Density and coverage by the sums of the paper, one pair after the other."""
    radius = [sorted(math.dist(a, b) for b in data)[k] for a in data]
    balls = list(zip(data, radius, strict=True))
    inside = [[math.dist(sample, datum) <= reach for datum, reach in balls] for sample in samples]
    return (sum(map(sum, inside)) / (k * len(samples)),
            sum(map(any, zip(*inside, strict=True))) / len(data))


@pytest.mark.parametrize(("n", "m", "k", "shift"), [(40, 40, 5, 0.0), (30, 50, 3, 1.5),
                                                   (7, 6, 1, 0.2)])
def test_density_and_coverage_are_those_of_a_slow_count(n: int, m: int, k: int,
                                                        shift: float) -> None:
    samples, data = _cloud(n, 0, shift), _cloud(m, 1)
    assert clouds.density_coverage(samples, data, k) == pytest.approx(_by_hand(samples, data, k))


def test_density_and_coverage_of_a_row_of_numbers_are_known() -> None:
    data = np.arange(10.0)[:, None]  # with k = 1, each ball reaches 1 to either side
    samples = np.array([[0.5], [0.5], [4.0]])
    density, coverage = clouds.density_coverage(samples, data, 1)
    assert density == pytest.approx((2 + 2 + 3) / 3)
    assert coverage == pytest.approx(5 / 10)


def test_far_away_samples_have_neither_density_nor_coverage() -> None:
    assert clouds.density_coverage(_cloud(50, 0, 100.0), _cloud(50, 1)) == (0.0, 0.0)


def test_one_outlier_vouches_for_precision_but_hardly_for_density() -> None:
    data = np.concatenate([_cloud(200, 1), [[30.0, 30.0]]])
    samples = _cloud(200, 2, 12.0)  # in the void, within the outlier's huge ball
    assert clouds.precision_recall(samples, data)[0] == 1.0
    assert clouds.density_coverage(samples, data)[0] < 0.25


def test_a_classifier_cannot_tell_two_draws_of_one_density_apart() -> None:
    accuracies = [clouds.two_sample_accuracy(_cloud(300, seed), _cloud(300, seed + 50))
                  for seed in range(8)]
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.03)


def test_a_classifier_tells_two_islands_apart() -> None:
    assert clouds.two_sample_accuracy(_cloud(100, 0), _cloud(100, 1, 50.0)) == 1.0


@pytest.mark.parametrize("shift", [0.5, 1.0])
def test_a_classifier_is_as_good_as_the_best_one_between_two_gaussians(shift: float) -> None:
    """The best accuracy is that of the half-plane between the centres, Phi(distance / 2)."""
    distance = shift * math.sqrt(2)
    best = (1 + math.erf(distance / 2 / math.sqrt(2))) / 2
    found = clouds.two_sample_accuracy(_cloud(3000, 0), _cloud(3000, 1, shift))
    assert found == pytest.approx(best, abs=0.02)


# --- features

def test_the_frechet_distance_of_gaussians_has_its_closed_form() -> None:
    mean, scale_a, scale_b = np.array([1.0, -2.0, 0.5]), np.array([1.0, 2.0, 0.3]), np.ones(3)
    a, b = _exact(400, mean, np.diag(scale_a)), _exact(400, np.zeros(3), np.diag(scale_b))
    assert frechet_distance(a, b) == pytest.approx(
        (mean**2).sum() + ((scale_a - scale_b) ** 2).sum())
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_the_frechet_distance_does_not_need_common_axes() -> None:
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    root_a, root_b = turn @ np.diag([2.0, 0.5]), np.diag([1.0, 3.0])
    a, b = _exact(300, np.zeros(2), root_a), _exact(300, np.zeros(2), root_b)
    c_a, c_b = root_a @ root_a.T, root_b @ root_b.T
    shared = np.sqrt(np.linalg.eigvals(c_a @ c_b).real).sum()  # of a matrix that is not symmetric
    assert frechet_distance(a, b) == pytest.approx(np.trace(c_a) + np.trace(c_b) - 2 * shared)


def test_the_kernel_distance_equals_brute_force() -> None:
    a, b = _cloud(7, d=4), _cloud(5, 2, d=4) + 0.3

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / 4 + 1) ** 3)

    within = [sum(kernel(x, y) for i, x in enumerate(part) for j, y in enumerate(part) if i != j)
              / (len(part) * (len(part) - 1)) for part in (a, b)]
    across = sum(kernel(x, y) for x in a for y in b) / (len(a) * len(b))
    assert kernel_distance(a, b) == pytest.approx(sum(within) - 2 * across)


def test_the_kernel_distance_has_no_bias() -> None:
    found = [kernel_distance(_cloud(50, seed, d=4), _cloud(50, seed + 1000, d=4))
             for seed in range(200)]
    assert abs(np.mean(found)) < 3 * np.std(found) / math.sqrt(len(found))
    assert min(found) < 0 < max(found)
