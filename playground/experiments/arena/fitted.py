"""Contestants that are fitted by a formula or by EM: a row of densities, the last one the best."""

from collections.abc import Callable, Iterator

import numpy as np

from playground.algorithms.density import Density
from playground.experiments.arena.family import PointContestant


class Fitted(PointContestant):
    """A density of one of `playground.algorithms`, fitted to the points in one step or in several.

    Args:
        fits: makes the densities in their order, the same ones each time; at least one.
        n_weights: how many numbers describe one of them.
    """

    def __init__(self, fits: Callable[[], Iterator[Density]], n_weights: int) -> None:
        self._fits = fits
        self._n_weights = n_weights
        self._row = fits()
        self.density = next(self._row)

    def steps(self) -> Iterator[None]:
        """Go on to the next density."""
        for density in self._row:
            self.density = density
            self.done += 1
            yield

    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw n new points, (n, 2)."""
        return self.density.sample(n, np.random.default_rng(seed))

    def log_prob(self, places: np.ndarray, n_samples: int) -> np.ndarray:
        """log p(x) in nats of places (M, 2), exact."""
        return self.density.log_prob(places)

    @property
    def n_weights(self) -> int:
        """How many numbers describe the density."""
        return self._n_weights

    def weights(self) -> dict[str, np.ndarray]:
        """How many steps were made: the points and the steps give the density again."""
        return {"done": np.array([self.done], np.int64)}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Make as many steps again."""
        if set(weights) != {"done"} or weights["done"].shape != (1,):
            raise ValueError(f"weights must be the number of steps, 'done', got {sorted(weights)}")
        self._row, self.done = self._fits(), 0
        self.density = next(self._row)
        steps = self.steps()
        for _ in range(int(weights["done"][0])):
            next(steps)
