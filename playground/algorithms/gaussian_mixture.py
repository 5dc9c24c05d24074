"""Gaussian mixtures by expectation maximisation (EM), one half-step at a time.

A. P. Dempster, N. M. Laird, D. B. Rubin, "Maximum likelihood from incomplete data via the EM
algorithm", 1977, https://doi.org/10.1111/j.2517-6161.1977.tb01600.x
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")
RIDGE = 1e-6  # added to each variance, as in scikit-learn: no component shrinks to a point
TINY = 10 * np.finfo(np.float64).eps  # a component that has lost all its points is not 0 / 0


@dataclass(frozen=True, eq=False)
class Mixture:
    """K gaussians and how often each is drawn from.

    Attributes:
        weights: (K,), they sum to 1.
        means: (K, D).
        covariances: (K, D, D), whatever the covariance type.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


@dataclass(frozen=True, eq=False)
class State:
    """Where EM stands after a half-step.

    Attributes:
        half_step: Half-steps done so far; 0 is the start.
        phase: What was done last: "start", "expect" (how much of each point belongs to each
            gaussian) or "maximise" (each gaussian is fitted to its share of the points).
        mixture: The gaussians.
        responsibilities: Share of each point that each gaussian has, (N, K); rows sum to 1. Those
            of the last E-step; equal shares at the start.
        log_likelihood: Mean of log p(x) over the points under `mixture`, in nats. But for
            `RIDGE`, it never falls.
        converged: Whether the round before raised it by less than the tolerance.
    """

    half_step: int
    phase: Literal["start", "expect", "maximise"]
    mixture: Mixture
    responsibilities: np.ndarray
    log_likelihood: float
    converged: bool


def log_joint(points: np.ndarray, mixture: Mixture) -> np.ndarray:
    """log p(x, k): the log density of each point and each gaussian, (N, K), in nats."""
    dimension = points.shape[1]
    columns = []
    for weight, mean, covariance in zip(
        mixture.weights, mixture.means, mixture.covariances, strict=True
    ):
        root = np.linalg.cholesky(covariance)
        whitened = np.linalg.solve(root, (points - mean).T)  # (D, N)
        distances = np.einsum("dn,dn->n", whitened, whitened)
        log_volume = np.log(np.diag(root)).sum() + dimension / 2 * np.log(2 * np.pi)
        columns.append(np.log(weight) - log_volume - distances / 2)
    return np.stack(columns, axis=1)


def log_prob(points: np.ndarray, mixture: Mixture) -> np.ndarray:
    """log p(x): the log density of each point under the whole mixture, (N,), in nats."""
    return np.logaddexp.reduce(log_joint(points, mixture), axis=1)


def expect(points: np.ndarray, mixture: Mixture) -> tuple[np.ndarray, float]:
    """The E-step: responsibilities p(k | x), (N, K), and the mean log p(x) in nats."""
    joint = log_joint(points, mixture)
    evidence = np.logaddexp.reduce(joint, axis=1)
    return np.exp(joint - evidence[:, None]), float(evidence.mean())


def maximise(points: np.ndarray, responsibilities: np.ndarray, covariance_type: str) -> Mixture:
    """The M-step: the maximum likelihood fit of each gaussian to its share of the points."""
    sizes = responsibilities.sum(axis=0) + TINY
    means = responsibilities.T @ points / sizes[:, None]
    covariances = np.stack([
        ((points - mean).T * share) @ (points - mean) / size
        for mean, share, size in zip(means, responsibilities.T, sizes, strict=True)
    ])
    return Mixture(sizes / sizes.sum(), means, constrain(covariances, sizes, covariance_type))


def constrain(covariances: np.ndarray, sizes: np.ndarray, covariance_type: str) -> np.ndarray:
    """Let covariances (K, D, D) have the shapes that their type allows, and add `RIDGE`.

    Args:
        covariances: One for each gaussian.
        sizes: Weights of the gaussians in the average of the type "tied", (K,).
        covariance_type: "full": any ellipse; "tied": the same ellipse for all; "diag": ellipses
            along the axes; "spherical": circles.
    """
    identity = np.eye(covariances.shape[1])
    if covariance_type == "tied":
        covariances = np.broadcast_to(
            np.average(covariances, axis=0, weights=sizes), covariances.shape
        )
    elif covariance_type == "diag":
        covariances = covariances * identity
    elif covariance_type == "spherical":
        variances = np.trace(covariances, axis1=1, axis2=2) / len(identity)
        covariances = variances[:, None, None] * identity
    elif covariance_type != "full":
        raise ValueError(
            f"covariance_type must be one of {COVARIANCE_TYPES!r}, got {covariance_type!r}"
        )
    return covariances + RIDGE * identity


def n_parameters(n_gaussians: int, dimension: int, covariance_type: str) -> int:
    """How many numbers a mixture is free to choose: means, covariances, all weights but one."""
    shape = {"full": n_gaussians * dimension * (dimension + 1) // 2,
             "tied": dimension * (dimension + 1) // 2, "diag": n_gaussians * dimension,
             "spherical": n_gaussians}[covariance_type]
    return n_gaussians * dimension + shape + n_gaussians - 1


def start_at(points: np.ndarray, means: np.ndarray, covariance_type: str) -> Mixture:
    """Start with gaussians of equal weight, each as wide as all the data, around given means."""
    k = len(means)
    spread = np.atleast_2d(np.cov(points.T, bias=True))
    covariances = np.broadcast_to(spread, (k, *spread.shape))
    return Mixture(np.full(k, 1 / k), np.array(means, dtype=np.float64),
                   constrain(covariances, np.ones(k), covariance_type))


def expectation_maximisation(
    points: np.ndarray,
    mixture: Mixture,
    *,
    covariance_type: str = "full",
    max_iter: int = 100,
    tolerance: float = 1e-3,
) -> Iterator[State]:
    """Run EM from a given mixture.

    Args:
        points: Data, (N, D), float64, finite.
        mixture: Where to start, e.g. from `start_at`.
        covariance_type: One of `COVARIANCE_TYPES`.
        max_iter: Most rounds of an E- and an M-step.
        tolerance: After a round that changes the log-likelihood by less, in nats per point, one
            more follows and is the last: scikit-learn's rule.

    Returns:
        An iterator over the start and every half-step; it ends with an E-step.

    Raises:
        ValueError: If the covariance type is unknown.
    """
    shares, after = expect(points, mixture)
    state = State(0, "start", mixture, np.full_like(shares, 1 / shares.shape[1]), after, False)
    yield state
    state = replace(state, half_step=1, phase="expect", responsibilities=shares)
    yield state
    before = -np.inf
    for _ in range(max_iter):
        converged = abs(state.log_likelihood - before) < tolerance
        before = state.log_likelihood
        mixture = maximise(points, state.responsibilities, covariance_type)
        shares, after = expect(points, mixture)
        state = State(state.half_step + 1, "maximise", mixture, state.responsibilities, after,
                      False)
        yield state
        state = State(state.half_step + 1, "expect", mixture, shares, after, converged)
        yield state
        if converged:
            return
