"""Work in slices: building a model, a look, a question; each with a random stream of its own."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Generic, TypeVar

from playground import concepts
from playground.experiments.base import Experiment, experiment_type
from playground.training.randomness import RandomStream, preserved_random_state
from playground.training.untouched import untouched

T = TypeVar("T")


class Build:
    """A model that is being built.

    Attributes:
        experiment: complete when `advance` has said so.
        random: the stream from which its training goes on.

    Args:
        name, settings: of the experiment.
        device: where it will live.
        around: makes a context in which it is built.

    Raises:
        ValueError: it cannot be built with these settings.
    """

    def __init__(self, name: str, settings: dict[str, Any], device: str,
                 around: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
        chosen = concepts.settings_type(name)(**settings)
        self.device, self.around = device, around
        self.random = RandomStream.seeded(chosen.seed, device)  # type: ignore[attr-defined]
        with self._own_chance():
            self.experiment: Experiment[Any] = experiment_type(name)(chosen, device)
        self.pieces = self.experiment.building()

    def advance(self, until: float) -> bool:
        """Go on until it is built or `time.perf_counter` says so; tell whether it is built."""
        with self._own_chance():
            for _piece in self.pieces:
                if time.perf_counter() >= until:
                    return False
        return True

    @contextmanager
    def _own_chance(self) -> Iterator[None]:
        with preserved_random_state(self.device), self.around():
            self.random.install(self.device)
            yield
            self.random = RandomStream.current(self.device)


class Regard(Generic[T]):
    """Something that is found out about a thing that learns, which it does not notice.

    The thing must not learn between two slices.

    Attributes:
        share: how much is done, 0 to 1, if that is known.
        value: what was found, when `advance` has said that it is.

    Args:
        thing: what is regarded; see `untouched`.
        device: where it lives.
        work: returns what was found; may yield the share of it that is done.
    """

    value: T

    def __init__(self, thing: object, device: str, work: Generator[float | None, None, T]) -> None:
        self.thing, self.device, self.work = thing, device, work
        self.share: float | None = None
        self.random: RandomStream | None = None

    def advance(self, until: float) -> bool:
        """Go on until it is done or `time.perf_counter` says so; tell whether it is done."""
        with untouched(self.thing, self.device):
            if self.random:
                self.random.install(self.device)
            try:
                self.share = next(self.work)
                while time.perf_counter() < until:
                    self.share = next(self.work)
            except StopIteration as end:
                self.value = end.value
                return True
            self.random = RandomStream.current(self.device)
        return False
