"""What the pages of all contests share: measures, the table, the spread over seeds."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from playground.charts.arena import spread
from playground.engine.base import EngineFull, UnknownRun
from playground.experiments.contestant import Family
from playground.language import N_, _
from playground.runs import Run, Status
from playground.ui.locale import set_language
from playground.ui.session import engine, finished_run, visitor
from playground.ui.style import CHART

N_SEEDS = 3
POLL_SECONDS = 2.0
SIGNS = {1: "≥ ", -1: "≤ "}
SAYS = {"exact": N_("exact"), "bound": N_("at least"), "nothing": N_("cannot say")}


@dataclass(frozen=True)
class Measure:
    """A column of the table.

    Attributes:
        title: with its unit; translate it with `_`.
        digits: after the point.
        better: "high", "low", or "" where neither is better.
        likelihood: 1 if it is log p(x), -1 if it falls with it, 0 if it has nothing to do with it.
    """

    title: str
    digits: int
    better: str = ""
    likelihood: int = 0


@dataclass(frozen=True)
class Board:
    """Who takes part in a contest, and what is measured.

    Attributes:
        concept: the contest's experiment.
        families: by name, in the order of the rows.
        measures: by the name of their metric, which stands after that of the family.
        note: what is to be said under the table; translate with `_`. In braces it names metrics:
            `n_judged` is how many samples were judged.
        answers: what the families say exactly, bound or cannot say; the header of a column.
    """

    concept: str
    families: Mapping[str, Family]
    measures: Mapping[str, Measure]
    note: str
    answers: str = N_("log p(x)")


def sign(family: Family, likelihood: int = 1) -> str:
    """Return what stands before a likelihood of a family: nothing, or the sign of a bound."""
    return SIGNS[likelihood] if likelihood and family.answers == "bound" else ""


def cell(value: float | None, digits: int) -> str:
    """Write a number with some digits after the point, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def measured(run: Run) -> dict[str, float]:
    """Return the newest metrics and seconds of a run."""
    last = run.history.last
    return (last.metrics if last else {}) | run.clocked


def numbers(board: Board, run: Run) -> dict[str, str]:
    """Return the newest numbers for the prose, by `family_measure`; `floor` is a family too."""
    last = run.history.last
    if last is None:
        return {}
    found = measured(run)
    return {f"{name}_{measure}": cell(found.get(f"{name}_{measure}"), item.digits)
            for name in (*board.families, "floor") for measure, item in board.measures.items()
            } | {"step": str(last.step)}


def rows(board: Board, metrics: Mapping[str, float]) -> list[dict[str, str]]:
    """Return the table: a row for each family, and at the end one for real data."""
    table = []
    for name, family in board.families.items():
        row = {_("family"): _(family.title), _(board.answers): _(SAYS[family.answers])}
        for measure, item in board.measures.items():
            value = cell(metrics.get(f"{name}_{measure}"), item.digits)
            if item.likelihood:
                value = ("n/a" if family.answers == "nothing"
                         else sign(family, item.likelihood) + value)
            row[_(item.title)] = value
        table.append(row)
    floor = {_(item.title): cell(metrics.get(f"floor_{measure}"), item.digits)
             for measure, item in board.measures.items()}
    return [*table, {_("family"): _("real data"), _(board.answers): _("the floor"), **floor}]


def as_csv(board: Board, metrics: Mapping[str, float]) -> str:
    """Return the table as CSV in full precision; empty where there is no value.

    The last row, "floor", is what training data get in place of samples.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["family", "log_p", *board.measures])
    answers = {name: family.answers for name, family in board.families.items()}
    for name, says in {**answers, "floor": ""}.items():
        writer.writerow([name, says, *(metrics.get(f"{name}_{measure}", "")
                                       for measure in board.measures)])
    return text.getvalue()


def table(board: Board, run: Run) -> None:
    """Draw the table of all measures, with a button that gives it as CSV."""
    if run.history.last is None:
        return
    st.markdown(_("#### Who is how good, and at what?"))
    found = measured(run)
    st.dataframe(rows(board, found), hide_index=True)
    st.caption(_(board.note).format(**found))
    data: str = run.settings.dataset  # type: ignore[attr-defined]
    st.download_button(_("Download the table (CSV)"), as_csv(board, found),
                       key=f"{board.concept}-csv", file_name=f"{board.concept}_{data}.csv",
                       mime="text/csv", icon=":material/download:", on_click="ignore")


def seeds(board: Board, run: Run) -> None:
    """Train the same settings with other seeds on request, and show how much they differ."""
    st.markdown(_("#### Luck or skill? Three seeds"))
    st.caption(_("Another seed is other weights, other batches, and another draw where data are "
                 "drawn. A difference between two families that is smaller than the spread means "
                 "nothing."))
    wanted = f"{board.concept}-seeds:{run.settings.model_dump(exclude={'seed'})}"
    pressed = st.button(_("Train with three seeds"), key=f"{board.concept}-seeds",
                        icon=":material/casino:")
    if pressed and wanted not in st.session_state:
        st.session_state[wanted] = _start_seeds(board.concept, run)
    if wanted in st.session_state:
        st.fragment(_spread, run_every=POLL_SECONDS)(board, wanted)


def _start_seeds(concept: str, run: Run) -> list[str]:
    """Return the ids of a run for each seed: finished ones that there are, else new ones."""
    first: int = run.settings.seed  # type: ignore[attr-defined]
    ids = []
    for seed in range(first, first + N_SEEDS):
        settings = run.settings.with_changes(seed=seed % 10_000)
        known = finished_run(concept, settings)
        if run.settings == settings and run.status is Status.FINISHED:
            known = run
        try:
            ids.append(known.id if known else engine().start(concept, settings, visitor().id))
        except EngineFull as full:
            st.caption(_("No place to train now: {reason}.").format(reason=full))
            break
    return ids


def _spread(board: Board, wanted: str) -> None:
    """Draw how far the runs of a request are, and the spread of those that are finished."""
    set_language()
    found = []
    for run_id in st.session_state.get(wanted, []):
        try:
            found.append(engine().poll(run_id).run)
        except UnknownRun:
            st.session_state.pop(wanted)
            st.caption(_("A run is gone; press the button again."))
            return
    failed = [each for each in found if each.status in (Status.FAILED, Status.STOPPED)]
    if failed:
        st.caption(_("A run ended early: {reason}.").format(reason=failed[0].reason))
    waiting = [each for each in found if not each.status.over]
    if waiting:
        done = sum(each.share for each in found) / len(found)
        st.progress(done, text=_("{n} of {all} runs are finished").format(
            n=len(found) - len(waiting), all=len(found)))
    finished = [each.history.last.metrics | each.clocked for each in found
                if each.status is Status.FINISHED and each.history.last]
    if len(finished) > 1:
        _draw_spread(board, finished)


def _draw_spread(board: Board, metrics: list[dict[str, float]]) -> None:
    measure = st.selectbox(_("Measure"), list(board.measures), key=f"{board.concept}-measure",
                           format_func=lambda name: _(board.measures[name].title))
    values = {_(family.title): [m[f"{name}_{measure}"] for m in metrics
                                if f"{name}_{measure}" in m]
              for name, family in board.families.items()}
    values = {name: each for name, each in values.items() if each}
    floors = [m[f"floor_{measure}"] for m in metrics if f"floor_{measure}" in m]
    item = board.measures[measure]
    st.plotly_chart(spread(values, floors, _(item.title)), config=CHART)
    st.dataframe([{_("family"): name, _("mean"): f"{_mean(each):.{item.digits}f}",
                   _("from"): f"{min(each):.{item.digits}f}",
                   _("to"): f"{max(each):.{item.digits}f}"}
                  for name, each in values.items()], hide_index=True)
    st.caption(_("{n} seeds: each a dot. The grey band is what real points get.").format(
        n=len(metrics)))


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
