"""Densities fitted to points on a line or on a plane: points join, or the likelihood grows."""

import math
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from scipy.spatial.distance import cdist

from playground.algorithms import bandwidth, kde
from playground.algorithms import gaussian_ascent as climb
from playground.algorithms import gaussian_mixture as gm
from playground.algorithms.density import (
    Density,
    MixtureDensity,
    Score,
    fit_gaussian,
    fit_histogram,
)
from playground.algorithms.kmeans import STARTS
from playground.arguments import Within
from playground.concepts.density_estimation.data import MAX_SCORED, load
from playground.concepts.density_estimation.dimensions import DIMENSIONS, over_dimensions
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.datasets.known import KNOWN
from playground.experiments.base import (
    Answer,
    Experiment,
    Observation,
    Work,
    check_shapes,
    question,
)
from playground.experiments.drawing import Draws
from playground.language import N_
from playground.refusal import Refusal

JOINS = 40
MAX_ROUNDS = 100
MIN_POINTS = 5
MAX_HELD_OUT_SHOWN = 200
MAX_DRAWN = 2_000
LINE = np.linspace(-3.2, 3.2, 321)
PLANE = np.linspace(-2.4, 2.4, 61)
BIN_COUNTS = np.array([1, 2, 3, 4, 5, 7, 10, 14, 20, 28, 40, 56, 80, 100])
COMPONENT_COUNTS = np.arange(1, 11)


class DensityEstimationExperiment(Draws, Experiment[DensityEstimationSettings]):
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
        self.now: climb.Gaussian | None = None
        self.rule_failed = False
        if not self.ready:
            return
        self.low, self.high = self.points.min(axis=0), self.points.max(axis=0)
        if settings.estimator == "mixture":
            self.state = next(self._em(settings.components))
        if settings.estimator == "ascent":
            self.now = climb.Gaussian(settings.mean, settings.deviation)
            self.path = [self.now]
        self.density = self._fit()
        self._sweep: dict[str, np.ndarray] = {}

    @property
    def total_steps(self) -> int:
        """For what climbs an upper bound: it ends as soon as nothing changes any more."""
        if self.now:
            return climb.MAX_STEPS
        return 2 * MAX_ROUNDS if self.state else JOINS

    @property
    def pace(self) -> float:
        """Steps per second."""
        return 5.0 if self.now else 8.0

    def steps(self) -> Iterator[None]:
        """Let points join, climb by the gradient, or take turns with E- and M-steps."""
        self._must_be_ready()
        if self.now:
            way = climb.ascend(climb.Hill.of(self.points[:, 0]), self.now)
            next(way)
            for self.now in way:
                self.path.append(self.now)
                self.density = self._fit()
                yield
            return
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
            raise Refusal(N_("there must be {n} points or more: click into the figure to draw "
                             "some"), n=MIN_POINTS)

    def observe(self) -> Observation:
        """Return the scores in nats per point, and the density on a grid.

        Of `held_out_points` points `impossible` have density 0. If there are any, the mean log
        density of all is minus infinity, and there is no `held_out`; `rest` is that of the
        others. `misplaced` is how much of the area lies elsewhere than under the true density,
        0 to 1 (their total variation distance).

        On a line `grid` and `density` are (G,), on a plane (G,) and (G, G), the first axis being
        y. `bump` (2, B) holds offsets and heights of one point's kernel, `truth` (G,) the true
        density, `held_out` (M, D) some of the held-out points. `candidates` (C,) are other values
        of the knob that says how fine the estimate is, `scores` (2, C) what they reach, held out
        and in training, and `ruined` (C,) is 1 where the held-out score is minus infinity; there
        `scores` holds 0.
        """
        settings, points = self.settings, self.points[: self.joined]
        if not self.ready:
            return {"joined": float(len(points) + len(self.held_out))}, {
                "points": self.data.train, "held_out": self.data.test}
        held_out = Score.of(self.density.log_prob(self.held_out))
        metrics = {"impossible": float(held_out.impossible), "held_out_points": float(held_out.n),
                   "train": score(self.density.log_prob(points[:MAX_SCORED])),
                   "joined": float(len(points)), "n": float(len(self.points)),
                   "chosen": self._chosen(),
                   "mean": float(points[:, 0].mean()), "deviation": float(points[:, 0].std()),
                   "rule_failed": float(self.rule_failed)}
        metrics |= {name: value for name, value in (("held_out", held_out.nats),
                                                    ("rest", held_out.rest))
                    if math.isfinite(value)}
        grid = LINE if settings.on_a_line else PLANE
        arrays = {"points": points, "held_out": self.held_out[:MAX_HELD_OUT_SHOWN],
                  "grid": grid, "density": self._on_grid(grid)}
        if known := KNOWN.get(settings.dataset):
            arrays["truth"] = known.pdf(grid)
            apart = np.abs(arrays["density"] - arrays["truth"])
            metrics["misplaced"] = float(apart.sum() * (grid[1] - grid[0]) / 2)
            metrics["best"] = score(np.log(known.pdf(self.held_out[:, 0])))
        if isinstance(self.density, kde.KernelDensity) and settings.on_a_line:
            arrays["bump"] = self._bump(self.density)
        if self.state is None or self.state.converged:
            arrays |= self._other_values()
        if self.state:
            metrics["converged"] = float(self.state.converged)
            metrics["log_likelihood"] = self.state.log_likelihood
        if self.now:
            more, moved = self._climbed(self.now)
            metrics, arrays = metrics | more, arrays | moved
        return metrics, {name: array.astype(np.float32) for name, array in arrays.items()}

    def _climbed(self, now: climb.Gaussian) -> Observation:
        """Where the Gaussian stands on the hill, in nats over all points.

        `path` (2, T) are the means and deviations up to there, `visited` (2, V) those that were
        tried by hand before; `by_hand` is the best of them and of the start, `ceiling` what the
        held-out points get from the Gaussian that is the likeliest for them, in nats per point.
        """
        hill = climb.Hill.of(self.points[:, 0])
        path = np.array([[step.mu, step.sigma] for step in self.path]).T
        visited = np.array(self.settings.visited).reshape(-1, 2).T
        tried = hill.height(*np.concatenate([visited, path[:, :1]], axis=1))
        metrics = {"mu": now.mu, "sigma": now.sigma, "tried": float(len(tried)),
                   "by_hand": float(tried.max()), "arrived": float(hill.is_flat(now)),
                   "log_likelihood": float(hill.height(now.mu, now.sigma))}
        judges = climb.Hill.of(self.held_out[:, 0])
        if judges.top:
            metrics["ceiling"] = float(judges.height(judges.mean, judges.deviation)) / judges.n
        if hill.top:
            metrics["top"] = float(hill.height(hill.mean, hill.deviation))
        return metrics, {"path": path.astype(np.float32), "visited": visited.astype(np.float32)}

    def weights(self) -> dict[str, np.ndarray]:
        """Return what has climbed; whatever else is fitted needs the points alone."""
        if self.now:
            return {"gaussian": np.array([self.now.mu, self.now.sigma])}
        if self.state is None:
            return {}
        mixture = self.state.mixture
        return {"weights": mixture.weights, "means": mixture.means,
                "covariances": mixture.covariances}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put back what has climbed."""
        check_shapes(weights, like=self.weights())
        if self.now:
            self.now = climb.Gaussian(*map(float, weights["gaussian"]))
        if not weights or self.now:
            self.density = self._fit()
            return
        self.density = MixtureDensity(gm.Mixture(weights["weights"], weights["means"],
                                                 weights["covariances"]))

    def draw(self, n: int) -> np.ndarray:
        """Draw points from the density as it is."""
        self._must_be_ready()
        return self.density.sample(n, np.random.default_rng(self.settings.seed + 1))

    @question
    def sample(self, n: Annotated[int, Within(1, MAX_DRAWN)]) -> dict[str, Any]:
        """Draw n new points from the density as it is.

        Returns:
            `samples`: (n, D) float32.
        """
        return {"samples": self.draw(n).astype(np.float32)}

    @question
    def dimensions(self) -> Work[Answer]:
        """What estimates lose in more and more dimensions: `dimensions.over_dimensions`.

        Returns:
            `dimensions`: how many; the rest as there.
        """
        return {"dimensions": list(DIMENSIONS), **(yield from over_dimensions())}

    def _fit(self) -> Density:
        settings, points = self.settings, self.points[: self.joined]
        if self.now:
            mean, variance = np.array([[self.now.mu]]), np.array([[[self.now.sigma**2]]])
            return MixtureDensity(gm.Mixture(np.ones(1), mean, variance))
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
            scores = np.array([kde.mean_log_probs(cdist(points, self.points), candidates,
                                                  settings.kernel, self.points.shape[1])
                               for points in both])
            return self._swept(candidates, scores)
        if settings.estimator == "histogram":
            candidates = BIN_COUNTS
            fits: Iterator[Density] = (fit_histogram(self.points, int(n), self.low, self.high)
                                       for n in candidates)
        else:
            candidates = COMPONENT_COUNTS
            fits = (MixtureDensity(last.mixture) for n in candidates
                    for *_, last in [self._em(int(n))])
        by_fit = [[score(fit.log_prob(points)) for points in both] for fit in fits]
        return self._swept(candidates, np.array(by_fit).T)

    def _swept(self, candidates: np.ndarray, scores: np.ndarray) -> dict[str, np.ndarray]:
        held_out, train = scores
        ruined = np.isneginf(held_out)
        self._sweep = {"candidates": candidates, "ruined": ruined,
                       "scores": np.stack([np.where(ruined, 0, held_out), train])}
        return self._sweep


def score(log_densities: np.ndarray) -> float:
    """The mean log density in nats per point; minus infinity if one of them is."""
    return float(log_densities.mean())
