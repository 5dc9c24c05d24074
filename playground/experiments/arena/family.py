"""A family of generative models, as the arena sees it, and a contestant: one that learns."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from playground.experiments.arena.settings import ArenaSettings

Answer = Literal["exact", "bound", "nothing"]
ANSWERS: tuple[Answer, ...] = ("exact", "bound", "nothing")


class Contestant(ABC):
    """A model that learns from points of the plane, draws new ones, and may rate a place.

    Attributes:
        done: steps made so far.
        progress: the share of its budget that is used up, 0 to 1; the arena sets it before each
            step.
    """

    done = 0
    progress = 0.0

    @abstractmethod
    def steps(self) -> Iterator[None]:
        """Learn: each `next()` is one step. It may end, if there is nothing more to learn."""

    @abstractmethod
    def sample(self, n: int, seed: int) -> np.ndarray:
        """Draw n new points, (n, 2)."""

    @abstractmethod
    def log_prob(self, places: np.ndarray, n_samples: int) -> np.ndarray | None:
        """log p(x) in nats of places (M, 2), (M,); minus infinity where nothing can fall.

        Args:
            n_samples: how hard to try where it is a bound that gets tighter with more samples.

        Returns:
            The exact value or a lower bound, as its family says; None if it cannot say.
        """

    @property
    @abstractmethod
    def n_weights(self) -> int:
        """How many numbers it has learned or keeps."""

    @abstractmethod
    def weights(self) -> dict[str, np.ndarray]:
        """Whatever `restore` needs to put it back."""

    @abstractmethod
    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put it back where it was.

        Raises:
            ValueError: a name, a shape or a type does not fit.
        """


Build = Callable[[np.ndarray, ArenaSettings, str], Contestant]


@dataclass(frozen=True)
class Family:
    """A family: what it says about log p(x), and how one of it is built.

    Attributes:
        title: its name; translate with `_` where it is shown.
        answers: "exact", "bound" for a lower bound of log p(x), or "nothing".
        why: one sentence that tells why it answers so.
        build: makes a contestant of points (N, 2), settings and a device. It runs in the worker;
            torch and models are imported inside, since pages read families too.
        page: the page on which it is explained.
    """

    title: str
    answers: Answer
    why: str
    build: Build
    page: str
