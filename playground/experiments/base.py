"""The contract of an experiment: what the worker needs to train, watch and question a model."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np

from playground import concepts
from playground.arguments import checked
from playground.datasets import Dataset
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import Settings

S = TypeVar("S", bound=Settings)
T = TypeVar("T")
Answer = dict[str, Any]
Work = Generator[float | None, None, T]
Method = TypeVar("Method", bound=Callable[..., Answer | Work[Answer]])
Observation = tuple[dict[str, float], dict[str, np.ndarray]]


class Piece(Enum):
    """What `Experiment.steps` yields where a step is not done yet."""

    PART = 0


PART = Piece.PART


class NotFinite(Refusal):
    """A number that must be finite is not; the message names it."""


def question(method: Method) -> Method:
    """Mark a method of an experiment as a question that a page may ask.

    One that takes longer than a twentieth of a second is a generator: it yields often, so that
    others go on meanwhile, what share of it is done, 0 to 1, or None, and returns the answer.
    """
    method.is_question = True  # type: ignore[attr-defined]
    return method


def at_once(work: Work[T]) -> T:
    """Return what a generator returns: do the whole work at once."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            value: T = end.value
            return value


def check_shapes(weights: Mapping[str, np.ndarray], like: Mapping[str, np.ndarray]) -> None:
    """Refuse weights that have other names or shapes than those that they shall replace."""
    wanted, found = ({name: array.shape for name, array in each.items()}
                     for each in (like, weights))
    if wanted != found:
        raise Refusal(N_("weights must have the shapes {wanted}, got {found}"),
                      wanted=str(wanted), found=str(found))


class Experiment(ABC, Generic[S]):
    """One model on one data set, ready to train.

    The constructor is called with the run's random stream in place (`torch.manual_seed(seed)`),
    so whatever it draws is the same for the same settings.

    Attributes:
        settings: what the visitor chose. It is replaced as a whole when a live knob moves.
        device: "cpu", "cuda:0", "mps" ...
        data: what it learns from and what is held out, exactly as used; set by the constructor.
        goes_further: its steps go on for ever; the knob `steps` alone says when it is finished.
        replays: put away in the middle, it has to be trained again from the start. False where all
            that lasts from step to step is kept in attributes: then another `steps()` goes on
            where the last one stood, and `checkpoint` can put it away.
    """

    data: Dataset
    goes_further: ClassVar[bool] = False
    replays: ClassVar[bool] = True

    def __init__(self, settings: S, device: str) -> None:
        self.settings = settings
        self.device = device

    @classmethod
    def prepare(cls, settings: S) -> None:
        """Fetch what may take long, e.g. a download. Runs in a thread, before the constructor.

        Raises:
            Refusal: it cannot be had; it tells the visitor why.
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

    def building(self) -> Iterator[None]:
        """Build what the constructor leaves to be built, in pieces; it is called once.

        Whatever takes longer than a third of a second belongs here.
        """
        yield from ()

    @abstractmethod
    def steps(self) -> Iterator[Piece | None]:
        """Train: each `next()` does one step. The iterator may end before `total_steps`.

        A step that takes long is done in pieces: it yields `PART` after each but the last.

        Raises:
            NotFinite: a loss is NaN or infinite.
        """

    def observe(self) -> Observation:
        """Return the metrics and arrays of this moment, as in `Snapshot`.

        It is called within `untouched`: nets are in evaluation, and nothing remains. A subclass
        says how to look, here or, where it takes longer than a tenth of a second, in `looking`.

        Raises:
            NotImplementedError: it says neither.
        """
        if type(self).looking is Experiment.looking:
            raise NotImplementedError(f"{type(self).__name__} must define observe or looking")
        return at_once(self.looking())

    def looking(self) -> Work[Observation]:
        """Do what `observe` does, in pieces."""
        yield from ()
        return self.observe()

    def all_held_out(self) -> dict[str, float]:
        """Return figures of all held-out data, which take longer than a look may.

        They are measured when a run is stored in the gallery. Empty where there are none.
        """
        return {}

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
            raise Refusal(N_("the data of this run must be on this machine to be listed; train it "
                             "again to fetch them"))
        rows = np.concatenate([data.train, data.test])
        rows = rows.reshape(len(rows), int(np.prod(data.shape)))
        names = data.columns or tuple(f"pixel {i}" for i in range(rows.shape[1]))
        return {"columns": list(names), "rows": rows,
                "classes": np.concatenate([data.train_labels, data.test_labels]),
                "held_out": np.repeat(np.array([0, 1], np.uint8),
                                      [len(data.train), len(data.test)])}

    def ask(self, name: str, arguments: dict[str, Any]) -> Answer:
        """Answer a question by its method's name, at once; called within `untouched`.

        Raises:
            ValueError: there is no such question, or an argument does not fit.
        """
        return at_once(self.answering(name, arguments))

    def answering(self, name: str, arguments: dict[str, Any]) -> Work[Answer]:
        """Answer a question by its method's name, in pieces; called within `untouched`.

        The arguments are checked before the method is called.

        Raises:
            Refusal: there is no such question, or an argument does not fit.
        """
        method = getattr(type(self), name, None)
        if method is None or not getattr(method, "is_question", False):
            raise Refusal(N_("question must be one that this model has, got {name!r}"), name=name)
        answer: Answer | Work[Answer] = method(self, **checked(method, arguments, self))
        if isinstance(answer, Generator):
            return (yield from answer)
        return answer


def built(name: str, settings: Settings, device: str) -> "Experiment[Any]":
    """Return an experiment of these settings, whole. It draws from torch's random stream."""
    experiment = experiment_type(name)(settings, device)
    for _piece in experiment.building():
        pass
    return experiment


def experiment_type(name: str) -> type[Experiment[Any]]:
    """Return the experiment class of a concept. Imports torch.

    Raises:
        ValueError: there is no experiment of this name.
    """
    concepts.settings_type(name)
    module = importlib.import_module(f"playground.concepts.{name}.experiment")
    return next(
        item for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Experiment)
        and item.__module__ == module.__name__
    )
