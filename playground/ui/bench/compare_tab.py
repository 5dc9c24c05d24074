"""The Compare tab: this run beside others of its page, live, left, kept or stored."""

from contextlib import suppress

import streamlit as st

from playground.engine.base import UnknownRun
from playground.language import _
from playground.refusal import Refusal
from playground.runs.run import Run
from playground.runs.store import Wanted
from playground.ui.bench import keeping, pins
from playground.ui.bench.family import family_tree
from playground.ui.bench.fragments import soon
from playground.ui.bench.lab import Lab
from playground.ui.bench.session import desk, finished_runs, kept_run, tab
from playground.ui.tools import kept_table
from playground.ui.tools.compare import MOST, compare_runs, label

MOST_KEPT = 40


def compare_tab(lab: Lab, run: Run) -> None:
    """Let the visitor choose runs to stand beside this one."""
    with suppress(UnknownRun):
        run = desk().poll(run.id).run  # all of it, whatever moment is shown above
    family_tree(lab, run)
    others = _others(lab, run)
    if not others or not run.history.kept:
        st.caption(_("Train twice with different settings, or pin a run: then they can stand side "
                     "by side here."))
        return
    pinned = [run_id for run_id in pins.pinned(lab.concept) if run_id in others]
    chosen = st.multiselect(
        _("Beside the run above"), list(others), default=pinned[:MOST - 1],
        key=f"compare-with-{lab.concept}-{'-'.join(pinned)}", max_selections=MOST - 1,
        format_func=others.__getitem__, placeholder=_("choose one run or more"))
    found = [run]
    for run_id in chosen:
        try:
            found.append(kept_run(run_id.removeprefix(keeping.PREFIX))
                         if run_id.startswith(keeping.PREFIX) else desk().poll(run_id).run)
        except (Refusal, UnknownRun):
            st.caption(_("One of the runs is gone."))
    if len(found) > 1:
        compare_runs(lab, found, f"tab-{lab.concept}")
        if not all(each.status.still for each in found):
            soon()


def _others(lab: Lab, run: Run) -> dict[str, str]:
    """Return the runs that there are beside this one, by id, and what sets each apart."""
    found = {}
    for run_id in pins.pinned(lab.concept):
        with suppress(UnknownRun):
            other = desk().poll(run_id).run
            found[run_id] = _("pinned: {difference}").format(difference=label(other, run))
    for other in finished_runs(lab.concept):
        found.setdefault(other.id, label(other, run))
    with suppress(Refusal):
        here = {keeping.PREFIX + run_id for run_id in found} | {
            keeping.PREFIX + keeping.kept_id(run)}
        for kept in keeping.store().find(tab().owner, Wanted(lab.concept, sweep=None), MOST_KEPT):
            if (run_id := keeping.PREFIX + kept.id) not in here:
                text = kept.name or kept_table.difference(
                    kept, kept_table.unusual(kept)) or kept_table.title(kept)
                found[run_id] = _("notebook: {name}").format(name=text)
    found.pop(run.id, None)
    return found
