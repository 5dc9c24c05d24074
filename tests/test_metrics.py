"""Metrics against closed forms and against slow, independent computations."""

import itertools
import math

import numpy as np
import pytest

from playground import metrics


def _points(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, 2)) + shift


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
    samples, data = _points(n, 0, shift), _points(m, 1)
    assert metrics.density_coverage(samples, data, k) == pytest.approx(_by_hand(samples, data, k))


def test_density_and_coverage_of_a_row_of_numbers_are_known() -> None:
    data = np.arange(10.0)[:, None]  # with k = 1, each ball reaches 1 to either side
    samples = np.array([[0.5], [0.5], [4.0]])
    density, coverage = metrics.density_coverage(samples, data, 1)
    assert density == pytest.approx((2 + 2 + 3) / 3)
    assert coverage == pytest.approx(5 / 10)


def test_far_away_samples_have_neither_density_nor_coverage() -> None:
    assert metrics.density_coverage(_points(50, 0, 100.0), _points(50, 1)) == (0.0, 0.0)


def test_one_outlier_vouches_for_precision_but_hardly_for_density() -> None:
    data = np.concatenate([_points(200, 1), [[30.0, 30.0]]])
    samples = _points(200, 2, 12.0)  # in the void, within the outlier's huge ball
    assert metrics.precision_recall(samples, data)[0] == 1.0
    assert metrics.density_coverage(samples, data)[0] < 0.25


def test_precision_and_recall_are_those_of_a_slow_count() -> None:
    samples, data, k = _points(30, 0, 1.0), _points(40, 1), 3

    def share(points: np.ndarray, others: np.ndarray) -> float:
        radius = [sorted(math.dist(a, b) for b in others)[k] for a in others]
        return float(np.mean([any(math.dist(point, other) <= reach for other, reach
                                  in zip(others, radius, strict=True)) for point in points]))

    assert metrics.precision_recall(samples, data, k) == pytest.approx(
        (share(samples, data), share(data, samples)))


def test_a_classifier_cannot_tell_two_draws_of_one_density_apart() -> None:
    accuracies = [metrics.two_sample_accuracy(_points(300, seed), _points(300, seed + 50))
                  for seed in range(8)]
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.03)


def test_a_classifier_tells_two_islands_apart() -> None:
    assert metrics.two_sample_accuracy(_points(100, 0), _points(100, 1, 50.0)) == 1.0


@pytest.mark.parametrize("shift", [0.5, 1.0])
def test_a_classifier_is_as_good_as_the_best_one_between_two_gaussians(shift: float) -> None:
    """The best accuracy is that of the half-plane between the centres, Phi(distance / 2)."""
    distance = shift * math.sqrt(2)
    best = (1 + math.erf(distance / 2 / math.sqrt(2))) / 2
    found = metrics.two_sample_accuracy(_points(3000, 0), _points(3000, 1, shift))
    assert found == pytest.approx(best, abs=0.02)


def test_the_sliced_distance_of_a_shift_is_known() -> None:
    """Along a direction u the shift s moves all points by u s, whose mean square is |s|^2 / 2.

    The mean is over 50 directions, not over all of them.
    """
    data, shift = _points(200, 0), np.array([3.0, 4.0])
    found = metrics.sliced_wasserstein(data + shift, data)
    assert found == pytest.approx(5 / math.sqrt(2), rel=0.1)


def test_the_js_divergence_of_known_masses() -> None:
    p, q = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert metrics.js_divergence(p, q) == pytest.approx(math.log(2))
    assert metrics.js_divergence(p, p) == 0
    half = np.array([0.5, 0.5])
    assert metrics.js_divergence(p, half) == pytest.approx(
        0.5 * (math.log(4 / 3) + 0.5 * math.log(2 / 3) + 0.5 * math.log(2)))


def test_modes_are_counted_within_three_sigma() -> None:
    centers = np.array(list(itertools.product((0.0, 10.0), repeat=2)))
    samples = np.array([[0.0, 2.9], [0.0, 3.1], [10.0, 10.0], [5.0, 5.0]])
    counts, good = metrics.modes(samples, centers, 1.0)
    assert counts.tolist() == [1, 0, 0, 1]
    assert good == 0.5
