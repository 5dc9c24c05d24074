"""Runs of a concept side by side: under one timeline, with what differs, and their curves."""

import bisect
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.colors import class_color
from playground.charts.curves import thin
from playground.charts.encode import Figure, float32
from playground.claim import number
from playground.language import N_, _, listed, plural
from playground.measures import Measure
from playground.runs.run import Run
from playground.ui.bench.keeping import kept_id
from playground.ui.bench.lab import Lab
from playground.ui.bench.live_plot import Panel, live_plot
from playground.ui.bench.source import in_words, source
from playground.ui.bench.style import chart
from playground.ui.tools.table import table

MOST = 6
N_TICKS = 60
HEIGHT, TWO_ROWS = 400, 640
CLOCKS = {"step": N_("step"), "share": N_("share of the training"), "seconds": N_("seconds")}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")


def compare_runs(lab: Lab, runs: Sequence[Run], key: str) -> None:
    """Draw two to six runs side by side; one of them may still train.

    Args:
        lab: of their concept.
        runs: the first one is what the others are compared with.
        key: of the widgets, other ones in each place of the app.
    """
    runs = [run for run in runs if run.history.kept][:MOST]
    if len(runs) < 2:
        st.caption(_("There must be two runs that have begun to train."))
        return
    names = names_of(runs)
    _what_differs(lab, runs, names)
    panels = {panel.name: panel.title for panel in lab.panels(runs[0].settings)
              if panel.kind == "frame" and not panel.space}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        clock = st.segmented_control(
            _("One clock for all"), list(CLOCKS), default="step", required=True,
            key=f"{key}-clock", format_func=lambda name: _(CLOCKS[name]))
        panel = st.selectbox(_("Figure"), list(panels), key=f"{key}-panel-{lab.concept}",
                             width=300, format_func=panels.__getitem__)
    figures(lab, runs, names, clock, panel, key)
    _curves(lab, runs, names, clock, key)


def names_of(runs: Sequence[Run]) -> list[str]:
    """Return a name for each run: what it alone, or hardly any other, has set so."""
    knobs = _differing(runs)
    found = []
    for place, run in enumerate(runs):
        now = run.settings_at(math.inf)
        words = listed(in_words(now, name) for name in knobs[:3] if now.shown(name))
        found.append(words or _("run {number}").format(number=place + 1))
    return [_("{name} ({number})").format(name=name, number=place + 1)
            if found.count(name) > 1 else name for place, name in enumerate(found)]


def _differing(runs: Sequence[Run]) -> list[str]:
    """Return the knobs by which runs differ where they count, in the sidebar's order."""
    now = [run.settings_at(math.inf) for run in runs]
    return [name for name in type(now[0]).knobs()
            if len({getattr(each, name) for each in now if each.shown(name)}) > 1]


# --- numbers

def _what_differs(lab: Lab, runs: Sequence[Run], names: Sequence[str]) -> None:
    """Draw the settings that differ, and each measure with its difference to the first run."""
    heads = dict(zip((run.id for run in runs), names, strict=True))
    rows = []
    for knob in _differing(runs):
        row = {"": _(lab.settings.knobs()[knob].label)}
        for run in runs:
            now = run.settings_at(math.inf)
            row[heads[run.id]] = _way(run, knob) if now.shown(knob) else "–"
        rows.append(row)
    rows.append({"": _("steps done")} | {heads[run.id]: f"{run.step:,}" for run in runs})
    same_data = len({(getattr(run.settings, "dataset", ""), own_data(run)) for run in runs}) == 1
    if len({own_data(run) for run in runs}) > 1:
        rows.append({"": _("own data")} | {heads[run.id]: plural(
            "{n} point", "{n} points", len(own_data(run))).format(n=len(own_data(run)))
            for run in runs})
    best: dict[str, list[int]] = {}
    for name, measure in lab.measures.items():
        values = {run.id: run.history.last.metrics[name] for run in runs
                  if run.history.last and name in run.history.last.metrics}
        if len(values) < 2:
            continue
        row = {"": measure.shown}
        for run in runs:
            row[heads[run.id]] = _measured(run, runs[0], values, measure)
        if measure.better and same_data and len(set(values.values())) > 1:
            choose = max if measure.better == "high" else min
            best.setdefault(heads[choose(values, key=values.__getitem__)], []).append(len(rows))
        rows.append(row)
        if len(rows) > 12:
            break
    if rows:
        table(rows, best)
        st.caption(_("Measures are those of each run's last look; the sign tells by how much a "
                     "run differs from the first one. The better one is bold, where the data are "
                     "the same; whether that is luck, other seeds tell."))


def _measured(run: Run, first: Run, values: Mapping[str, float], measure: Measure) -> str:
    """Return a measure in words, and by how much it differs from that of the first run."""
    if run.id not in values:
        return "–"
    value = values[run.id]
    claim = measure.claim or run.settings.claim
    text = (claim.write(value, measure.digits, measure.likelihood)
            if measure.likelihood and claim.is_log_p else number(value, measure.digits))
    if run is first or first.id not in values:
        return text
    by = value - values[first.id]
    sign = "+" if by >= 0 else "−"
    return _("{value} ({sign}{difference})").format(
        value=text, sign=sign, difference=number(abs(by), measure.digits))


def own_data(run: Run) -> tuple[Any, ...]:
    """Return the points that a run has learned from, if they are somebody's own."""
    return tuple(getattr(run.settings, "points", ()))


def _way(run: Run, knob: str) -> str:
    """Return how a knob has stood: its value, and from which step on others."""
    text = value_in_words(run.settings_at(0), knob)
    for step, change in run.changes:
        if step and knob in change:
            text = _("{before}, from step {step:,}: {value}").format(
                before=text, step=step, value=value_in_words(run.settings_at(step), knob))
    return text


def value_in_words(settings: Any, name: str) -> str:
    """Return a knob's value as the sidebar shows it."""
    item, value = settings.knobs()[name], getattr(settings, name)
    if value in (named := {**item.choices, **item.examples}):
        return _(named[value])
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- figures

def places(run: Run, clock: str) -> list[tuple[float, int]]:
    """Return where on a clock each kept snapshot of a run lies, and its number."""
    found = []
    for n, shot in run.history.kept.items():
        share = shot.step / run.last_step if run.last_step else 0.0
        found.append(({"step": float(shot.step), "share": share,
                       "seconds": shot.seconds}[clock], n))
    return found


def ticks(runs: Sequence[Run], clock: str) -> list[float]:
    """Return the moments of a common timeline, denser at its start.

    They stay where they are while a run goes on: those that it has not come to are left out.
    """
    ends, reached = [], []
    for run in runs:
        at = [place for place, _number in places(run, clock)]
        end = {"step": float(run.last_step or 0), "share": 1.0, "seconds": 0.0}[clock]
        ends.append(max(end, at[-1]))
        if not run.status.over:
            reached.append(at[-1])
    grid = max(ends) * np.linspace(0, 1, N_TICKS) ** 2
    if clock == "step":
        grid = np.unique(grid.round())
    most = min(reached, default=math.inf)
    return [float(each) for each in grid if each <= most]


def figures(lab: Lab, runs: Sequence[Run], names: Sequence[str], clock: str, panel: str,
            key: str) -> None:
    """Draw one figure of each run, all under one timeline.

    Args:
        names: what each run is called.
        clock: one of `CLOCKS`.
        panel: which figure.
        key: of the plot, another one in each place of the app.
    """
    moments = ticks(runs, clock)
    at = {run.id: places(run, clock) for run in runs}
    frames: list[dict[str, Any]] = []
    drawn: dict[int, int] = {}
    for number_, moment in enumerate(moments):
        plots: dict[str, Figure] = {}
        for place, run in enumerate(runs):
            shot = _until(at[run.id], moment)
            if drawn.get(place) != shot:  # a panel without a plot keeps that of the frame before
                drawn[place] = shot
                plots[f"run-{place}"] = lab.frame(run, run.history.kept[shot])[panel]
        frames.append({"seq": number_, "step": _moment(moment, clock), "plots": plots})
    square = next(item.square for item in lab.panels(runs[0].settings) if item.name == panel)
    live_plot(
        key=f"plot-compare-{key}-{lab.concept}", curves={}, total=None, live=False,
        run=" ".join([*(run.id for run in runs), clock, panel]),
        kept=list(range(len(frames))), frames=frames, source=source(runs[0], _(lab.title)),
        height=HEIGHT if len(runs) < 4 else TWO_ROWS, linked=True,
        panels=[Panel(f"run-{place}", name, twin=place > 0, zoom=True, square=square,
                      alt=_("Figures of one of the runs")) for place, name in enumerate(names)])


def _moment(moment: float, clock: str) -> str | int:
    if clock == "step":
        return round(moment)
    return f"{moment:.0%}" if clock == "share" else f"{moment:.2g} s"


def _until(shots: list[tuple[float, int]], moment: float) -> int:
    """Return the number of the last snapshot up to a moment."""
    place = bisect.bisect_right([each for each, _number in shots], moment)
    return shots[max(place - 1, 0)][1]


# --- curves

def _curves(lab: Lab, runs: Sequence[Run], names: Sequence[str], clock: str, key: str) -> None:
    """Draw a metric of all runs in one figure."""
    present = [name for run in runs for name in run.history.metrics[-1][2]]
    known = {name: item.shown for name, item in lab.measures.items() if name in present}
    known |= {name: name for name in dict.fromkeys(present) if name not in known}
    if not known:
        return
    metric = st.selectbox(_("Curves of"), list(known), key=f"{key}-metric-{lab.concept}",
                          width=400, format_func=known.__getitem__)
    st.plotly_chart(overlaid(runs, names, metric, known[metric], clock), config=chart(),
                    key=f"{key}-overlaid")


def overlaid(runs: Sequence[Run], names: Sequence[str], metric: str, title: str,
             clock: str) -> Figure:
    """Return one curve for each run."""
    traces = []
    for place, (run, name) in enumerate(zip(runs, names, strict=True)):
        rows = [({"step": step, "share": step / run.last_step if run.last_step else 0.0,
                  "seconds": seconds}[clock], values[metric])
                for step, seconds, values in run.history.metrics if metric in values]
        x, y = thin(*np.array(rows, dtype=float).reshape(-1, 2).T)
        traces.append({"type": "scatter", "mode": "lines", "name": name, "x": float32(x),
                       "y": float32(y), "line": {"color": class_color(place), "width": 2,
                                                 "dash": DASHES[place % len(DASHES)]}})
    return {"data": traces, "layout": {
        "xaxis": {"title": {"text": _(CLOCKS[clock])}}, "yaxis": {"title": {"text": title}},
        "height": 340, "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "hovermode": "x unified",
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}}}


def label(run: Run, first: Run) -> str:
    """Return what sets a run apart from another one, in words."""
    knobs = _differing([first, run])
    now = run.settings_at(math.inf)
    words = listed(in_words(now, name) for name in knobs if now.shown(name))
    words = words or _("the same settings")
    if run.id == kept_id(run) and run.stored:
        return _("{difference} (stored)").format(difference=words)
    return words
