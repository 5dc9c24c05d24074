"""Densities fitted to points on a line or on a plane: points join, or EM climbs."""

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from playground import datasets
from playground.algorithms import bandwidth, kde
from playground.algorithms import gaussian_mixture as gm
from playground.algorithms.density import (
    Density,
    MixtureDensity,
    fit_gaussian,
    fit_histogram,
)
from playground.algorithms.kmeans import STARTS
from playground.datasets.known import KNOWN
from playground.experiments.base import Experiment, Observation, question
from playground.experiments.density_estimation.settings import DensityEstimationSettings

JOINS = 40
MAX_ROUNDS = 100
MIN_POINTS = 5
MAX_HELD_OUT_SHOWN = 200
MAX_SCORED = 500
MAX_DRAWN = 2_000
LOWEST = -20.0
LINE = np.linspace(-3.2, 3.2, 321)
PLANE = np.linspace(-2.4, 2.4, 61)
BIN_COUNTS = np.array([1, 2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 56, 80, 100])
COMPONENT_COUNTS = np.arange(1, 11)
DIMENSIONS = (1, 2, 3, 5, 8, 12, 20, 30)


class DensityEstimationExperiment(Experiment[DensityEstimationSettings]):
    """Fits one density and scores it on points that it has not seen.

    What needs no iterations is there at step 0, fitted to all points. Each step then fits it
    again, to the first few points, then to more of them, up to all. A mixture climbs by EM, a
    half-step at a time.
    """

    def __init__(self, settings: DensityEstimationSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        self.points = self.data.train.astype(np.float64)
        self.held_out = self.data.test.astype(np.float64)
        self.joined = len(self.points)
        self.ready = len(self.points) + len(self.held_out) >= MIN_POINTS
        self.state: gm.State | None = None
        self.rule_failed = False
        if not self.ready:
            return
        self.low, self.high = self.points.min(axis=0), self.points.max(axis=0)
        if settings.estimator == "mixture":
            self.state = next(self._em(settings.components))
        self.density = self._fit()
        self._sweep: dict[str, np.ndarray] = {}

    @property
    def total_steps(self) -> int:
        """For a mixture an upper bound: it ends as soon as nothing changes any more."""
        return 2 * MAX_ROUNDS if self.state else JOINS

    @property
    def pace(self) -> float:
        """Steps per second."""
        return 8.0

    def steps(self) -> Iterator[None]:
        """Let points join, or take turns with E- and M-steps."""
        self._must_be_ready()
        if self.state:
            states = self._em(self.settings.components)
            next(states)
            for state in states:
                self.state, self.density = state, MixtureDensity(state.mixture)
                yield
            return
        first = min(len(self.points), self.points.shape[1] + 1)
        for step in range(1, JOINS + 1):
            self.joined = max(first, math.ceil(len(self.points) * step / JOINS))
            self.density = self._fit()
            yield

    def _must_be_ready(self) -> None:
        if not self.ready:
            raise ValueError(f"there must be {MIN_POINTS} points or more: click into the figure "
                             "to draw some")

    def observe(self) -> Observation:
        """Return the scores in nats per point, and the density on a grid.

        Log densities below `LOWEST` count as `LOWEST`; `outside` is the share of held-out points
        whose density is 0. On a line `grid` and `density` are (G,), on a plane (G,) and (G, G),
        the first axis being y. `bump` (2, B) holds offsets and heights of one point's kernel,
        `truth` (G,) the true density, `held_out` (M, D) some of the held-out points.
        `candidates` (C,) are other values of the knob that says how fine the estimate is,
        `scores` (2, C) what they reach, held out and in training.
        """
        settings, points = self.settings, self.points[: self.joined]
        if not self.ready:
            return {"joined": float(len(points) + len(self.held_out))}, {
                "points": self.data.train, "held_out": self.data.test}
        held_out = self.density.log_prob(self.held_out)
        metrics = {"held_out": score(held_out), "outside": float(np.isneginf(held_out).mean()),
                   "train": score(self.density.log_prob(points[:MAX_SCORED])),
                   "joined": float(len(points)), "chosen": self._chosen(),
                   "mean": float(points[:, 0].mean()), "sigma": float(points[:, 0].std()),
                   "rule_failed": float(self.rule_failed)}
        grid = LINE if settings.on_a_line else PLANE
        arrays = {"points": points, "held_out": self.held_out[:MAX_HELD_OUT_SHOWN],
                  "grid": grid, "density": self._on_grid(grid)}
        if known := KNOWN.get(settings.dataset):
            arrays["truth"] = known.pdf(grid)
            with np.errstate(divide="ignore"):
                metrics["best"] = score(np.log(known.pdf(self.held_out[:, 0])))
        if isinstance(self.density, kde.KernelDensity) and settings.on_a_line:
            arrays["bump"] = self._bump(self.density)
        if self.state is None or self.state.converged:
            arrays |= self._other_values()
        if self.state:
            metrics["converged"] = float(self.state.converged)
            metrics["log_likelihood"] = self.state.log_likelihood
        return metrics, {name: array.astype(np.float32) for name, array in arrays.items()}

    def weights(self) -> dict[str, np.ndarray]:
        """Return the mixture; whatever else is fitted needs the points alone."""
        if self.state is None:
            return {}
        mixture = self.state.mixture
        return {"weights": mixture.weights, "means": mixture.means,
                "covariances": mixture.covariances}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put a mixture back."""
        if self.state is None and not weights:
            return
        wanted = {name: array.shape for name, array in self.weights().items()}
        found = {name: array.shape for name, array in weights.items()}
        if wanted != found:
            raise ValueError(f"weights must have the shapes {wanted}, got {found}")
        self.density = MixtureDensity(gm.Mixture(weights["weights"], weights["means"],
                                                 weights["covariances"]))

    @question
    def sample(self, n: int) -> dict[str, Any]:
        """Draw n new points from the density as it is.

        Returns:
            `samples`: (n, D) float32.
        """
        if not 1 <= n <= MAX_DRAWN:
            raise ValueError(f"n must be between 1 and {MAX_DRAWN}, got {n!r}")
        self._must_be_ready()
        drawn = self.density.sample(n, np.random.default_rng(self.settings.seed + 1))
        return {"samples": drawn.astype(np.float32)}

    @question
    def dimensions(self) -> dict[str, Any]:
        """Fit three densities to the first d principal components of the digits, for several d.

        Returns:
            `dimensions`: the values of d; and for "gaussian", "mixture" (5 full Gaussians) and
            "kde" (cross-validated): the mean held-out log density in nats per point for each d.
            `lost`: what a KDE of as many points of one round Gaussian loses against the true
            density, in nats per point, for each d.
        """
        return {"dimensions": list(DIMENSIONS), **_over_dimensions()}

    def _fit(self) -> Density:
        settings, points = self.settings, self.points[: self.joined]
        if self.state:
            return MixtureDensity(self.state.mixture)
        if settings.estimator == "gaussian":
            return fit_gaussian(points)
        if settings.estimator == "histogram":
            return fit_histogram(points, settings.bins, self.low, self.high)
        return kde.KernelDensity(points, self._bandwidth(points), settings.kernel)

    def _bandwidth(self, points: np.ndarray) -> float:
        rule, kernel = self.settings.rule, self.settings.kernel
        if rule == "hand":
            return self.settings.bandwidth
        self.rule_failed = False
        try:
            return bandwidth.choose(rule, points, kernel)
        except bandwidth.NoBandwidth:
            self.rule_failed = True
            return bandwidth.choose("silverman", points, kernel)

    def _em(self, components: int) -> Iterator[gm.State]:
        rng = np.random.default_rng(self.settings.seed)
        start = STARTS["kmeans++"](self.points, min(components, len(self.points)), rng)
        return gm.expectation_maximisation(self.points, gm.start_at(self.points, start, "full"),
                                           max_iter=MAX_ROUNDS - 1, tolerance=1e-4)

    def _on_grid(self, grid: np.ndarray) -> np.ndarray:
        if isinstance(self.density, kde.KernelDensity):
            return kde.on_grid(self.density, [grid] * self.points.shape[1]).T
        queries = np.stack(np.meshgrid(*[grid] * self.points.shape[1], indexing="xy"), axis=-1)
        values = np.exp(self.density.log_prob(queries.reshape(-1, self.points.shape[1])))
        return values.reshape(queries.shape[:-1])

    def _bump(self, density: kde.KernelDensity) -> np.ndarray:
        """The share of one point in the estimate, (2, B): offsets, heights."""
        reach = min(4.0, kde.REACH.get(density.kernel, 1.05)) * density.bandwidth
        offsets = np.linspace(-reach, reach, 61)
        heights = kde.shape(density.kernel, np.abs(offsets) / density.bandwidth)
        scale = kde.volume(density.kernel, 1) * density.bandwidth * len(density.points)
        return np.stack([offsets, heights / scale])

    def _chosen(self) -> float:
        """The value of the knob that says how fine the estimate is."""
        if isinstance(self.density, kde.KernelDensity):
            return self.density.bandwidth
        settings = self.settings
        return float({"histogram": settings.bins, "mixture": settings.components}
                     .get(settings.estimator, 0))

    def _other_values(self) -> dict[str, np.ndarray]:
        """The scores of other bandwidths, bins or numbers of Gaussians, on all points, once."""
        settings = self.settings
        if settings.estimator == "gaussian" or self._sweep:
            return self._sweep
        both = (self.held_out, self.points[:MAX_SCORED])
        candidates: np.ndarray
        if settings.estimator == "kde":
            candidates = bandwidth.CANDIDATES
            scores = [kde.mean_log_probs(cdist(points, self.points), candidates, settings.kernel,
                                         self.points.shape[1], lowest=LOWEST) for points in both]
            self._sweep = {"candidates": candidates, "scores": np.array(scores)}
            return self._sweep
        if settings.estimator == "histogram":
            candidates = BIN_COUNTS
            fits: Iterator[Density] = (fit_histogram(self.points, int(n), self.low, self.high)
                                       for n in candidates)
        else:
            candidates = COMPONENT_COUNTS
            fits = (MixtureDensity(last.mixture) for n in candidates
                    for *_, last in [self._em(int(n))])
        by_fit = [[score(fit.log_prob(points)) for points in both] for fit in fits]
        self._sweep = {"candidates": candidates, "scores": np.array(by_fit).T}
        return self._sweep


def score(log_densities: np.ndarray, lowest: float = LOWEST) -> float:
    """The mean log density in nats per point, each counted as no less than `lowest`."""
    return float(np.maximum(log_densities, lowest).mean())


@functools.cache
def _over_dimensions() -> dict[str, list[float]]:
    """The answer about `DIMENSIONS`: it takes a second, and is the same for every run."""
    data = datasets.load("digits")
    train, test = (part.reshape(len(part), -1).astype(np.float64)
                   for part in (data.train, data.test))
    pca = PCA(max(DIMENSIONS), svd_solver="full").fit(train)
    unit = pca.transform(train)[:, 0].std()  # one unit for all axes: volumes stay comparable
    train, test = pca.transform(train) / unit, pca.transform(test) / unit
    scores: dict[str, list[float]] = {"gaussian": [], "mixture": [], "kde": []}
    for d in DIMENSIONS:
        known, new = train[:, :d], test[:, :d]
        several = GaussianMixture(5, random_state=0, reg_covar=1e-4).fit(known)
        width = bandwidth.cross_validation(known)
        scores["gaussian"].append(score(fit_gaussian(known).log_prob(new), -math.inf))
        scores["mixture"].append(float(several.score(new)))
        scores["kde"].append(score(kde.KernelDensity(known, width, "gaussian").log_prob(new),
                                   -math.inf))
    lost = [_lost_on_a_gaussian(d, len(train), len(test)) for d in DIMENSIONS]
    return scores | {"lost": lost}


def _lost_on_a_gaussian(dimension: int, n: int, n_held_out: int) -> float:
    """What a KDE loses against the true density of a standard normal, in nats per point."""
    rng = np.random.default_rng(0)
    known, new = (rng.standard_normal((size, dimension)) for size in (n, n_held_out))
    width = bandwidth.cross_validation(known)
    truth = -(new**2).sum(axis=1) / 2 - dimension / 2 * math.log(2 * math.pi)
    return score(truth - kde.KernelDensity(known, width, "gaussian").log_prob(new), -math.inf)


def load(settings: DensityEstimationSettings) -> datasets.Dataset:
    """Return the points (N, D), and up to `MAX_SCORED` held-out ones; D is 1 on a line, else 2.

    The seed is that of the draw; of other points, of their order. Of the visitor's own points
    every third is held out.
    """
    if known := KNOWN.get(settings.dataset):
        both = known.draw(settings.n_points + MAX_SCORED, np.random.default_rng(settings.seed))
        n = settings.n_points
        return datasets.Dataset(settings.dataset, both[:n], both[n:], np.zeros(n, np.int64),
                                np.zeros(MAX_SCORED, np.int64), ("x",))
    if settings.dataset == "mine":
        data = datasets.every_third_held_out(settings.own_points())
    else:
        data = datasets.load(settings.dataset, n_points=settings.n_points, noise=settings.noise,
                             seed=settings.seed)
    order = np.random.default_rng(settings.seed).permutation(len(data.train))
    data = data.pick(order, np.arange(min(MAX_SCORED, len(data.test))))
    if not settings.on_a_line or len(data.columns) == 1:
        return data
    column = {"both": 0, "first": 0, "second": 1}[settings.axis]
    return datasets.Dataset(data.name, data.train[:, [column]], data.test[:, [column]],
                            data.train_labels, data.test_labels, data.columns[column:column + 1])
