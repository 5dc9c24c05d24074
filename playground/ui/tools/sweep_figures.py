"""The pictures of a sweep, made of its plan and its outcomes."""

import math
from collections.abc import Sequence
from typing import Any

from playground.charts import sweep as charts
from playground.charts.encode import Figure
from playground.charts.sweep import Ticks
from playground.claim import number
from playground.language import _, listed, plural, sentences
from playground.measures import Measure
from playground.refusal import Refusal
from playground.settings import Knob, Settings, Value
from playground.sweeps.outcome import Cell, Finding, Outcome, best, finding
from playground.sweeps.plan import Axis, Plan, Point, in_numbers
from playground.ui.bench.labs import lab_of
from playground.ui.bench.trouble import said

LOG_FROM = 20.0  # the largest value over the smallest one, from which an axis is logarithmic


def kind_of(plan: Plan) -> type[Settings]:
    """Return the settings of the model that a sweep trains."""
    found: type[Settings] = lab_of(plan.concept).settings
    return found


def measure_of(plan: Plan) -> Measure:
    """Return what is measured."""
    return lab_of(plan.concept).measures.get(plan.metric) or Measure(plan.metric, 3, plan.better)


def value_words(item: Knob, value: Value) -> str:
    """Return what a value of a knob is called."""
    if value in item.choices:
        return _(item.choices[str(value)])
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return f"{value:g}" if isinstance(value, float) else str(value)


def ticks(plan: Plan, axis: Axis) -> Ticks:
    """Return an axis as a figure draws it."""
    item = kind_of(plan).knobs()[axis.name]
    places = [in_numbers(axis)[value] for value in axis.values]
    above = [place for place in places if place > 0]
    log = item.log and len(above) > 1 and max(above) / min(above) >= LOG_FROM
    title = _(item.label)
    return Ticks(f"{title} ({item.unit})" if item.unit else title, places,
                 [value_words(item, value) for value in axis.values], bool(log))


def one(plan: Plan, found: Sequence[Cell]) -> Figure:
    """Draw a sweep of one knob."""
    axis, by_point = plan.axes[0], {cell.point: cell for cell in found}
    values = [by_point[(value,)].values if (value,) in by_point else () for value in axis.values]
    top = best(plan, found)
    place = axis.values.index(top.point[0]) if top else None
    return charts.along(ticks(plan, axis), values, measure_of(plan).shown, place,
                        [str(number) for number in range(len(values))])


def _grid(plan: Plan) -> tuple[Axis, Axis]:
    """Return the axes from left to right and from below to above."""
    rows, columns = plan.axes
    return columns, rows


def two(plan: Plan, found: Sequence[Cell]) -> Figure:
    """Draw a sweep of two knobs as a heat map."""
    columns, rows = _grid(plan)
    by_point = {cell.point: cell for cell in found}

    def mean(row: Value, column: Value) -> float | None:
        cell = by_point.get((row, column))
        return cell.mean if cell and cell.values else None

    def failed(row: Value, column: Value) -> str:
        cell = by_point.get((row, column))
        outcomes = cell.outcomes if cell else ()
        bad = next((each for each in outcomes if each.status == "failed"), None)
        return why(bad) or _("failed") if bad else ""

    return charts.over_two(
        ticks(plan, columns), ticks(plan, rows),
        [[mean(row, column) for column in columns.values] for row in rows.values],
        [[failed(row, column) for column in columns.values] for row in rows.values],
        measure_of(plan).shown, _place(plan, best(plan, found)), plan.better)


def pictures(plan: Plan, found: Sequence[Cell]) -> Figure:
    """Draw the first figure of each cell of a sweep of one or two knobs."""
    by_point = {cell.point: cell for cell in found}

    def picture(point: Point) -> bytes | None:
        cell = by_point.get(point)
        return next((each.picture for each in cell.outcomes if each.picture), None) if cell \
            else None

    if len(plan.axes) == 1:
        axis = plan.axes[0]
        top = best(plan, found)
        return charts.pictured(ticks(plan, axis), Ticks("", [0.0], [""]),
                               [[picture((value,)) for value in axis.values]],
                               (0, axis.values.index(top.point[0])) if top else None)
    columns, rows = _grid(plan)
    return charts.pictured(ticks(plan, columns), ticks(plan, rows), [
        [picture((row, column)) for column in columns.values] for row in rows.values],
        _place(plan, best(plan, found)))


def _place(plan: Plan, cell: Cell | None) -> tuple[int, int] | None:
    if cell is None:
        return None
    rows, columns = plan.axes
    return rows.values.index(cell.point[0]), columns.values.index(cell.point[1])


def many(plan: Plan, found: Sequence[Cell], kept: Sequence[bool]) -> tuple[Figure, Figure]:
    """Draw a sweep of more knobs: parallel coordinates, and all pairs."""
    axes = [ticks(plan, axis) for axis in plan.axes]
    numbers = [in_numbers(axis) for axis in plan.axes]
    rows = [[each[value] for each, value in zip(numbers, cell.point, strict=True)]
            for cell in found]
    values = [cell.mean for cell in found]
    title = measure_of(plan).shown
    return (charts.parallel(axes, rows, values, title, kept, plan.better),
            charts.scatters(axes, rows, values, title))


def point_words(plan: Plan, point: Point) -> str:
    """Return a cell in words, e.g. "beta: 4, Latent dimensions: 2"."""
    knobs = kind_of(plan).knobs()
    return listed(_("{knob}: {value}").format(knob=_(knobs[name].label),
                                              value=value_words(knobs[name], value))
                  for name, value in zip(plan.names, point, strict=True))


def why(outcome: Outcome | None) -> str:
    """Return why a run failed, in the visitor's language."""
    return said(Refusal.of(outcome.reason)) if outcome and outcome.reason else ""


def says(plan: Plan, found: Sequence[Cell]) -> str:
    """Say what a sweep says, and only what is more than the luck of seeds."""
    told = finding(plan, found)
    if told is None:
        return ""
    measure = measure_of(plan)
    failed = plural("{n} run failed.", "{n} runs failed.", told.failed).format(
        n=told.failed)
    return sentences(_reach(plan, told, measure), failed if told.failed else "")


def _reach(plan: Plan, told: Finding, measure: Measure) -> str:
    def shown(value: float) -> str:
        return number(value, measure.digits)

    title = measure.shown
    knob = _(kind_of(plan).knobs()[plan.axes[told.strongest].name].label)
    if math.isnan(told.spread):
        if told.best is None:
            return _("**{measure}** goes from {low} to {high}. With one seed each, nobody can "
                     "tell how much of that is luck.").format(
                         measure=title, low=shown(told.low), high=shown(told.high))
        text = _("The best **{measure}**, {value}, is at {point}; from {low} to {high} there are "
                 "{n} cells. With one seed each, nobody can tell how much of that is luck.")
        return text.format(measure=title, value=shown(told.best.mean),
                           point=point_words(plan, told.best.point), low=shown(told.low),
                           high=shown(told.high), n=told.n)
    if not told.beyond:
        return _("**No cell stands out.** The means of **{measure}** lie between {low} and "
                 "{high}, and other seeds alone change it by {spread} (standard deviation): add "
                 "seeds to tell more.").format(
                     measure=title, low=shown(told.low), high=shown(told.high),
                     spread=shown(told.spread))
    if told.best is None:
        return _("**{measure}** goes from {low} to {high}, most of it along {knob}; seeds change "
                 "it by {spread} (standard deviation).").format(
                     measure=title, low=shown(told.low), high=shown(told.high), knob=knob,
                     spread=shown(told.spread))
    return _("The best **{measure}**, {value}, is at {point}. From cell to cell it differs by up "
             "to {range}, most of it along {knob}; seeds change it by {spread} (standard "
             "deviation).").format(
                 measure=title, value=shown(told.best.mean),
                 point=point_words(plan, told.best.point), range=shown(told.high - told.low),
                 knob=knob, spread=shown(told.spread))


def table(plan: Plan, found: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return a row for each cell: its knobs, the mean, the deviation, the seeds."""
    knobs, measure = kind_of(plan).knobs(), measure_of(plan)
    rows = []
    for cell in found:
        row: dict[str, Any] = {
            _(knobs[name].label): value_words(knobs[name], value)
            for name, value in zip(plan.names, cell.point, strict=True)}
        row[measure.shown] = number(cell.mean, measure.digits) if cell.values else "–"
        row[_("± over seeds")] = ("–" if math.isnan(cell.deviation)
                                  else number(cell.deviation, measure.digits))
        row[_("seeds")] = str(len(cell.values))
        rows.append(row)
    return rows
