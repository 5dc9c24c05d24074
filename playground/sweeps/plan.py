"""The plan of a sweep: which knobs take which values, with how many seeds, and what is measured.

Knobs stand on the marks of their sliders, so that each run of a sweep can be opened on its page.
"""

import itertools
import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from playground import concepts
from playground.explain import explain
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import Knob, Settings, Value

MOST_AXES, MOST_SEEDS, MOST_RUNS = 4, 10, 240
MOST_VALUES = 24
MOST_SECONDS = 3600.0
SAMPLERS = {"grid": N_("all of them (grid)"), "random": N_("some, by chance"),
            "tpe": N_("some, where it looks promising (TPE)")}
SEED = "seed"
Point = tuple[Value, ...]  # one value of each axis


class Axis(BaseModel):
    """A knob and the values that it takes, in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    values: Annotated[tuple[Value, ...], Field(min_length=1, max_length=MOST_VALUES)]


class Plan(BaseModel):
    """What a sweep trains.

    Attributes:
        concept: whose model it is.
        settings: the knobs that do not stand where they stand on arrival.
        own: settings without a knob, e.g. points that a visitor has drawn.
        axes: 1 to 4 knobs with their values.
        seeds: how often each cell is trained, each time with another seed.
        sampler: which cells: "grid", "random" or "tpe".
        trials: how many cells, unless it is the grid.
        metric: the name of what is measured.
        better: "high", "low", or "" where neither is better.

    Raises:
        Refusal: by `check`: a knob is unknown or a value not allowed, or it is too much.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    concept: str
    settings: dict[str, Value] = {}
    own: dict[str, Any] = {}
    axes: Annotated[tuple[Axis, ...], Field(min_length=1, max_length=MOST_AXES)]
    seeds: Annotated[int, Field(ge=1, le=MOST_SEEDS)] = 1
    sampler: Literal["grid", "random", "tpe"] = "grid"
    trials: Annotated[int, Field(ge=1, le=MOST_RUNS)] = 20
    metric: str
    better: Literal["high", "low", ""] = ""

    @property
    def names(self) -> list[str]:
        """The knobs that it turns."""
        return [axis.name for axis in self.axes]

    @property
    def n_cells(self) -> int:
        """How many cells it trains."""
        whole = math.prod(len(axis.values) for axis in self.axes)
        return whole if self.sampler == "grid" else min(self.trials, whole)

    @property
    def n_runs(self) -> int:
        """How many trainings that are."""
        return self.n_cells * self.seeds

    def points(self) -> list[Point]:
        """Return all cells of the grid, the last axis moving first."""
        return list(itertools.product(*(axis.values for axis in self.axes)))

    def settings_of(self, point: Point, seed: int) -> Settings:
        """Return the settings of a run.

        Raises:
            ValidationError: a value is not allowed.
        """
        values = self.settings | self.own | dict(zip(self.names, point, strict=True))
        kind = concepts.settings_type(self.concept)
        if SEED in kind.model_fields and SEED not in self.names:
            values[SEED] = (int(values.get(SEED, 0)) + seed) % 10_000
        return kind(**values)

    def check(self) -> None:
        """Refuse what cannot be trained.

        Raises:
            Refusal: it says what must hold.
        """
        kind = concepts.settings_type(self.concept)
        knobs = kind.knobs()
        for name in [*self.settings, *self.names]:
            if name not in knobs:
                raise Refusal(N_("{name} must be one of {choices}, got {value!r}"), name="knob",
                              choices=list(knobs), value=name)
        if len(set(self.names)) < len(self.names):
            raise Refusal(N_("each knob must be there once, got {names}"), names=self.names)
        if SEED in self.names and self.seeds > 1:
            raise Refusal(N_("seeds must be 1 where the seed is a knob of the sweep, got {seeds}"),
                          seeds=self.seeds)
        if (n := self.n_runs) > MOST_RUNS:
            raise Refusal(N_("a sweep may have {most} runs, got {n:,}: take fewer values of "
                             "{name}, or fewer seeds"), most=MOST_RUNS, n=n, name=max(
                                 self.axes, key=lambda axis: len(axis.values)).name)
        try:
            for axis in self.axes:
                for value in axis.values:
                    kind(**(self.settings | self.own | {axis.name: value}))
        except ValidationError as error:
            raise explain(error) from None


def made(**parts: Any) -> Plan:
    """Return a plan that has been checked.

    Raises:
        Refusal: it cannot be trained, and why.
    """
    try:
        plan = Plan(**parts)
    except ValidationError as error:
        raise explain(error) from None
    plan.check()
    return plan


def marks(kind: type[Settings], name: str) -> list[Value]:
    """Return the values on which a knob can stand: its choices or the marks of its slider."""
    item: Knob = kind.knobs()[name]
    if item.choices:
        return list(item.choices)
    if item.low is None or item.high is None:
        return [False, True]
    if stops := kind.stops(name):
        return list(stops)
    number = type(kind.default(name))
    n = round((item.high - item.low) / (item.step or 1)) + 1
    return [number(round(item.low + i * (item.step or 1), 10)) for i in range(n)]


def between(kind: type[Settings], name: str, low: Value, high: Value, count: int) -> list[Value]:
    """Return marks of a knob from one value to another, spread over them evenly.

    Raises:
        Refusal: the range is turned round, or holds no mark.
    """
    if not (isinstance(low, int | float) and isinstance(high, int | float)
            and math.isfinite(low) and math.isfinite(high) and low <= high):
        raise Refusal(N_("the range of {name} must go from a smaller to a larger number, got "
                         "{low} to {high}"), name=name, low=str(low), high=str(high))
    inside = [mark for mark in marks(kind, name) if low <= mark <= high]  # type: ignore[operator]
    if not inside:
        raise Refusal(N_("the range of {name} must hold a value that the knob can take, got "
                         "{low} to {high}"), name=name, low=str(low), high=str(high))
    places = np.unique(np.linspace(0, len(inside) - 1, min(count, len(inside))).round())
    return [inside[int(place)] for place in places]


def sweepable(kind: type[Settings]) -> list[str]:
    """Return the knobs that a sweep can turn: those with choices, a range or a switch."""
    return [name for name, item in kind.knobs().items() if not item.examples]


def chosen(plan: Plan) -> Iterator[Point]:
    """Yield the cells of a grid or of a random choice, in the order in which they are trained."""
    points = plan.points()
    if plan.sampler == "grid":
        yield from points
        return
    order = np.random.default_rng(0).permutation(len(points))
    yield from (points[int(place)] for place in order[:plan.trials])


def in_numbers(axis: Axis) -> dict[Value, float]:
    """Return where each value of an axis lies: the number itself, or its place among choices."""
    if all(isinstance(value, int | float) and not isinstance(value, bool)
           for value in axis.values):
        return {value: float(value) for value in axis.values}
    return {value: float(place) for place, value in enumerate(axis.values)}
