"""Densities that are fitted to points: they say log p(x), and they draw new points."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from playground.algorithms import gaussian_mixture as gm

RIDGE = gm.RIDGE


@dataclass(frozen=True)
class Score:
    """How well a density predicts some points.

    Attributes:
        nats: the mean log density of the points; minus infinity if one of them has density 0.
        rest: the mean of those that have another density; NaN if there are none.
        impossible: how many have density 0.
        n: how many points there are.
    """

    nats: float
    rest: float
    impossible: int
    n: int

    @classmethod
    def of(cls, log_densities: np.ndarray) -> "Score":
        """Return the score of log densities (N,) in nats, some of them perhaps minus infinity."""
        possible = log_densities[~np.isneginf(log_densities)].astype(np.float64)
        rest = float(possible.mean()) if len(possible) else math.nan
        impossible = len(log_densities) - len(possible)
        return cls(-math.inf if impossible else rest, rest, impossible, len(log_densities))


class Density(Protocol):
    """What every fitted density can do."""

    def log_prob(self, queries: np.ndarray) -> np.ndarray:
        """log p(x) in nats of each query (M, D), (M,)."""

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n points, (n, D)."""


@dataclass(frozen=True, eq=False)
class MixtureDensity:
    """A mixture of Gaussians; with one of them, a single Gaussian."""

    mixture: gm.Mixture

    def log_prob(self, queries: np.ndarray) -> np.ndarray:
        """log p(x) in nats of each query (M, D), (M,)."""
        return gm.log_prob(queries, self.mixture)

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n points: pick a Gaussian by its weight, then a point from it."""
        chosen = rng.choice(len(self.mixture.weights), size=n, p=self.mixture.weights)
        roots = np.linalg.cholesky(self.mixture.covariances)
        normal = rng.standard_normal((n, self.mixture.means.shape[1]))
        return self.mixture.means[chosen] + np.einsum("nij,nj->ni", roots[chosen], normal)


@dataclass(frozen=True, eq=False)
class Histogram:
    """Boxes of equal size between the outermost points, each as high as it is full.

    Attributes:
        counts: Points in each box, of the shape (bins,) * D.
        low, high: Corners of the whole, (D,).
    """

    counts: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def log_prob(self, queries: np.ndarray) -> np.ndarray:
        """log p(x) in nats of each query (M, D), (M,); -inf in empty boxes and outside."""
        bins, dimension = len(self.counts), len(self.low)
        side = (self.high - self.low) / bins
        place = np.floor((queries - self.low) / side).astype(np.int64)
        place = np.where(queries == self.high, bins - 1, place)
        inside = ((place >= 0) & (place < bins)).all(axis=1)
        filled = self.counts[tuple(place.clip(0, bins - 1).T)] * inside
        with np.errstate(divide="ignore"):
            return np.log(filled / (self.counts.sum() * math.prod(side[:dimension])))

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n points: pick a box by how full it is, then any place in it."""
        bins, dimension = len(self.counts), len(self.low)
        shares = self.counts.ravel() / self.counts.sum()
        cells = np.unravel_index(rng.choice(len(shares), size=n, p=shares), self.counts.shape)
        place = np.stack(cells, axis=1) + rng.random((n, dimension))
        return self.low + place * (self.high - self.low) / bins


def fit_gaussian(points: np.ndarray) -> MixtureDensity:
    """The Gaussian of maximum likelihood: mean and covariance of the points (N, D).

    `RIDGE` is added to each variance, so that points on one line have a density too.
    """
    covariance = np.atleast_2d(np.cov(points.T, bias=True)) + RIDGE * np.eye(points.shape[1])
    return MixtureDensity(gm.Mixture(np.ones(1), points.mean(axis=0)[None], covariance[None]))


def fit_histogram(points: np.ndarray, bins: int, low: np.ndarray, high: np.ndarray) -> Histogram:
    """Count points (N, D) in `bins` boxes along each axis from low to high, both (D,)."""
    high = np.maximum(high, low + 1e-6)
    counts, _ = np.histogramdd(points, bins=bins, range=list(zip(low, high, strict=True)))
    return Histogram(counts, low, high)
