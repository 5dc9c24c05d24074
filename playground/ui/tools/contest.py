"""What the pages of all contests share: measures, the table, the spread over seeds."""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import streamlit as st

from playground.charts.arena import dot, spread
from playground.claim import number
from playground.engine.base import EngineFull, UnknownRun
from playground.experiments.contest_settings import ContestSettings
from playground.experiments.contestant import Family, took_part
from playground.language import N_, _, listed
from playground.measures import Measure
from playground.runs.run import Run, Status
from playground.snapshot import Snapshot
from playground.ui.bench.fragments import soon
from playground.ui.bench.lab import EARLY
from playground.ui.bench.session import desk, finished_run
from playground.ui.bench.style import chart
from playground.ui.bench.trouble import said
from playground.ui.tools.table import table as draw_table

N_NETS = 3  # they train in turn, so their seconds add up
CLOSER = 0.8  # of a distance: a difference that another draw of samples hardly makes
N_SEEDS = 3
CLOCKED = ("training", "sampling")  # measured by a clock: no metrics, since no two runs share them


OVERLAP = {  # how a set of samples lies to a set of data: see `metrics.clouds.overlap`
    "precision": Measure(N_("precision"), 2, "high"),
    "recall": Measure(N_("recall"), 2, "high"),
    "density": Measure(N_("density"), 2, "high"),
    "coverage": Measure(N_("coverage"), 2, "high"),
    "c2st": Measure(N_("told apart"), 2, "low"),
}


def costs(training: int, sampling: Measure) -> dict[str, Measure]:
    """Return what a family costs: time to train and to draw, and numbers to keep.

    Args:
        training: digits of its seconds after the point.
        sampling: whose time it is, e.g. that of one sample.
    """
    return {"training": Measure(N_("training, s"), training, "low"), "sampling": sampling,
            "weights": Measure(N_("weights"), 0)}


@dataclass(frozen=True)
class Board:
    """Who takes part in a contest, and what is measured.

    Attributes:
        concept: the contest's experiment.
        families: by name, in the order of the rows.
        measures: by the name of their metric, which stands after that of the family.
        note: what is to be said under the table; translate with `_`. In braces it names metrics:
            `n_judged` is how many samples were judged.
    """

    concept: str
    families: Mapping[str, Family]
    measures: Mapping[str, Measure]
    note: str

    @property
    def log_p(self) -> str:
        """What the families say exactly, bound or cannot say, translated: the head of a column."""
        return next(family.claim.name for family in self.families.values()
                    if family.claim.is_log_p)


def measures_of(board: Board) -> dict[str, Measure]:
    """Return what is measured of each family that a run shows, by the metrics' names."""
    return {f"{name}_{measure}": replace(item, of=family.title, claim=family.claim)
            for measure, item in board.measures.items()
            for name, family in board.families.items()
            if measure not in CLOCKED and (family.claim.is_log_p or not item.likelihood)}


def colors(board: Board) -> dict[str, str]:
    """Return the families' colours by their titles, which are not translated."""
    return {family.title: family.color for family in board.families.values()}


def shades(board: Board) -> dict[str, str]:
    """Return the families' colours by their translated titles."""
    return {_(title): color for title, color in colors(board).items()}


def is_early(settings: ContestSettings, snapshot: Snapshot, share: float = EARLY) -> bool:
    """Tell whether the nets have used less than a share of their budget.

    Before that nobody's samples tell what a family is good for.
    """
    if settings.budget == "seconds":
        return snapshot.seconds < share * N_NETS * settings.seconds
    return snapshot.step < share * settings.steps


def nearest(distances: Mapping[str, float]) -> list[str]:
    """Return who has the smallest distance, and whoever is hardly farther away, nearest first."""
    least = min(distances.values())
    return sorted((name for name in distances if CLOSER * distances[name] <= least),
                  key=lambda name: distances[name])


def span(values: Iterable[float], form: str) -> str:
    """Write one value, or from where to where several are, e.g. "2.0 to 2.4"."""
    known = list(values)
    low, high = format(min(known), form), format(max(known), form)
    return low if low == high else _("{low} to {high}").format(low=low, high=high)


def names_of(board: Board, names: Iterable[str]) -> str:
    """Write the titles of families, one after the other."""
    return listed(_(board.families[name].title) for name in names)


def cell(value: float | None, digits: int) -> str:
    """Write a number with some digits after the point, or a dash where there is none."""
    return "–" if value is None else number(value, digits)


def value_of(metrics: Mapping[str, float], name: str, measure: str,
             item: Measure) -> float | None:
    """Return what was measured of a family, None if nothing was.

    Log p is minus infinity where a held-out datum is impossible: it is no metric then.
    """
    if item.likelihood and metrics.get(f"{name}_impossible"):
        return -item.likelihood * math.inf
    return metrics.get(f"{name}_{measure}")


def likelihood(family: Family, name: str, metrics: Mapping[str, float], measure: str,
               item: Measure) -> str:
    """Write log p or what falls with it as what it is: exact, a bound, minus infinity, nothing.

    Args:
        name: of the family among the metrics.
        measure: the name of the metric.
    """
    value = value_of(metrics, name, measure, item)
    written = family.claim.write(value, item.digits, item.likelihood)
    if value is None or not math.isinf(value):
        return written
    return _("{written} ({n:,.0f} of {all:,.0f} impossible)").format(
        written=written, n=metrics[f"{name}_impossible"], all=metrics[f"{name}_rated"])


def headline(board: Board, name: str, metrics: Mapping[str, float], measure: str,
             text: str) -> str:
    """Return what stands over the figure of a family: its name and its held-out score.

    Args:
        name: of the family.
        measure: the score.
        text: how it is written, the measure's name in braces; marked with `N_`.
    """
    family, item = board.families[name], board.measures[measure]
    said = _("log p: cannot say")
    if family.claim.is_log_p:
        value = value_of(metrics, name, measure, item)
        said = _(text).format(**{
            measure: family.claim.write(value, item.digits, item.likelihood)})
    return f"{dot(family.color)} <b>{_(family.title)}</b><br>{said}"


def measured(run: Run) -> dict[str, float]:
    """Return the newest metrics and seconds of a run."""
    last = run.history.last
    return (last.metrics if last else {}) | run.clocked


def numbers(board: Board, run: Run) -> dict[str, str]:
    """Return the newest numbers for the prose, by `family_measure`; `floor` is a family too."""
    last = run.history.last
    if last is None:
        return {}
    metrics = measured(run)
    texts = {f"{name}_{measure}": cell(metrics.get(f"{name}_{measure}"), item.digits)
             for name in (*board.families, "floor") for measure, item in board.measures.items()}
    texts |= {f"{name}_{measure}": likelihood(family, name, metrics, measure, item)
              for name, family in board.families.items()
              for measure, item in board.measures.items() if item.likelihood}
    return texts | {"step": str(last.step)}


def rows(board: Board, metrics: Mapping[str, float]) -> list[dict[str, str]]:
    """Return the table: a row for each family that takes part, and one for real data."""
    table = []
    for name, family in took_part(board.families, metrics).items():
        row = {_("family"): _(family.title), board.log_p: family.claim.word}
        for measure, item in board.measures.items():
            row[_(item.title)] = (likelihood(family, name, metrics, measure, item)
                                  if item.likelihood else
                                  cell(metrics.get(f"{name}_{measure}"), item.digits))
        table.append(row)
    floor = {_(item.title): cell(metrics.get(f"floor_{measure}"), item.digits)
             for measure, item in board.measures.items()}
    return [*table, {_("family"): _("real data"), board.log_p: _("the floor"), **floor}]


def leaders(board: Board, metrics: Mapping[str, float], measure: str) -> list[int]:
    """Return the rows of the families that are the best by a measure, as it is written."""
    item = board.measures[measure]
    found = {row: round(value, item.digits)
             for row, name in enumerate(took_part(board.families, metrics))
             if (value := value_of(metrics, name, measure, item)) is not None}
    best = (max if item.better == "high" else min)(found.values(), default=None)
    return [row for row, value in found.items() if value == best]


def as_csv(board: Board, metrics: Mapping[str, float]) -> str:
    """Return the table as CSV in full precision; empty where there is no value.

    Beside each number that has to do with log p stands what it is: exact, a bound, or none.

    The last row, "floor", is what training data get in place of samples.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["family", "log_p", *board.measures])
    kinds = {name: family.claim.kind
             for name, family in took_part(board.families, metrics).items()}
    for name, kind in {**kinds, "floor": ""}.items():
        values = (value_of(metrics, name, measure, item)
                  for measure, item in board.measures.items())
        writer.writerow([name, kind, *("" if value is None else value for value in values)])
    return text.getvalue()


def table(board: Board, run: Run) -> None:
    """Draw the table of all measures, with a button that gives it as CSV."""
    if run.history.last is None:
        return
    st.markdown(_("#### Who is how good, and at what?"))
    metrics = measured(run)
    draw_table(rows(board, metrics), {_(item.title): leaders(board, metrics, measure)
                                      for measure, item in board.measures.items() if item.better})
    st.caption(_(board.note).format(**metrics))
    data: str = run.settings.dataset  # type: ignore[attr-defined]
    st.download_button(_("Download the table (CSV)"), as_csv(board, metrics),
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
        _spread(board, wanted)


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
            ids.append(known.id if known else desk().start(concept, settings))
        except EngineFull as full:
            st.caption(_("No place to train now: {reason}.").format(reason=said(full)))
            break
    return ids


def _spread(board: Board, wanted: str) -> None:
    """Draw how far the runs of a request are, and the spread of those that are finished."""
    found = []
    for run_id in st.session_state.get(wanted, []):
        try:
            found.append(desk().poll(run_id).run)
        except UnknownRun:
            st.session_state.pop(wanted)
            st.caption(_("A run is gone; press the button again."))
            return
    failed = [each for each in found if each.status in (Status.FAILED, Status.STOPPED)]
    if failed:
        st.caption(_("A run ended early: {reason}.").format(reason=said(failed[0].refusal)))
    waiting = [each for each in found if not each.status.over]
    if waiting:
        soon()
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
    item = board.measures[measure]
    values = over_seeds(board, metrics, measure)
    floors = [m[f"floor_{measure}"] for m in metrics if f"floor_{measure}" in m]
    finite = {_(board.families[name].title): [value for value in each if math.isfinite(value)]
              for name, each in values.items()}
    st.plotly_chart(spread(finite, floors, _(item.title), shades(board)), config=chart())
    table = []
    for name, each in values.items():
        family = board.families[name]
        row = {_("mean"): _mean(each), _("from"): min(each), _("to"): max(each)}
        table.append({_("family"): _(family.title)} | {
            head: family.claim.write(value, item.digits, item.likelihood) if item.likelihood
            else number(value, item.digits) for head, value in row.items()})
    draw_table(table)
    st.caption(_("{n} seeds: each a dot. The grey band is what real points get.").format(
        n=len(metrics)))


def over_seeds(board: Board, metrics: list[dict[str, float]],
               measure: str) -> dict[str, list[float]]:
    """Return a measure of each family that has one, for each seed; perhaps minus infinity."""
    values = {name: [value_of(m, name, measure, board.measures[measure]) for m in metrics]
              for name in board.families}
    kept = {name: [value for value in each if value is not None] for name, each in values.items()}
    return {name: each for name, each in kept.items() if each}


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)
