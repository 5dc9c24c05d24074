"""The contract of an experiment: what the worker needs to train, watch and question a model."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np

from playground import experiments
from playground.datasets import Dataset
from playground.settings import Settings

S = TypeVar("S", bound=Settings)
Method = TypeVar("Method", bound=Callable[..., dict[str, Any]])
Observation = tuple[dict[str, float], dict[str, np.ndarray]]


class NotFinite(ArithmeticError):
    """A number that must be finite is not; the message names it."""


def question(method: Method) -> Method:
    """Mark a method of an experiment as a question that a page may ask."""
    method.is_question = True  # type: ignore[attr-defined]
    return method


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless low <= value <= high; `name` is what the sentence calls it."""
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}, got {value!r}")


class Experiment(ABC, Generic[S]):
    """One model on one data set, ready to train.

    The constructor is called with the run's random stream in place (`torch.manual_seed(seed)`),
    so whatever it draws is the same for the same settings.

    Attributes:
        settings: what the visitor chose. It is replaced as a whole when a live knob moves.
        device: "cpu", "cuda:0", "mps" ...
        data: what it learns from and what is held out, exactly as used; set by the constructor.
    """

    data: Dataset

    def __init__(self, settings: S, device: str) -> None:
        self.settings = settings
        self.device = device

    @classmethod
    def prepare(cls, settings: S) -> None:
        """Fetch what may take long, e.g. a download. Runs in a thread, before the constructor.

        Raises:
            ValueError: it cannot be had; the message tells the visitor why.
        """

    @property
    @abstractmethod
    def total_steps(self) -> int:
        """Steps after which the run is finished; it may finish earlier."""

    @property
    def progress(self) -> float | None:
        """How much of the training is done, 0 to 1; None where the steps tell it."""
        return None

    @property
    def pace(self) -> float | None:
        """Steps per second that the eye can follow, or None for as fast as it goes."""
        return None

    @property
    def threads(self) -> int:
        """CPU threads that pay for this model; small ones are fastest with 1."""
        return 1

    @abstractmethod
    def steps(self) -> Iterator[None]:
        """Train: each `next()` does one step. The iterator may end before `total_steps`.

        Raises:
            NotFinite: a loss is NaN or infinite.
        """

    @abstractmethod
    def observe(self) -> Observation:
        """Return the metrics and arrays of this moment, as in `Snapshot`.

        Whatever it draws at random does not disturb the training.
        """

    def clocked(self) -> dict[str, float]:
        """Return seconds that were clocked, by name, up to now.

        They are not among the metrics since no two runs share them.
        """
        return {}

    def weights(self) -> dict[str, np.ndarray]:
        """Return all trained numbers by name; empty if there are none."""
        return {}

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put trained numbers back.

        Raises:
            ValueError: a name, a shape or a type does not fit.
        """

    @question
    def table(self) -> dict[str, Any]:
        """Return the data exactly as used, one row for each datum.

        Returns:
            `columns`: D names; `rows` (N, D); `classes` (N,); `held_out` (N,), 1 where the row is
            not learned from.
        """
        data = self.data
        if data.part_of:
            raise ValueError("the data of this run must be on this machine to be listed; "
                             "train it again to fetch them")
        rows = np.concatenate([data.train, data.test])
        rows = rows.reshape(len(rows), int(np.prod(data.shape)))
        names = data.columns or tuple(f"pixel {i}" for i in range(rows.shape[1]))
        return {"columns": list(names), "rows": rows,
                "classes": np.concatenate([data.train_labels, data.test_labels]),
                "held_out": np.repeat(np.array([0, 1], np.uint8),
                                      [len(data.train), len(data.test)])}

    def ask(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer a question by its method's name.

        Raises:
            ValueError: there is no such question, or an argument does not fit.
        """
        method = getattr(type(self), name, None)
        if not getattr(method, "is_question", False):
            raise ValueError(f"question must be one that {type(self).__name__} has, got {name!r}")
        answer: dict[str, Any] = getattr(self, name)(**arguments)
        return answer


def experiment_type(name: str) -> type[Experiment[Any]]:
    """Return the experiment class of a concept. Imports torch.

    Raises:
        ValueError: there is no experiment of this name.
    """
    experiments.settings_type(name)
    module = importlib.import_module(f"playground.experiments.{name}.experiment")
    return next(
        item for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Experiment)
        and item.__module__ == module.__name__
    )
