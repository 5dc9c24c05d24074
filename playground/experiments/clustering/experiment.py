"""K-means and Gaussian mixtures on points of the plane, half-step by half-step."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from playground import datasets
from playground.algorithms import gaussian_mixture as gm
from playground.algorithms.kmeans import STARTS, State, kmeans, squared_distances
from playground.experiments.base import Experiment, Observation, question
from playground.experiments.clustering.settings import ClusteringSettings

MAX_ROUNDS = 100
MAX_STARTS = 200
PHASES = ("start", "assign", "update")
MIXTURE_PHASES = ("start", "expect", "maximise")
NOT_ASSIGNED = 255


class ClusteringExperiment(Experiment[ClusteringSettings]):
    """Runs k-means or EM and shows the groups, their centres and where the centres came from."""

    def __init__(self, settings: ClusteringSettings, device: str) -> None:
        super().__init__(settings, device)
        self.points = load(settings)
        self.start = self._start()
        self.state = State(0, "start", self.start, np.full(len(self.points), -1), 0.0, 0.0, False)
        self.mixture: gm.State | None = None
        if settings.method == "gmm" and len(self.points) and len(self.start):
            self.mixture = next(self._em())
        self.trail = [self.start]

    @property
    def total_steps(self) -> int:
        """An upper bound; both methods end as soon as nothing changes any more."""
        return 2 * MAX_ROUNDS

    @property
    def pace(self) -> float:
        """As the visitor has set it."""
        return self.settings.speed

    def steps(self) -> Iterator[None]:
        """Assign, update, assign ... or E-step, M-step, E-step ... until nothing changes."""
        if not len(self.points):
            raise ValueError("there must be a point to group: click into the figure to draw some")
        if not len(self.start):
            raise ValueError("there must be a centroid to start from: click into the figure")
        if self.settings.method == "gmm":
            yield from self._mixture_steps()
            return
        states = kmeans(self.points, self.state.centroids, max_iter=MAX_ROUNDS)
        self.state = next(states)
        for state in states:
            if state.phase == "update":
                self.trail.append(state.centroids)
            self.state = state
            yield

    def _em(self) -> Iterator[gm.State]:
        kind = self.settings.covariance
        start = gm.start_at(self.points, self.start, kind)
        return gm.expectation_maximisation(self.points, start, covariance_type=kind,
                                           max_iter=MAX_ROUNDS - 1, tolerance=1e-4)

    def _mixture_steps(self) -> Iterator[None]:
        states = self._em()
        self.mixture = next(states)
        for state in states:
            if state.phase == "maximise":
                self.trail.append(state.mixture.means)
            self.mixture = state
            yield

    def observe(self) -> Observation:
        """Return what `_observe_kmeans` or `_observe_mixture` says."""
        return self._observe_mixture(self.mixture) if self.mixture else self._observe_kmeans()

    def _observe_mixture(self, state: gm.State) -> Observation:
        """Return log p(x) in nats per point, and the points (N, 2) with their responsibilities.

        Those are bytes (N, K), 255 for a whole point. `centroids` (K, 2) are the means,
        `covariances` (K, 2, 2) belong to them, `labels` (N,) name the largest responsibility.
        """
        started = state.half_step > 0
        shares = state.responsibilities
        labels = shares.argmax(axis=1) if started else np.full(len(shares), NOT_ASSIGNED)
        metrics = {"phase": float(MIXTURE_PHASES.index(state.phase)),
                   "log_likelihood": state.log_likelihood, "converged": float(state.converged),
                   "between": float((shares.max(axis=1) < 0.9).sum())}
        return metrics, {
            "points": self.points.astype(np.float32),
            "labels": labels.astype(np.uint8),
            "responsibilities": np.rint(255 * shares).astype(np.uint8),
            "centroids": state.mixture.means.astype(np.float32),
            "covariances": state.mixture.covariances.astype(np.float32),
            "trail": np.stack(self.trail).astype(np.float32),
        }

    def _observe_kmeans(self) -> Observation:
        """Return the inertia, the points (N, 2), their labels (N,; 255: none) and the centroids.

        `trail` (T, K, 2) holds the centroids after each update so far, the start first; `phase`
        is the index of the last half-step's name in `PHASES`.
        """
        state = self.state
        metrics = {"phase": float(PHASES.index(state.phase)), "moved": state.moved,
                   "converged": float(state.converged)}
        if len(self.points) and len(state.centroids):
            nearest = squared_distances(self.points, state.centroids).min(axis=1).sum()
            metrics["inertia"] = float(state.inertia if state.half_step else nearest)
        arrays: dict[str, np.ndarray] = {
            "points": self.points.astype(np.float32),
            "labels": np.where(state.labels < 0, NOT_ASSIGNED, state.labels).astype(np.uint8),
            "centroids": state.centroids.astype(np.float32),
            "trail": np.stack(self.trail).astype(np.float32),
        }
        return metrics, arrays

    @question
    def many_starts(self, n: int) -> dict[str, Any]:
        """Run k-means to its end from n starts of each kind.

        Returns:
            `inertia`: the final inertias by the kind of start, n each, with the seeds 0 ... n - 1.
        """
        if not 1 <= n <= MAX_STARTS:
            raise ValueError(f"n must be between 1 and {MAX_STARTS}, got {n!r}")
        k = self._n_clusters()
        return {"inertia": {kind: [_final_inertia(self.points, start(self.points, k, rng))
                                   for rng in map(np.random.default_rng, range(n))]
                            for kind, start in STARTS.items()}}

    def _start(self) -> np.ndarray:
        settings = self.settings
        if settings.start == "clicks":
            return np.array(settings.starts, dtype=np.float64).reshape(-1, 2)
        if not len(self.points):
            return np.zeros((0, 2))
        generator = np.random.default_rng(settings.seed)
        return STARTS[settings.start](self.points, self._n_clusters(), generator)

    def _n_clusters(self) -> int:
        """As the visitor has set it, but no more than there are points."""
        return min(self.settings.n_clusters, len(self.points))


def _final_inertia(points: np.ndarray, centroids: np.ndarray) -> float:
    *_, last = kmeans(points, centroids, max_iter=MAX_ROUNDS)
    return last.inertia


def load(settings: ClusteringSettings) -> np.ndarray:
    """Return the points that the settings name, (N, 2) float64; none if none are drawn yet.

    They do not depend on the seed, so that a new seed is another start on the same points.
    """
    if settings.dataset == "mine" and not settings.points:
        return np.zeros((0, 2))
    data = datasets.load(settings.dataset, n_points=settings.n_points, noise=settings.noise,
                         points=settings.points)
    return data.train.astype(np.float64)
