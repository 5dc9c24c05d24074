"""The page of sweeps: plan one, watch it fill in, read what it says, open its runs."""

import csv
import html
import io
import math
import time
from collections.abc import Sequence
from typing import Any

import plotly.io
import streamlit as st

from playground import concepts, links
from playground.charts.encode import Figure
from playground.language import N_, _, listed, plural, prose
from playground.refusal import Refusal
from playground.runs.run import Run
from playground.settings import Value
from playground.sweeps import ready, shelf
from playground.sweeps.outcome import Cell, Outcome, best, cells
from playground.sweeps.plan import (
    MOST_AXES,
    MOST_RUNS,
    MOST_SEEDS,
    MOST_VALUES,
    SAMPLERS,
    SEED,
    Plan,
    between,
    made,
    marks,
    sweepable,
)
from playground.sweeps.propose import importance
from playground.sweeps.shelf import Sweep
from playground.sweeps.sweeper import Sweeper, seconds_left, share_of
from playground.ui.bench.device import device_text
from playground.ui.bench.drafts import KEY, OPEN, Draft, draft
from playground.ui.bench.fragments import top
from playground.ui.bench.labs import lab_of
from playground.ui.bench.play_bar import STATES
from playground.ui.bench.session import (
    finished_runs,
    kept_run,
    newest_run,
    sweeper,
    tab,
)
from playground.ui.bench.source import in_words
from playground.ui.bench.style import chart
from playground.ui.bench.trouble import said
from playground.ui.tools import compare
from playground.ui.tools import sweep_figures as figures
from playground.ui.tools.table import table

ASKED = "sweep"  # in the address
READY = "ready-"
DELETED = "sweep-deleted"
WHOLE = "sweep-whole"  # the page is to be drawn anew, and not the result alone
EVERY_SECONDS = 2.0  # until the pictures of a sweep in training are drawn anew
MULTIPLES = 8
COUNT = 6
ROOM = 0.3  # MB that a run takes where nobody knows better
RUN_WORDS = {"waiting": N_("waiting"), **{str(each): word for each, word in STATES.items()}}
STATE_WORDS = {"running": N_("training"), "paused": N_("paused"), "stopped": N_("stopped"),
               "finished": N_("finished")}


def sweeps() -> None:
    """Draw the page's body."""
    st.title(_("Sweeps"), anchor=False)
    st.markdown(prose("sweep", "about"))
    owner, mine, problem = tab().owner, [], None
    try:
        mine = shelf.mine(sweeper().keeper.store, owner)
    except Refusal as refusal:
        problem = refusal
    with st.expander(_("Plan a sweep"), icon=":material/tune:",
                     expanded=bool(st.session_state.get(OPEN))):
        if problem:
            st.warning(_("No sweep can be trained now: {reason}.").format(reason=said(problem)),
                       icon=":material/warning:")
        else:
            _setup(sweeper(), owner)
    names = {each.id: _label(each) for each in mine}
    names |= {READY + name: _(item.label) for name, item in ready.READY.items()
              if (ready.FOLDER / f"{name}.json").is_file()}
    if not names:
        return
    asked = st.query_params.get(ASKED, "")
    if asked and asked not in names and asked != st.session_state.get(DELETED):
        st.caption(_(":material/link_off: The sweep that the address asks for is not in your "
                     "notebook."))
    if st.session_state.get(DELETED):
        st.button(_("Bring the deleted sweep back"), icon=":material/undo:", key="sweep-undo",
                  on_click=_bring_back, args=(owner,))
    if st.session_state.get("sweep-shown") not in names:
        st.session_state["sweep-shown"] = asked if asked in names else next(iter(names))
    shown = st.selectbox(_("Sweep"), list(names), key="sweep-shown", width=520,
                         format_func=names.__getitem__)
    if asked != shown:
        st.query_params[ASKED] = shown
    running = any(each.id == shown and each.state == "running" for each in mine)
    top(_result, "sweep result", EVERY_SECONDS if running else None)(shown, owner)


def _label(sweep: Sweep) -> str:
    knobs = figures.kind_of(sweep.plan).knobs()
    return _("{page}: {knobs} ({state}, {day})").format(
        page=_(lab_of(sweep.plan.concept).title),
        knobs=listed(_(knobs[name].label) for name in sweep.plan.names),
        state=_(STATE_WORDS[sweep.state]), day=time.strftime("%Y-%m-%d", time.gmtime(sweep.at)))


# --- plan

def _setup(at: Sweeper, owner: str) -> None:
    begun = draft() or Draft("vae", {}, ["beta"])
    names = {name: _(lab_of(name).title) for name in concepts.names()
             if lab_of(name).measures}
    concept = st.selectbox(_("Model"), list(names), key="sweep-concept", width=320,
                           index=list(names).index(begun.concept), format_func=names.__getitem__)
    lab, kind = lab_of(concept), lab_of(concept).settings
    knobs = kind.knobs()
    base = begun.values if concept == begun.concept else {}
    known = sweepable(kind)
    turned = st.multiselect(
        _("Knobs to turn"), known, max_selections=MOST_AXES, key=f"sweep-names-{concept}",
        default=[name for name in begun.names if name in known and concept == begun.concept],
        format_func=lambda name: _(knobs[name].label))
    own = begun.own if concept == begun.concept else {}
    told = ["dataset"] if "dataset" in knobs else []
    rest = [in_words(kind(**base, **own), name) for name in dict.fromkeys([*told, *base])
            if name not in turned and name != "steps"]
    if rest:
        st.caption(_("All else stands so: {knobs}.").format(knobs=listed(rest)))
    if not turned:
        st.caption(_("Choose one knob, or up to four."))
        return
    try:
        axes = [{"name": name, "values": _values(kind, concept, name)} for name in turned]
        plan = made(concept=concept, axes=axes, own=own, **_rest(lab, concept, base, turned))
    except Refusal as refusal:
        st.warning(_("This cannot be trained: {reason}.").format(reason=said(refusal)),
                   icon=":material/warning:")
        return
    seconds, room = estimate(plan)
    st.markdown(plural("**{n} run**, about {time} here, and {room:.0f} MB in your notebook.",
                       "**{n} runs**, about {time} here, and {room:.0f} MB in your notebook.",
                       plan.n_runs).format(n=plan.n_runs, time=_duration(seconds), room=room))
    st.caption(_("Estimated from a measured step. Runs that somebody watches go first."))
    st.button(_("Start the sweep"), type="primary", icon=":material/play_arrow:",
              key="sweep-start", on_click=_start, args=(at, owner, plan, seconds))


def _start(at: Sweeper, owner: str, plan: Plan, seconds: float) -> None:
    try:
        begun = at.start(owner, plan, seconds)
    except Refusal as refusal:
        st.toast(_("This cannot be trained: {reason}.").format(reason=said(refusal)),
                 icon=":material/warning:")
        return
    st.session_state[OPEN] = False
    st.session_state["sweep-shown"] = begun.id


def _values(kind: Any, concept: str, name: str) -> list[Value]:
    """Let the visitor choose the values of a knob."""
    item, known = kind.knobs()[name], marks(kind, name)
    label, key = _(item.label), f"sweep-values-{concept}-{name}"
    if not isinstance(known[0], int | float) or isinstance(known[0], bool):
        return st.multiselect(label, known, default=known[:MOST_VALUES], key=key,
                              format_func=lambda value: figures.value_words(item, value)) or known
    with st.container(horizontal=True, vertical_alignment="bottom"):
        low, high = st.select_slider(
            _("{knob}, from ... to").format(knob=label), known, (known[0], known[-1]), key=key,
            format_func=lambda value: f"{value:g}", width=520)
        count = st.number_input(_("how many values"), 1, min(MOST_VALUES, len(known)),
                                min(COUNT, len(known)), key=f"{key}-count", width=140)
    found = between(kind, name, low, high, int(count))
    st.caption(listed(f"{value:g}" for value in found))
    return found


def _rest(lab: Any, concept: str, base: dict[str, Value], turned: Sequence[str]) -> dict[str, Any]:
    """Let the visitor choose seeds, steps, what is measured, and which cells."""
    kind = lab.settings
    settings = {name: value for name, value in base.items() if name not in turned}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seeds = 1
        if SEED in kind.model_fields and SEED not in turned:
            seeds = int(st.number_input(_("Seeds"), 1, MOST_SEEDS, 1, key="sweep-seeds", width=110,
                                        help=_("How often each cell is trained. Try 3: what "
                                               "differs by less than the seeds do is luck.")))
        if "steps" in kind.model_fields and "steps" not in turned and kind.stops("steps"):
            stops = kind.stops("steps")
            now = settings.get("steps", kind.default("steps"))
            settings["steps"] = st.select_slider(
                _("Steps"), stops, now if now in stops else stops[0],
                key=f"sweep-steps-{concept}", width=260)
        measures = lab.measures
        metric = st.selectbox(_("Measure"), list(measures), key=f"sweep-metric-{concept}",
                              format_func=lambda name: measures[name].shown, width=330)
        sampler = st.segmented_control(_("Which cells"), list(SAMPLERS), default="grid",
                                       required=True, key="sweep-sampler",
                                       format_func=lambda name: _(SAMPLERS[name]))
        trials = 20
        if sampler != "grid":
            trials = int(st.number_input(_("How many"), 1, MOST_RUNS, 20, key="sweep-trials",
                                         width=110))
    return {"settings": settings, "seeds": seeds, "metric": metric, "sampler": sampler,
            "trials": trials, "better": measures[metric].better}


def estimate(plan: Plan) -> tuple[float, float]:
    """Return how many seconds a sweep trains, and how many MB its runs take, about.

    It is told by the run that is nearest to it: on the page, left there, or stored.
    """
    wanted = plan.settings_of(plan.points()[len(plan.points()) // 2], 0)
    runs: list[Run] = [run for run in (newest_run(plan.concept), *finished_runs(plan.concept))
                       if run and run.step and run.seconds]
    if not runs:
        return math.nan, ROOM * plan.n_runs
    nearest = max(runs, key=lambda run: sum(
        value == getattr(wanted, name) for name, value in run.settings))
    steps = getattr(wanted, "steps", nearest.step)
    seconds = plan.n_runs * nearest.seconds * steps / max(nearest.step, 1)
    if plan.axes and "steps" in plan.names:
        steps_of = [float(value) for axis in plan.axes if axis.name == "steps"
                    for value in axis.values]
        seconds *= sum(steps_of) / len(steps_of) / steps
    return seconds, ROOM * plan.n_runs


def _duration(seconds: float) -> str:
    if math.isnan(seconds):
        return _("an unknown time")
    if seconds < 90:
        n = max(round(seconds), 1)
        return plural("{n} second", "{n} seconds", n).format(n=n)
    return _("{n} minutes").format(n=round(seconds / 60))


# --- what comes out

def _result(shown: str, owner: str) -> None:
    if st.session_state.pop(WHOLE, False):
        st.rerun(scope="app")
    try:
        if shown.startswith(READY):
            _ready(shown.removeprefix(READY))
        else:
            sweep, outcomes = sweeper().look(owner, shown)
            _controls(sweep, outcomes, owner)
            _show(sweep.plan, outcomes, sweep)
            if st.session_state.get("sweep-state") != (shown, sweep.state):
                st.session_state["sweep-state"] = (shown, sweep.state)
                st.rerun(scope="app")  # the list says how it stands
    except Refusal as refusal:
        st.warning(_("This sweep cannot be shown: {reason}.").format(reason=said(refusal)),
                   icon=":material/warning:")


def _ready(name: str) -> None:
    item, found = ready.checked(name), ready.stored(name)
    if found is None:
        st.caption(_("Nothing is stored of this sweep."))
        return
    st.markdown(_(item.look_for))
    total = sum(each.seconds for each in found.outcomes)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_("A stored sweep: {n} runs, {time} of training on {device}, {day}.").format(
            n=len(found.outcomes), time=_duration(total), device=device_text(found.device),
            day=found.day))
        st.button(_("Plan it anew"), icon=":material/tune:", key="sweep-again", on_click=_again,
                  args=(item.plan,), help=_("With your own values, seeds and steps."))
    _show(found.plan, found.outcomes, None)


def _again(plan: Plan) -> None:
    st.session_state[KEY] = Draft(plan.concept, dict(plan.settings), list(plan.names))
    st.session_state[OPEN] = st.session_state[WHOLE] = True


def _controls(sweep: Sweep, outcomes: list[Outcome], owner: str) -> None:
    share = share_of(sweep.plan, outcomes)
    left = seconds_left(sweep.plan, outcomes)
    text = _("{n} of {all} runs").format(n=sum(each.over for each in outcomes),
                                         all=sweep.plan.n_runs)
    if sweep.state == "running" and left is not None:
        text = _("{n} of {all} runs, {time} of training left").format(
            n=sum(each.over for each in outcomes), all=sweep.plan.n_runs, time=_duration(left))
    st.progress(share, text=text)
    at = sweeper()
    with st.container(horizontal=True, key="sweep-controls"):
        if sweep.state == "running":
            st.button(_("Pause"), icon=":material/pause:", key="sweep-pause", on_click=_do,
                      args=(at.pause, owner, sweep.id))
        elif sweep.state in ("paused", "stopped"):
            st.button(_("Go on"), icon=":material/play_arrow:", key="sweep-resume",
                      type="primary", on_click=_do, args=(at.resume, owner, sweep.id))
        if sweep.state in ("running", "paused"):
            st.button(_("Stop"), icon=":material/stop:", key="sweep-stop", on_click=_do,
                      args=(at.stop, owner, sweep.id))
        st.button(_("One more seed"), icon=":material/casino:", key="sweep-seed", on_click=_do,
                  args=(at.add_seeds, owner, sweep.id),
                  disabled=sweep.plan.seeds >= MOST_SEEDS or SEED in sweep.plan.names)
        st.button(_("Delete"), icon=":material/delete:", key="sweep-delete", on_click=_delete,
                  args=(owner, sweep))
    bad = [each for each in outcomes if each.status == "failed"]
    if bad:
        st.caption(_("A run failed at {point}: {reason}.").format(
            point=figures.point_words(sweep.plan, bad[0].point), reason=figures.why(bad[0])))


def _delete(owner: str, sweep: Sweep) -> None:
    _do(sweeper().forget, owner, sweep.id)
    st.session_state[DELETED] = sweep.id
    st.session_state["sweep-gone"] = sweep
    st.session_state.pop("sweep-shown", None)
    st.session_state[WHOLE] = True


def _bring_back(owner: str) -> None:
    sweep: Sweep = st.session_state.pop("sweep-gone")
    st.session_state[DELETED] = ""
    try:
        shelf.bring_back(sweeper().keeper.store, sweep)
        st.session_state["sweep-shown"] = sweep.id
    except Refusal as refusal:
        st.toast(_("This cannot be done: {reason}.").format(reason=said(refusal)),
                 icon=":material/warning:")


def _do(action: Any, owner: str, sweep_id: str, *more: Any) -> None:
    try:
        action(owner, sweep_id, *more)
    except Refusal as refusal:
        st.toast(_("This cannot be done: {reason}.").format(reason=said(refusal)),
                 icon=":material/warning:")


def _show(plan: Plan, outcomes: list[Outcome], sweep: Sweep | None) -> None:
    found = cells(plan, outcomes)
    if text := figures.says(plan, found):
        st.info(text, icon=":material/lightbulb:")
    if not any(cell.values for cell in found):
        st.caption(_("Nothing is measured yet."))
        return
    drawn: dict[str, Figure] = {}
    key = sweep.id if sweep else f"{plan.concept}-{'-'.join(plan.names)}"
    place = None
    if len(plan.axes) == 1:
        drawn["sweep"] = figures.one(plan, found)
        place = _chosen_along(_chart(drawn["sweep"], f"sweep-along-{key}"))
        drawn["pictures"] = figures.pictures(plan, found)
        row = _chosen_cell(_chart(drawn["pictures"], f"sweep-row-{key}"))
        place = row[1] if row else place
        cell = _cell_at(found, (plan.axes[0].values[place],)) if place is not None else None
        if sweep:
            _multiples(plan, found)
    elif len(plan.axes) == 2:
        left, right = st.columns(2)
        drawn["sweep"], drawn["pictures"] = figures.two(plan, found), figures.pictures(plan, found)
        with left:
            spot = _chosen_cell(_chart(drawn["sweep"], f"sweep-two-{key}"))
        with right:
            spot = _chosen_cell(_chart(drawn["pictures"], f"sweep-map-{key}")) or spot
        cell = _cell_at(found, (plan.axes[0].values[spot[0]], plan.axes[1].values[spot[1]])) \
            if spot else None
    else:
        cell = _over_many(plan, found, drawn, key)
    _cell(plan, cell or best(plan, found), sweep, is_best=cell is None)
    _exports(plan, found, drawn)


def _chart(figure: Figure, key: str) -> Any:
    return st.plotly_chart(figure, key=key, on_select="rerun", selection_mode="points",
                           config=chart())


def _chosen_along(state: Any) -> int | None:
    """Return which value was clicked."""
    points = state.selection.points if state else []
    return int(points[0]["customdata"]) if points and "customdata" in points[0] else None


def _chosen_cell(state: Any) -> tuple[int, int] | None:
    """Return the row and the column that was clicked."""
    points = [each for each in (state.selection.points if state else [])
              if "customdata" in each]
    return (int(points[0]["customdata"][0]), int(points[0]["customdata"][1])) if points else None


def _cell_at(found: Sequence[Cell], point: tuple[Value, ...]) -> Cell | None:
    return next((cell for cell in found if cell.point == point), None)


def _over_many(plan: Plan, found: Sequence[Cell], drawn: dict[str, Figure],
               key: str) -> Cell | None:
    """Draw more than two knobs; return the cell whose row is chosen."""
    measured = [cell for cell in found if cell.values]
    share = st.slider(_("The best so many percent"), 5, 100, 100, 5, key=f"sweep-top-{key}",
                      width=320) if plan.better else 100
    order = sorted(measured, key=lambda cell: cell.mean, reverse=plan.better == "high")
    kept = order[:max(1, round(len(order) * share / 100))]
    drawn["sweep"], drawn["pairs"] = figures.many(
        plan, measured, [cell in kept for cell in measured])
    st.plotly_chart(drawn["sweep"], key=f"sweep-parallel-{key}", config=chart())
    done = sum(len(cell.outcomes) for cell in found) >= plan.n_runs
    shares = importance(plan, measured) if done else {}
    if not done:
        st.caption(_("Which knob matters is told when all cells are measured."))
    if shares:
        knobs = figures.kind_of(plan).knobs()
        drawn["importance"] = figures.charts.importances(
            {_(knobs[name].label): each for name, each in shares.items()})
        st.markdown(_("#### Which knob matters?"))
        st.plotly_chart(drawn["importance"], key=f"sweep-importance-{key}", config=chart())
        st.caption(_("fANOVA: how much of the variance between cells each knob explains by "
                     "itself; the bars show the spread over resamplings of the cells."))
    st.plotly_chart(drawn["pairs"], key=f"sweep-pairs-{key}", config=chart())
    rows = figures.table(plan, kept)
    state: Any = st.dataframe(rows, key=f"sweep-rows-{key}", on_select="rerun",
                              selection_mode="single-row", hide_index=True)
    chosen = state.selection.rows if state else []
    return kept[chosen[0]] if chosen and chosen[0] < len(kept) else None


def _cell(plan: Plan, cell: Cell | None, sweep: Sweep | None, *, is_best: bool) -> None:
    """Show one cell: its numbers, and the ways to it."""
    if cell is None:
        st.caption(_("Click a cell to see its run."))
        return
    head = _("The best cell") if is_best else _("The cell that you have clicked")
    st.markdown(f"#### {head}")
    if is_best:
        st.caption(_("Click another one to see its run."))
    table(figures.table(plan, [cell]))
    first = cell.outcomes[0]
    with st.container(horizontal=True, key="sweep-cell"):
        if first.run and first.over and st.button(
                _("Open this run"), icon=":material/open_in_new:", key="sweep-open",
                type="primary"):
            st.switch_page(f"pages/{plan.concept}.py", query_params={"run": first.run})
        if not first.run and st.button(_("Train it on its page"), icon=":material/open_in_new:",
                                       key="sweep-train", type="primary"):
            settings = plan.settings_of(cell.point, 0)
            st.switch_page(f"pages/{plan.concept}.py", query_params={
                name: str(value) for name, value in links.named(plan.concept, {
                    name: getattr(settings, name) for name in settings.knobs()}).items()})
        if sweep:
            st.button(_("Leave this cell out"), icon=":material/block:", key="sweep-drop",
                      on_click=_do, args=(sweeper().drop_cell, tab().owner, sweep.id, cell.point))
    if not first.over:
        st.caption(_("It is {state}.").format(state=_(RUN_WORDS[first.status])))


def _multiples(plan: Plan, found: Sequence[Cell]) -> None:
    """Draw the page's own figures along the knob, all under one timeline."""
    runs: list[Run] = []
    names: list[str] = []
    for cell in found:
        first = next((each for each in cell.outcomes if each.status == "finished" and each.run),
                     None)
        if first is None:
            continue
        try:
            run = kept_run(first.run)
        except Refusal:
            continue
        runs.append(run)
        names.append(figures.point_words(plan, cell.point))
    if len(runs) < 2:
        return
    places = sorted({round(i * (len(runs) - 1) / (MULTIPLES - 1)) for i in range(MULTIPLES)})
    runs, names = [runs[i] for i in places], [names[i] for i in places]
    st.markdown(_("#### The figures along the knob"))
    lab = lab_of(plan.concept)
    panel = next(item.name for item in lab.panels(runs[0].settings) if item.kind == "frame")
    compare.figures(lab, runs, names, "share", panel, "sweep")


def _exports(plan: Plan, found: Sequence[Cell], drawn: dict[str, Figure]) -> None:
    with st.container(horizontal=True, key="sweep-exports"):
        st.download_button(_("Download all numbers (CSV)"), lambda: as_csv(plan, found),
                           file_name=f"sweep_{plan.concept}.csv", mime="text/csv",
                           icon=":material/download:", key="sweep-csv", on_click="ignore")
        st.download_button(_("Download the pictures (HTML)"), lambda: as_html(plan, found, drawn),
                           file_name=f"sweep_{plan.concept}.html", mime="text/html",
                           icon=":material/download:", key="sweep-html", on_click="ignore")


def as_csv(plan: Plan, found: Sequence[Cell]) -> str:
    """Return one row for each run: its knobs, seed, status, seconds and metrics."""
    metrics = list(dict.fromkeys(name for cell in found for each in cell.outcomes
                                 for name in each.metrics or {}))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*plan.names, "seed_number", "status", "seconds", *metrics])
    for cell in found:
        for each in cell.outcomes:
            writer.writerow([*cell.point, each.seed, each.status, round(each.seconds, 3),
                             *((each.metrics or {}).get(name, "") for name in metrics)])
    return text.getvalue()


def as_html(plan: Plan, found: Sequence[Cell], drawn: dict[str, Figure]) -> str:
    """Return the pictures as one page that needs no network."""
    parts = [plotly.io.to_html(figure, full_html=False, include_plotlyjs=number == 0)
             for number, figure in enumerate(drawn.values())]
    says = html.escape(figures.says(plan, found).replace("**", ""))
    return (f"<!doctype html><meta charset='utf-8'><title>{html.escape(plan.concept)}</title>"
            f"<body style='font-family: sans-serif; max-width: 1100px; margin: auto'>"
            f"<p>{says}</p>{''.join(parts)}</body>")
