"""Branches: go on from the moment that is shown, with other knobs."""

from contextlib import suppress

import streamlit as st

from playground.engine.base import EngineFull, UnknownRun
from playground.language import _
from playground.refusal import Refusal
from playground.runs.run import Run
from playground.settings import Value
from playground.ui.bench import pins
from playground.ui.bench.controls import choose_next, knob_widget
from playground.ui.bench.frames import plot_key, shown
from playground.ui.bench.lab import Lab
from playground.ui.bench.live_plot import read_shown
from playground.ui.bench.session import desk, is_remembered
from playground.ui.bench.state import Wish, state_of, wish
from playground.ui.bench.trouble import said

MENU = "branch"


def branch_menu(lab: Lab, run: Run) -> None:
    """Draw the menu from which a run goes on, at the moment shown, with other knobs."""
    names = [name for name in lab.settings.knobs()
             if (name in lab.settings.live_names() or name == "steps")
             and run.settings.shown(name) and name not in lab.widgets]
    with st.popover(_("Branch"), icon=":material/alt_route:", key=MENU,
                    on_change="rerun", help=_("Go on from the moment that is shown, with other "
                                              "knobs."),
                    disabled=not (names and run.history.kept)):
        if not names or not run.history.kept:
            return
        then = shown(lab, run)
        st.markdown(_("**Go on from step {step:,}**, the moment that is shown. Up to there the "
                      "new run is this one, number by number. Scrub back for an earlier moment.")
                    .format(step=then.step))
        now = then.settings_at(then.step)
        if run.last_step is not None and then.step >= run.last_step:
            st.caption(_("No steps are left here: the branch gets more of them.")
                       if _more(lab, then) else _("No steps are left here."))
        for name in names:
            key = f"branch-{name}"
            if key not in st.session_state or st.session_state.get("branch-of") != (
                    run.id, then.step):
                st.session_state[key] = _first(lab, run, then, name, getattr(now, name))
            knob_widget(lab.settings, name, key)
        st.session_state["branch-of"] = (run.id, then.step)
        st.button(_("Go on from here"), key="branch-go", type="primary",
                  icon=":material/alt_route:", on_click=_go, args=(lab, run, names))


def _more(lab: Lab, then: Run) -> int | None:
    """Return the next number of steps that there can be, if there is one."""
    stops = lab.settings.stops("steps") if "steps" in lab.settings.knobs() else []
    return next((int(stop) for stop in stops if stop > then.step), None)


def _first(lab: Lab, run: Run, then: Run, name: str, now: Value) -> Value:
    """Return where a knob stands at first: where no steps are left, there are more of them."""
    at_the_end = run.last_step is not None and then.step >= run.last_step
    return (_more(lab, then) or now) if name == "steps" and at_the_end else now


def _go(lab: Lab, run: Run, names: list[str]) -> None:
    """Start the branch, and let it train."""
    st.session_state[MENU] = False  # it closes
    number = read_shown(plot_key(lab), run.id)
    if number not in run.history.kept:
        number = max(run.history.kept)
    step = run.history.kept[number].step
    now = run.settings_at(step)
    changes = {name: st.session_state[f"branch-{name}"] for name in names
               if st.session_state[f"branch-{name}"] != getattr(now, name)}
    try:
        started = desk().branch(run.id, number, changes)
        with suppress(EngineFull):
            desk().resume(started)
    except (Refusal, UnknownRun) as refusal:
        reason = said(refusal) if isinstance(refusal, Refusal) else _("the run is gone")
        st.toast(_("This cannot be done: {reason}.").format(reason=reason),
                 icon=":material/alt_route:")
        return
    last = now.with_changes(**changes)
    for name in lab.settings.knobs():
        choose_next(name, getattr(last, name))
    here = state_of(lab.concept)
    here.run = started
    if not (run.stored or pins.hold(run) or is_remembered(run)):
        desk().leave(run.id)
    wish(Wish.LOOK)
