"""What the web and a worker tell each other: one class for each message, checked on arrival.

All of it is plain: text, numbers, lists, dicts and numpy arrays. So a worker may stand anywhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import IO, Annotated, Any

import numpy as np
from pydantic import BeforeValidator, ConfigDict, TypeAdapter

from playground.engine import protocol
from playground.engine.limits import Limits
from playground.refusal import Refusal

Arrays = dict[str, np.ndarray]
Change = tuple[int, dict[str, Any]]
Reason = Annotated[Refusal | None,
                   BeforeValidator(lambda it: Refusal.of(it) if isinstance(it, dict) else it)]


class Message:
    """The base of all of them."""

    __pydantic_config__ = ConfigDict(arbitrary_types_allowed=True)


class Order(Message):
    """What the web tells a worker."""


@dataclass(frozen=True)
class RunOrder(Order):
    """An order about one run."""

    run: str


class Event(Message):
    """What a worker tells the web."""


@dataclass(frozen=True)
class RunEvent(Event):
    """What it tells of one run."""

    run: str


@dataclass(frozen=True)
class QuestionEvent(Event):
    """What it tells of one question."""

    number: int


# --- to a worker

@dataclass(frozen=True)
class Start(RunOrder):
    """Build a model and show it; it trains when it is told to resume.

    Attributes:
        max_seconds: training time after which it is stopped.
        changes: knobs that move, each after so many steps.
        background: it takes what time the others leave.
        step: how far it has been before; it goes there by itself, and shows nothing before.
        checkpoint: what `Checkpoint` told of an earlier moment; without one it starts anew.
        looks: what looks may cost, as a share of the training time.
    """

    owner: str
    experiment: str
    settings: dict[str, Any]
    max_seconds: float
    changes: list[Change] = field(default_factory=list)
    background: bool = False
    step: int = 0
    checkpoint: dict[str, Any] | None = None
    looks: float = Limits.looks


@dataclass(frozen=True)
class Warm(Order):
    """Build a model and forget it: what it loads will be there when it is wanted."""

    experiment: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Resume(RunOrder):
    """Train on."""


@dataclass(frozen=True)
class Pause(RunOrder):
    """Hold after the step that it is in."""


@dataclass(frozen=True)
class Step(RunOrder):
    """Do exactly one step."""


@dataclass(frozen=True)
class Stop(RunOrder):
    """End."""

    reason: Reason = None


@dataclass(frozen=True)
class Update(RunOrder):
    """Move live knobs. `number` is the place of this change in the run's list."""

    changes: dict[str, Any]
    number: int


@dataclass(frozen=True)
class Further(RunOrder):
    """Let a finished run go on, with more steps."""

    changes: dict[str, Any]


@dataclass(frozen=True)
class Drop(RunOrder):
    """Forget a run."""


@dataclass(frozen=True)
class Ask(RunOrder):
    """Ask a run's model.

    Attributes:
        number: of this question.
        owner: who asks, and pays.
        name: of the question.
        experiment, settings, weights: to build the model from, if the worker does not have it. It
            says so by `Wanted` where there are no weights.
    """

    number: int
    owner: str
    name: str
    arguments: dict[str, Any]
    experiment: str
    settings: dict[str, Any]
    weights: Arrays | None = None


@dataclass(frozen=True)
class Cancel(Order):
    """Nobody waits for this answer any more."""

    number: int


@dataclass(frozen=True)
class Save(Order):
    """Send a checkpoint of every run in training, then `Saved`."""


# --- to the process that has joined a cluster

@dataclass(frozen=True)
class Hire(Order):
    """Let a worker start on the cluster.

    Attributes:
        host: what this worker is called in all that follows; no other one ever has this name.
        place: one of those that `Places` has told.
    """

    host: str
    place: str


@dataclass(frozen=True)
class Deliver(Order):
    """Hand packed orders to a worker of the cluster."""

    host: str
    frames: list[np.ndarray]


@dataclass(frozen=True)
class Dismiss(Order):
    """End a worker of the cluster at once."""

    host: str


# --- from a worker

@dataclass(frozen=True)
class Hello(Event):
    """It is up.

    Attributes:
        device, name: where it trains, for torch and for people.
        remark: why it is not the device that was asked for.
    """

    device: str
    name: str
    remark: Reason
    torch: str
    pid: int


@dataclass(frozen=True)
class Beat(Event):
    """It lives."""


@dataclass(frozen=True)
class Shown(RunEvent):
    """A look at a run: see `Snapshot`, and `Experiment.clocked` and `progress`."""

    step: int
    seconds: float
    metrics: dict[str, float]
    arrays: Arrays
    clocked: dict[str, float]
    progress: float | None


@dataclass(frozen=True)
class Built(RunEvent):
    """A run has so many steps in all."""

    total: int


@dataclass(frozen=True)
class Ended(RunEvent):
    """A run is over: "finished", "stopped" or "failed".

    Attributes:
        further: the worker could go on.
        weights: what it has learned; None where it failed.
    """

    status: str
    total: int | None = None
    reason: Reason = None
    further: bool = False
    weights: Arrays | None = None


@dataclass(frozen=True)
class Changed(RunEvent):
    """A change of live knobs came into force after so many steps."""

    number: int
    step: int


@dataclass(frozen=True)
class Forgotten(RunEvent):
    """A finished run cannot go further any more."""


@dataclass(frozen=True)
class Checkpoint(RunEvent):
    """All that is needed to go on from here with the same numbers.

    Attributes:
        state: what `remember` returns.
        random: the states of torch's generators, of the CPU and of the device.
    """

    step: int
    seconds: float
    state: dict[str, Any]
    random: list[np.ndarray]


@dataclass(frozen=True)
class Saved(Event):
    """All checkpoints are sent."""


@dataclass(frozen=True)
class Underway(QuestionEvent):
    """A question is being answered; `share` of it is done, 0 to 1, if that can be told."""

    share: float | None


@dataclass(frozen=True)
class Wanted(QuestionEvent):
    """A question needs the weights of its run."""


@dataclass(frozen=True)
class Answered(QuestionEvent):
    """The answer to a question, or why there is none."""

    value: dict[str, Any] | None = None
    refusal: Reason = None


# --- from the process that has joined a cluster

@dataclass(frozen=True)
class Places(Event):
    """The cluster has room for workers in these places, or why there is no cluster.

    Attributes:
        again: it is worth trying to join it once more.
    """

    names: list[str]
    remark: Reason = None
    again: bool = True


@dataclass(frozen=True)
class Told(Event):
    """Packed events of a worker of the cluster."""

    host: str
    frames: list[np.ndarray]


@dataclass(frozen=True)
class Working(Event):
    """What a worker of the cluster is doing: see `AtWork`."""

    slices: int
    label: str
    step: int


@dataclass(frozen=True)
class Gone(Event):
    """A worker of the cluster has ended.

    Attributes:
        label, step: what it was doing, where that may have been what ended it.
    """

    cause: Reason
    label: str = ""
    step: int = 0


def _kinds(base: type[Message]) -> Iterator[type[Message]]:
    for kind in base.__subclasses__():
        if not kind.__subclasses__():
            yield kind
        yield from _kinds(kind)


def _all(base: type[Message]) -> dict[str, TypeAdapter[Any]]:
    return {kind.__name__: TypeAdapter(kind) for kind in _kinds(base)}


KINDS = _all(Message)


def plain(message: Message) -> dict[str, Any]:
    """Return a message as a dict that `received` turns back."""
    said = {each.name: getattr(message, each.name)
            for each in fields(message)}  # type: ignore[arg-type]
    return {"kind": type(message).__name__} | {
        name: value.plain() if isinstance(value, Refusal) else value
        for name, value in said.items()}


def received(said: Mapping[str, Any]) -> Message:
    """Return the message that came as a dict.

    Raises:
        ValueError: there is no such message, or a part of it is missing or of another type.
    """
    rest = dict(said)
    kind = rest.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(f"a message must be one of {', '.join(KINDS)}, got {kind!r}")
    message: Message = KINDS[kind].validate_python(rest)
    return message


def pack(message: Message) -> bytes:
    """Return a message as bytes, for a way of its own."""
    return protocol.encode(plain(message))


def unpack(frame: bytes | memoryview) -> Message:
    """Return the message that came as bytes.

    Raises:
        ValueError: it is not a message.
    """
    return received(protocol.unframe(frame))


def write(stream: IO[bytes], message: Message) -> None:
    """Write one message to a stream."""
    protocol.write(stream, plain(message))


def read(stream: IO[bytes]) -> Message | None:
    """Read one message from a stream; None when the other side has closed it.

    Raises:
        ValueError: what came is not a message.
    """
    said = protocol.read(stream)
    return None if said is None else received(said)
