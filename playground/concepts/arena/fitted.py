"""Contestants that are fitted by a formula or by EM: a row of densities, the last one the best."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from playground.algorithms.density import Density
from playground.experiments.base import Work
from playground.experiments.contestant import DrawingContestant
from playground.language import N_
from playground.refusal import Refusal

AT_ONCE = 500


class Fitted(DrawingContestant):
    """A density of one of `playground.algorithms`, fitted to the points in one step or in several.

    Args:
        fits: makes the densities in their order, the same ones each time; at least one.
        n_weights: how many numbers describe one of them.
    """

    def __init__(self, fits: Callable[[], Iterator[Density]], n_weights: int) -> None:
        self._fits = fits
        self._n_weights = n_weights
        self.density = next(fits())

    def steps(self) -> Iterator[None]:
        """Go on to the next density; those before it are made again, which is quick."""
        for density in itertools.islice(self._fits(), self.done + 1, None):
            self.density = density
            self.done += 1
            yield

    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new points, (n, 2)."""
        yield None
        return self.density.sample(n, np.random.default_rng(seed))

    def log_prob(self, places: np.ndarray, n_samples: int) -> Work[np.ndarray]:
        """log p(x) in nats of places (M, 2), exact."""
        parts = []
        for part in np.array_split(places, -(-len(places) // AT_ONCE)):
            yield None
            parts.append(self.density.log_prob(part))
        return np.concatenate(parts)

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
            raise Refusal(N_("weights must be the number of steps, 'done', got {names}"),
                          names=sorted(weights))
        self.done = int(weights["done"][0])
        self.density = next(itertools.islice(self._fits(), self.done, None))
