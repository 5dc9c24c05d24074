"""Where a chain goes in the end: the density that its own step leaves as it is.

Seen where it is corrupted, the chain goes from y to y' by a mixture of Gaussians, the net's
reconstruction and the noise together. On a grid that is a matrix. Its first eigenvector is the
density to which all chains go, and its second eigenvalue tells how fast.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from scipy.sparse.linalg import eigs

from model_zoo.gsn import PointDenoiser
from playground.experiments.base import Work

REACH, N_CELLS = 3.2, 44  # of the grid on which the chain is followed
VIEW, N_VIEW = 2.2, 56  # of the picture of its density
ROWS = 64  # that are computed in a piece
FAINT = 1e-7  # share of a cell that is left out of a sum
WAIT = 0.005

T = TypeVar("T")


def square(reach: float, n: int) -> np.ndarray:
    """The middles of n x n cells over a square around the origin, (n * n, 2), rows along y."""
    axis = (np.arange(n) + 0.5) * 2 * reach / n - reach
    y, x = np.meshgrid(axis, axis, indexing="ij")
    return np.stack([x.ravel(), y.ravel()], 1)


@dataclass(frozen=True)
class Mixtures:
    """What the net reconstructs at each cell: log-weights (G, K), means and sds (G, K, 2)."""

    log_weights: np.ndarray
    means: np.ndarray
    sds: np.ndarray

    def density(self, x: np.ndarray, extra: float = 0.0) -> np.ndarray:
        """Return p of points (N, 2) from each cell, (G, N), with more noise of that deviation."""
        total = np.zeros((len(self.means), len(x)))
        for k in range(self.log_weights.shape[1]):
            sds = np.sqrt(self.sds[:, k] ** 2 + extra**2)  # (G, 2)
            z = (x[None] - self.means[:, k, None]) / sds[:, None]
            height = np.exp(self.log_weights[:, k]) / (2 * np.pi * sds.prod(1))
            total += height[:, None] * np.exp(-(z**2).sum(2) / 2)
        return total

    def rows(self, some: np.ndarray) -> "Mixtures":
        """Return those of some cells."""
        return Mixtures(self.log_weights[some], self.means[some], self.sds[some])


@dataclass(frozen=True)
class Stationary:
    """The density that a chain has in the end.

    Attributes:
        shares: of each cell, where the chain is corrupted, (G,).
        mixtures: what is reconstructed there.
        relaxation: steps in which the slowest difference between two chains falls to 1 / e.
        lost: how much leaves the grid in a step.
    """

    shares: np.ndarray
    mixtures: Mixtures
    relaxation: float
    lost: float

    def density_at(self, x: np.ndarray) -> Work[np.ndarray]:
        """Return the density of what is reconstructed at points (N, 2), (N,)."""
        total, seen = np.zeros(len(x)), np.flatnonzero(self.shares > FAINT)
        for at in range(0, len(seen), ROWS):
            some = seen[at : at + ROWS]
            total += self.shares[some] @ self.mixtures.rows(some).density(x)
            yield at / len(seen)
        return total


def of_chain(denoiser: PointDenoiser, sigma: float, device: str) -> Work[Stationary]:
    """Find it by the eigenvectors of the step on a grid.

    Args:
        sigma: of the noise that corrupts; the cells are 0.15 wide.
    """
    cells = square(REACH, N_CELLS)
    said = denoiser(torch.from_numpy(cells).float().to(device))
    mixtures = Mixtures(*(part.cpu().double().numpy() for part in (
        said.log_weights, said.means, said.log_sds.exp())))
    area = (2 * REACH / N_CELLS) ** 2
    parts = []
    for some in np.array_split(np.arange(len(cells)), len(cells) // ROWS):
        parts.append(area * mixtures.rows(some).density(cells, sigma))
        yield None
    step = np.concatenate(parts)  # (G, G), from a row to a column
    kept = step.sum(1)
    step /= kept[:, None]
    values, vectors = yield from _beside(
        lambda: eigs(step.T, k=2, v0=np.full(len(step), 1 / len(step)), tol=1e-6))
    first = int(np.abs(values).argmax())
    shares = np.abs(vectors[:, first].real)
    shares /= shares.sum()
    second = min(float(np.abs(values[1 - first])), 1 - 1e-9)
    return Stationary(shares, mixtures, float(-1 / np.log(second)), float(shares @ (1 - kept)))


def _beside(work: Callable[[], T]) -> Work[T]:
    """Do what cannot be cut in pieces in a thread: others go on meanwhile."""
    found: list[T] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(WAIT)
        yield None
    return found[0]
