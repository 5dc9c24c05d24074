"""A family of generative models, as a contest sees it, and a contestant: one that learns."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from playground.claim import KINDS, Claim
from playground.experiments.base import Piece, Work


class Contestant(ABC):
    """A model that learns beside others; a contest says what else it must be able to do.

    Attributes:
        done: steps made so far.
        progress: the share of its budget that is used up, 0 to 1; the contest sets it before each
            step.
    """

    done = 0
    progress = 0.0

    @abstractmethod
    def steps(self) -> Iterator[Piece | None]:
        """Learn, as `Experiment.steps`. It may end, if there is nothing more to learn."""

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


class DrawingContestant(Contestant):
    """A model that draws new data, and may rate some. Both are done in pieces."""

    @abstractmethod
    def sample(self, n: int, seed: int) -> Work[np.ndarray]:
        """Draw n new data, (n, ...)."""

    @abstractmethod
    def log_prob(self, x: np.ndarray, n_samples: int) -> Work[np.ndarray | None]:
        """log p(x) in nats of data (B, ...), (B,); minus infinity where nothing can fall.

        Args:
            n_samples: how hard to try where it is a bound that gets tighter with more samples.

        Returns:
            The exact value or a lower bound, as its family says; None if it cannot say.
        """


def _anything(settings: Any) -> bool:
    return True


@dataclass(frozen=True)
class Family:
    """A family: what it says about log p(x), and how one of it is built.

    Attributes:
        title: its name; translate with `_` where it is shown.
        claim: what its figures of log p are.
        why: one sentence that tells why they are that.
        build: makes a contestant of training data, settings and a device. It runs in the worker;
            torch and models are imported inside, since pages read families too.
        page: the page on which it is explained.
        color: by which it is known in every figure, "#RRGGBB"; neither that of data nor that of
            samples.
        takes: whether it can learn from what some settings name; it takes no part where not.
    """

    title: str
    claim: Claim
    why: str
    build: Callable[..., Any]
    page: str
    color: str
    takes: Callable[[Any], bool] = field(default=_anything, kw_only=True)


F = TypeVar("F", bound=Family)


def took_part(families: Mapping[str, F], metrics: Mapping[str, float]) -> dict[str, F]:
    """Return the families that a run knows, by name: not those that cannot learn from its data.

    One that is new is not in an old run either.

    Args:
        metrics: of the run at any moment; those of a family begin with its name.
    """
    return {name: family for name, family in families.items()
            if any(metric.startswith(f"{name}_") for metric in metrics)}


def find(package: str, folder: Iterable[str]) -> dict[str, Any]:
    """Return the `FAMILY` of each file of a package, by the file's name.

    A family is found by its file; nothing is registered. Those with an exact log p come first.

    Args:
        package, folder: the package's `__name__` and `__path__`.
    """
    names = sorted(info.name for info in pkgutil.iter_modules(folder))
    families = {name: importlib.import_module(f"{package}.{name}").FAMILY for name in names}
    return dict(sorted(families.items(), key=lambda item: KINDS.index(item[1].claim.kind)))
