"""Clustering on points of the plane, step by step, by six methods."""

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from sklearn.metrics import silhouette_score

from playground import datasets
from playground.algorithms import gap
from playground.algorithms import gaussian_mixture as gm
from playground.algorithms.kmeans import STARTS, State, kmeans, squared_distances
from playground.arguments import Within
from playground.concepts.clustering.frames import FRAMES, Frame
from playground.concepts.clustering.gap_frames import observe_gap
from playground.concepts.clustering.scores import scores
from playground.concepts.clustering.settings import NOISE_SETS, ClusteringSettings
from playground.experiments.base import (
    PART,
    Answer,
    Experiment,
    Observation,
    Piece,
    Work,
    question,
)
from playground.experiments.pieces import to_the_end
from playground.language import N_
from playground.refusal import Refusal

MAX_ROUNDS = 100
MAX_STARTS = 200
PHASES = ("start", "assign", "update")
MIXTURE_PHASES = ("start", "expect", "maximise")
NOT_ASSIGNED = 255
CENTRED = ("kmeans", "gmm")
MIN_POINTS = 5
MAX_K = 10
GAP_K = 8
OTHER_STARTS = 10


class ClusteringExperiment(Experiment[ClusteringSettings]):
    """Runs k-means or EM and shows the groups, their centres and where the centres came from."""

    def __init__(self, settings: ClusteringSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        self.points = self.data.train.astype(np.float64)
        self.start = self._start()
        self.state = State(0, "start", self.start, np.full(len(self.points), -1), 0.0, 0.0, False)
        self.mixture: gm.State | None = None
        if settings.method == "gmm" and len(self.points) and len(self.start):
            self.mixture = next(self._em())
        self.trail = [self.start]
        self.frames: list[Frame] = []
        self.shown = 0
        self.gap: gap.State | None = None

    def building(self) -> Iterator[None]:
        """Group the points by a method without centres, a frame in each piece."""
        method = self.settings.method
        if method in CENTRED or len(self.points) < MIN_POINTS:
            return
        if method != "gap":
            for frame in FRAMES[method](self.points, self.settings):
                self.frames.append(frame)
                yield
            return
        self.gaps = gap.gap_statistic(
            self.points, min(GAP_K, len(self.points) - 1),
            np.random.default_rng(self.settings.seed), n_sets=NOISE_SETS)
        while self.gap is None:
            self.gap = next(self.gaps)
            yield

    @property
    def total_steps(self) -> int:
        """With centres an upper bound: it ends as soon as nothing changes any more."""
        if self.gap:
            return NOISE_SETS
        return max(1, len(self.frames) - 1) if self.frames else 2 * MAX_ROUNDS

    @property
    def pace(self) -> float:
        """As the visitor has set it."""
        return self.settings.speed

    def steps(self) -> Iterator[Piece | None]:
        """Assign, update, assign ... or E-step, M-step, E-step ... until nothing changes."""
        if not len(self.points):
            raise Refusal(N_("there must be a point to group: click into the figure to draw some"))
        if self.settings.method not in CENTRED:
            yield from self._frame_steps()
            return
        if not len(self.start):
            raise Refusal(N_("there must be a centroid to start from: click into the figure"))
        if self.settings.method == "gmm":
            yield from self._mixture_steps()
            return
        states = kmeans(self.points, self.state.centroids, max_iter=MAX_ROUNDS)
        self.state = next(states)
        for state in states:
            if state.phase == "update":
                self.trail.append(state.centroids)
            self.state = state
            yield None

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

    def _frame_steps(self) -> Iterator[Piece | None]:
        if len(self.points) < MIN_POINTS:
            raise Refusal(N_("there must be {least} points or more for this method, got {n}"),
                          least=MIN_POINTS, n=len(self.points))
        if self.gap:
            for state in self.gaps:
                self.gap = state or self.gap
                yield None if state else PART
        for number in range(1, len(self.frames)):
            self.shown = number
            yield None

    def looking(self) -> Work[Observation]:
        """Return what one of the others says: of k-means, a mixture, the gap, or a frame."""
        if self.gap:
            return observe_gap(self.points, self.gap)
        if self.settings.method not in CENTRED:
            return self._observe_frame()
        if self.mixture:
            return self._observe_mixture(self.mixture)
        return (yield from self._observe_kmeans())

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

    def _observe_kmeans(self) -> Work[Observation]:
        """Return the inertia, the points (N, 2), their labels (N,; 255: none) and the centroids.

        `trail` (T, K, 2) holds the centroids after each update so far, the start first; `phase`
        is the index of the last half-step's name in `PHASES`. At the end `best` is the lowest
        inertia of `OTHER_STARTS` other starts with as many centroids, by k-means++.
        """
        state = self.state
        metrics = {"phase": float(PHASES.index(state.phase)), "moved": state.moved,
                   "converged": float(state.converged)}
        if len(self.points) and len(state.centroids):
            nearest = squared_distances(self.points, state.centroids).min(axis=1).sum()
            metrics["inertia"] = float(state.inertia if state.half_step else nearest)
        if state.converged:
            metrics["best"] = yield from self._best_of_others()
        arrays: dict[str, np.ndarray] = {
            "points": self.points.astype(np.float32),
            "labels": np.where(state.labels < 0, NOT_ASSIGNED, state.labels).astype(np.uint8),
            "centroids": state.centroids.astype(np.float32),
            "trail": np.stack(self.trail).astype(np.float32),
        }
        return metrics, arrays

    def _observe_frame(self) -> Observation:
        """Return the clusters so far, and what the method looks at.

        `labels` (N,) are 255 for none; from the 256th cluster on they begin again at 0. `kinds`
        (N,): 0 for noise or not reached yet, 1 for border points, 2 for core points (all,
        where the method knows no other). `at_once` is 1 where step 0 shows the end already, before
        it is built up step by step. DBSCAN has `distances`, the k-distance curve (N,), and
        `wave` (M, 2), the points that joined last. Agglomerative has `branches` (2, M, 4), places
        and heights of the brackets, `cut`, a height, and what `crown` says: the `leaves` (N,) of
        the points, and the `pairs` (M, 2) that merge above them.
        """
        arrays = {"points": self.points.astype(np.float32),
                  "centroids": np.zeros((0, 2), np.float32)}
        if not self.frames:
            none = np.zeros(len(self.points), np.uint8)
            return {"clusters": 0.0}, arrays | {"labels": none + NOT_ASSIGNED, "kinds": none}
        frame = self.frames[self.shown]
        labels = np.where(frame.labels < 0, NOT_ASSIGNED, frame.labels % NOT_ASSIGNED)
        metrics = {"clusters": float(frame.labels.max() + 1),
                   "noise": float((frame.labels < 0).sum()),
                   "converged": float(self.shown == len(self.frames) - 1)}
        arrays |= {"labels": labels.astype(np.uint8), "kinds": frame.kinds.astype(np.uint8)}
        return metrics | frame.metrics, arrays | {
            name: array.astype(np.float32) for name, array in frame.arrays.items()}

    @question
    def compare(self) -> Work[Answer]:
        """Group the same points by every method, with the knobs as they stand.

        Returns:
            For each method its `labels` (N,), -1 for noise; `ari` and `ami` against the set's own
            groups (without them, None), `silhouette` and `davies_bouldin` (None for one cluster).
        """
        if len(self.points) < MIN_POINTS:
            raise Refusal(N_("there must be {least} points or more, got {n}"),
                          least=MIN_POINTS, n=len(self.points))
        truth = groups(self.data)
        ends = yield from self._all_ends()
        reply: dict[str, Any] = {}
        for name, labels in ends.items():
            yield None
            reply[name] = {"labels": labels.tolist()} | scores(self.points, labels, truth)
        return reply

    def _all_ends(self) -> Work[dict[str, np.ndarray]]:
        k = self._n_clusters()
        start = STARTS["kmeans++"](self.points, k, np.random.default_rng(self.settings.seed))
        centred = yield from to_the_end(kmeans(self.points, start, max_iter=MAX_ROUNDS))
        mixed = yield from to_the_end(self._mixed(start))
        ends = {"kmeans": centred.labels, "gmm": mixed.responsibilities.argmax(axis=1)}
        for name, frames in FRAMES.items():
            ends[name] = (yield from to_the_end(frames(self.points, self.settings))).labels
        return ends

    def _mixed(self, start: np.ndarray) -> Iterator[gm.State]:
        kind = self.settings.covariance
        return gm.expectation_maximisation(
            self.points, gm.start_at(self.points, start, kind), covariance_type=kind)

    @question
    def over_k(self) -> Work[Answer]:
        """Run k-means and the mixture for k = 1 ... 10, from k-means++.

        Returns:
            `k`; `inertia`; `silhouette` of k-means (from k = 2 on); `aic` and `bic` of the
            mixture, in nats, the lower the better.
        """
        if len(self.points) < MIN_POINTS:
            raise Refusal(N_("there must be {least} points or more, got {n}"),
                          least=MIN_POINTS, n=len(self.points))
        reply: dict[str, Any] = {"k": [], "inertia": [], "silhouette": [], "aic": [], "bic": []}
        kind, n = self.settings.covariance, len(self.points)
        for k in range(1, min(MAX_K, n - 1) + 1):
            start = STARTS["kmeans++"](self.points, k, np.random.default_rng(self.settings.seed))
            end = yield from to_the_end(kmeans(self.points, start, max_iter=MAX_ROUNDS))
            mixed = yield from to_the_end(self._mixed(start))
            cost = gm.n_parameters(k, self.points.shape[1], kind)
            distinct = len(np.unique(end.labels))
            reply["k"].append(k)
            reply["inertia"].append(end.inertia)
            reply["silhouette"].append(
                float(silhouette_score(self.points, end.labels)) if 1 < distinct < n else None)
            reply["aic"].append(-2 * n * mixed.log_likelihood + 2 * cost)
            reply["bic"].append(-2 * n * mixed.log_likelihood + np.log(n) * cost)
        return reply

    @question
    def many_starts(self, n: Annotated[int, Within(1, MAX_STARTS)]) -> Work[Answer]:
        """Run k-means to its end from n starts of each kind.

        Returns:
            `inertia`: the final inertias by the kind of start, n each, with the seeds 0 ... n - 1.
        """
        if not len(self.points):
            raise Refusal(N_("there must be a point to group: click into the figure to draw some"))
        k = self._n_clusters()
        found: dict[str, list[float]] = {kind: [] for kind in STARTS}
        for number, (kind, start) in enumerate(STARTS.items()):
            for seed in range(n):
                yield (number + seed / n) / len(STARTS)
                centroids = start(self.points, k, np.random.default_rng(seed))
                found[kind].append(_final_inertia(self.points, centroids))
        return {"inertia": found}

    def _start(self) -> np.ndarray:
        settings = self.settings
        if settings.method not in CENTRED:
            return np.zeros((0, 2))
        if settings.start == "clicks":
            return np.array(settings.starts, dtype=np.float64).reshape(-1, 2)
        if not len(self.points):
            return np.zeros((0, 2))
        generator = np.random.default_rng(settings.seed)
        return STARTS[settings.start](self.points, self._n_clusters(), generator)

    def _best_of_others(self) -> Work[float]:
        found = []
        for seed in range(OTHER_STARTS):
            yield None
            start = STARTS["kmeans++"](self.points, len(self.start), np.random.default_rng(seed))
            found.append(_final_inertia(self.points, start))
        return min(found)

    def _n_clusters(self) -> int:
        """As the visitor has set it, but no more than there are points."""
        return min(self.settings.n_clusters, len(self.points))


def _final_inertia(points: np.ndarray, centroids: np.ndarray) -> float:
    *_, last = kmeans(points, centroids, max_iter=MAX_ROUNDS)
    return last.inertia


def load(settings: ClusteringSettings) -> datasets.Dataset:
    """Return the points that the settings name, none of them held out; none if none are drawn yet.

    They do not depend on the seed, so that a new seed is another start on the same points.
    """
    if settings.dataset == "mine":
        return settings.own_points()
    data = datasets.load(settings.dataset, n_points=settings.n_points, noise=settings.noise,
                         split=False)
    return datasets.whole(data.name, data.train, data.train_labels, data.columns)


def groups(data: datasets.Dataset) -> np.ndarray | None:
    """Return the set's own groups, (N,), or None if it has none."""
    return data.train_labels if len(np.unique(data.train_labels)) > 1 else None
