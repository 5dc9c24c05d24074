"""K-means against scikit-learn, against its definition, and against bad input."""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.cluster import KMeans

from playground.algorithms.kmeans import (
    STARTS,
    State,
    fill_empty_clusters,
    kmeans,
    plus_plus_probabilities,
    start_farthest_first,
    start_kmeans_plus_plus,
)
from playground.datasets import load, toys


def _data() -> Iterator[tuple[str, np.ndarray]]:
    for name in toys.NAMES:
        yield name, load(name, n_points=300, seed=1).train
    yield "digits", load("digits").train[:400].reshape(400, -1)


DATA = dict(_data())


def _runs(points: np.ndarray) -> Iterator[np.ndarray]:
    for seed in range(3):
        for n_clusters in (1, 2, 5, 12):
            for start in STARTS.values():
                yield start(points, n_clusters, np.random.default_rng(seed))


def _reference(points: np.ndarray, start: np.ndarray) -> KMeans:
    model = KMeans(len(start), init=start, n_init=1, algorithm="lloyd", tol=0, max_iter=300)
    return model.fit(np.asarray(points, dtype=np.float64))


def _assert_sound(points: np.ndarray, states: list[State]) -> None:
    for before, after in zip(states, states[1:], strict=False):
        assert after.half_step == before.half_step + 1
        assert after.inertia <= before.inertia * (1 + 1e-12)
        assert after.phase == ("assign" if before.phase in ("start", "update") else "update")
        shift = np.linalg.norm(after.centroids - before.centroids, axis=1).max()
        assert after.moved == pytest.approx(shift)
    for state in states[1:]:
        truth = np.square(points - state.centroids[state.labels]).sum()
        assert state.inertia == pytest.approx(truth, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", DATA)
def test_the_end_is_that_of_scikit_learn(name: str) -> None:
    points = DATA[name]
    for start in _runs(points):
        *_, last = kmeans(points, start)
        assert last.converged
        assert last.inertia == pytest.approx(_reference(points, start).inertia_, rel=1e-6)


@pytest.mark.parametrize("name", DATA)
def test_inertia_never_rises_and_each_state_is_what_it_says(name: str) -> None:
    points = DATA[name]
    for start in _runs(points):
        _assert_sound(points, list(kmeans(points, start)))


@pytest.mark.parametrize("name", DATA)
def test_at_the_end_each_centroid_is_the_mean_and_each_point_with_the_nearest(name: str) -> None:
    points = DATA[name].astype(np.float64)
    for start in _runs(points):
        *_, last = kmeans(points, start)
        distances = np.linalg.norm(points[:, None] - last.centroids, axis=2)
        assert np.allclose(distances[np.arange(len(points)), last.labels], distances.min(axis=1))
        for cluster in range(len(start)):
            assert np.allclose(
                points[last.labels == cluster].mean(axis=0), last.centroids[cluster]
            )


def test_empty_clusters_are_filled_as_in_scikit_learn() -> None:
    points = DATA["uniform"]
    for seed in range(30):
        generator = np.random.default_rng(seed)
        start = generator.uniform(-1, 1, (6, 2)) + [
            [0, 0],
            [0, 0],
            [0, 0],
            [9, 9],
            [50, 0],
            [0, 70],
        ]
        states = list(kmeans(points, start))
        assert len(np.unique(states[1].labels)) < 6
        assert len(np.unique(states[2].labels)) == 6
        _assert_sound(points, states)
        assert states[-1].inertia == pytest.approx(_reference(points, start).inertia_, rel=1e-6)


def test_an_empty_cluster_takes_the_farthest_point_but_no_lonely_one() -> None:
    points = np.array([[0.0], [1.0], [4.0], [100.0]])
    centroids = np.array([[0.0], [90.0], [999.0]])
    labels = fill_empty_clusters(points, centroids, np.array([0, 0, 0, 1]))
    assert labels.tolist() == [0, 0, 2, 1]


def test_more_clusters_than_distinct_points_end_with_no_inertia() -> None:
    points = np.repeat([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]], 4, axis=0)
    for start in STARTS.values():
        for seed in range(10):
            states = list(kmeans(points, start(points, 6, np.random.default_rng(seed))))
            _assert_sound(points, states)
            assert states[-1].converged
            assert states[-1].inertia == 0
            assert np.isfinite(states[-1].centroids).all()


def test_a_cluster_that_stays_empty_keeps_its_centroid() -> None:
    points = np.repeat([[1.0, 2.0], [3.0, 1.0]], 4, axis=0)
    start = np.array([[1.0, 2.0], [3.0, 1.0], [3.0, 1.0], [7.0, 7.0]])
    *_, last = kmeans(points, start)
    assert last.converged
    assert np.array_equal(last.centroids, start)


def test_duplicates_end_where_scikit_learn_ends() -> None:
    points = np.round(2 * DATA["blobs"])
    for start in _runs(points):
        states = list(kmeans(points, start))
        _assert_sound(points, states)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference = _reference(points, states[-1].centroids)
        assert states[-1].inertia == pytest.approx(reference.inertia_, rel=1e-6)


def test_one_point_is_its_own_cluster() -> None:
    *_, last = kmeans(np.array([[2.0, 3.0]]), np.array([[0.0, 0.0]]))
    assert last.converged
    assert last.centroids.tolist() == [[2, 3]]


def test_the_start_assigns_nothing_and_then_the_phases_alternate() -> None:
    points = DATA["moons"]
    states = list(kmeans(points, points[:3]))
    assert states[0].phase == "start"
    assert (states[0].labels == -1).all()
    assert np.array_equal(states[0].centroids, points[:3].astype(np.float64))
    assert [state.converged for state in states] == [False] * (len(states) - 1) + [True]
    assert states[-1].phase == "assign"


def test_max_iter_ends_the_run_with_an_assignment() -> None:
    states = list(kmeans(DATA["uniform"], DATA["uniform"][:8], max_iter=2))
    assert [state.phase for state in states] == ["start", *["assign", "update"] * 2, "assign"]
    assert not states[-1].converged


def test_earlier_states_and_the_input_are_not_overwritten() -> None:
    points = DATA["blobs"].astype(np.float64)
    start = points[:4].copy()
    states = kmeans(points, start)
    first = next(states)
    kept = first.centroids.copy()
    list(states)
    assert np.array_equal(first.centroids, kept)
    assert np.array_equal(start, points[:4])


@pytest.mark.parametrize("name", STARTS)
def test_a_start_is_made_of_points_and_repeats_with_its_seed(name: str) -> None:
    points = DATA["ring"].astype(np.float64)
    for seed in range(5):
        start = STARTS[name](points, 7, np.random.default_rng(seed))
        assert start.shape == (7, 2)
        assert len(np.unique(start, axis=0)) == 7
        assert (start[:, None] == points).all(axis=2).any(axis=1).all()
        assert np.array_equal(start, STARTS[name](points, 7, np.random.default_rng(seed)))


def test_plus_plus_probabilities_are_the_squared_distances_to_the_nearest_centroid() -> None:
    points = np.array([[0.0], [1.0], [3.0], [10.0]])
    chances = plus_plus_probabilities(points, np.array([[0.0], [10.0]]))
    assert chances == pytest.approx([0, 0.1, 0.9, 0])
    assert plus_plus_probabilities(points[:1], points[:1]) == pytest.approx([1])


def test_kmeans_plus_plus_draws_with_the_probabilities_of_the_paper() -> None:
    positions = np.array([0.0, 1.0, 3.0])
    weights = np.square(positions[:, None] - positions)
    truth = weights / weights.sum(axis=1, keepdims=True) / 3  # first uniform, second by distance
    generator = np.random.default_rng(0)
    n_draws, counts = 20_000, np.zeros((3, 3))
    for _ in range(n_draws):
        first, second = start_kmeans_plus_plus(positions[:, None], 2, generator)[:, 0]
        counts[np.searchsorted(positions, first), np.searchsorted(positions, second)] += 1
    sigma = np.sqrt(truth * (1 - truth) / n_draws)
    assert (np.abs(counts / n_draws - truth) <= 4 * sigma).all()


def test_farthest_first_takes_the_farthest_point_each_time() -> None:
    points = DATA["uniform"].astype(np.float64)
    start = start_farthest_first(points, 6, np.random.default_rng(2))
    for count in range(1, 6):
        gaps = np.linalg.norm(points[:, None] - start[:count], axis=2).min(axis=1)
        gap = np.linalg.norm(start[count] - start[:count], axis=1).min()
        assert gap == pytest.approx(gaps.max())


@pytest.mark.parametrize(
    ("points", "centroids", "message"),
    [
        (np.zeros((3, 2)), np.zeros((4, 2)), "n_clusters must be between 1 .* 3, got 4"),
        (np.zeros((3, 2)), np.zeros((0, 2)), r"centroids must have a shape .* got \(0, 2\)"),
        (np.zeros((0, 2)), np.zeros((1, 2)), r"points must have a shape .* got \(0, 2\)"),
        (np.zeros(3), np.zeros((1, 2)), r"points must have a shape .* got \(3,\)"),
        (np.zeros((3, 2)), np.zeros((1, 3)), "centroids must have the 2 columns of points, got 3"),
        (np.full((3, 2), np.nan), np.zeros((1, 2)), "points must be finite, got nan"),
        (np.zeros((3, 2)), np.full((1, 2), np.inf), "centroids must be finite, got inf"),
    ],
)
def test_bad_input_is_refused_at_once(
    points: np.ndarray, centroids: np.ndarray, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        kmeans(points, centroids)


def test_max_iter_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_iter must be >= 1, got 0"):
        kmeans(np.zeros((3, 2)), np.zeros((1, 2)), max_iter=0)


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("n_clusters", [0, -1, 4])
def test_a_start_refuses_a_number_of_clusters_out_of_range(name: str, n_clusters: int) -> None:
    with pytest.raises(
        ValueError, match=f"between 1 and the number of points, 3, got {n_clusters}"
    ):
        STARTS[name](np.zeros((3, 2)), n_clusters, np.random.default_rng(0))
