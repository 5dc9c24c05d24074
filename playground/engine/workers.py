"""What the engine needs of a worker, wherever it is."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from playground.engine.messages import Event, Order
from playground.refusal import Refusal


@dataclass(frozen=True)
class Place:
    """Where models train: the device, its name in words, and a remark if it is not as wanted."""

    device: str
    name: str
    remark: Refusal | None = None


@dataclass(frozen=True)
class AtWork:
    """What a worker is doing.

    Attributes:
        slices: begun so far.
        label: the id of a run, or "question N"; empty while it waits.
        step: how far that run is.
    """

    slices: int = 0
    label: str = ""
    step: int = 0


class Worker(ABC):
    """Something that trains: it takes orders and tells events.

    Attributes:
        wanted: the device that was asked for, or "auto".
        place: where it trains, once its `Hello` has been received.

    Args:
        receive: called with each event, in some thread; with None when it has ended.
    """

    place: Place | None = None

    def __init__(self, wanted: str, receive: "Receive") -> None:
        self.wanted = wanted
        self.receive = receive

    @abstractmethod
    def send(self, order: Order) -> None:
        """Deliver an order; never blocks."""

    @abstractmethod
    def at_work(self) -> AtWork:
        """Return what it is doing; of one that has ended, what it was doing then."""

    @property
    @abstractmethod
    def silent(self) -> float:
        """Seconds since its last sign of life."""

    @abstractmethod
    def kill(self) -> None:
        """End it at once."""

    @abstractmethod
    def close(self) -> None:
        """Let it end by itself."""

    @abstractmethod
    def cause_of_death(self) -> Refusal:
        """Return how it has ended, as a part of a sentence that begins with "it"."""


Receive = Callable[[Worker, Event | None], None]
