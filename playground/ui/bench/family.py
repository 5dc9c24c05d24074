"""The family of a run: what it branched off from, and what branched off from it."""

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from playground.charts.branches import Branch, tree
from playground.language import _, listed
from playground.refusal import Refusal
from playground.runs.run import Run
from playground.runs.store import Wanted
from playground.settings import Settings
from playground.ui.bench import keeping
from playground.ui.bench.controls import choose_next
from playground.ui.bench.lab import Lab
from playground.ui.bench.session import desk, kept_run, tab
from playground.ui.bench.source import in_words
from playground.ui.bench.state import state_of
from playground.ui.bench.style import chart
from playground.ui.bench.trouble import said

MOST = 300


@dataclass(frozen=True)
class Member:
    """A run, live or kept, as far as the tree needs it."""

    id: str
    parent: str
    begins: int
    ends: int
    settings: Settings


def family_tree(lab: Lab, run: Run) -> None:
    """Draw the tree of the run on the screen, where it has branches; a click opens one."""
    branches = branches_of(members(lab), keeping.kept_id(run))
    if len(branches) < 2:
        return
    st.markdown(_("#### The branches"))
    st.caption(_("Each line is a run, from where it branched off to where it ended. Click the end "
                 "of one to open it."))
    state: Any = st.plotly_chart(tree(branches, keeping.kept_id(run)), on_select="rerun",
                                 selection_mode="points", config=chart(),
                                 key=f"branches-{lab.concept}-{run.id}")
    points = [each for each in (state.selection.points if state else []) if "customdata" in each]
    if points and str(points[0]["customdata"]) != keeping.kept_id(run):
        _open(lab, str(points[0]["customdata"]))


def members(lab: Lab) -> dict[str, Member]:
    """Return all of this visitor's runs of a page, by id."""
    found = {}
    with suppress(Refusal):
        for kept in keeping.store().find(tab().owner, Wanted(lab.concept), MOST):
            with suppress(ValueError):
                found[kept.id] = Member(kept.id, kept.parent, kept.parent_step, kept.step,
                                        lab.settings(**kept.settings))
    for run in desk().runs(lab.concept):
        if not run.stored:
            parent, step = run.parent or ("", 0)
            found[run.id] = Member(run.id, parent.removeprefix(keeping.PREFIX), step, run.step,
                                   run.settings_at(math.inf))
    return found


def branches_of(known: dict[str, Member], run_id: str) -> list[Branch]:
    """Return the whole tree that a run stands in, parents before their children."""
    top = run_id
    while top in known and known[top].parent in known:
        top = known[top].parent
    if top not in known:
        return []
    order: list[Branch] = []

    def add(member: Member, parent: int | None) -> None:
        order.append(Branch(member.id, _label(member, known.get(member.parent)), parent,
                            member.begins if parent is not None else 0, member.ends))
        place = len(order) - 1
        children = [each for each in known.values() if each.parent == member.id]
        for child in sorted(children, key=lambda each: each.begins):
            add(child, place)

    add(known[top], None)
    return order


def _label(member: Member, parent: Member | None) -> str:
    if parent is None:
        return _("the first run")
    now, before = member.settings, parent.settings
    return listed(in_words(now, name) for name in type(now).knobs()
                  if getattr(now, name) != getattr(before, name)) or _("nothing changed")


def _open(lab: Lab, run_id: str) -> None:
    """Show a run of the tree on its page."""
    here = state_of(lab.concept)
    try:
        known = {run.id for run in desk().runs(lab.concept)}
        found = desk().poll(run_id).run if run_id in known and tab().holds(run_id) \
            else kept_run(run_id)
    except Refusal as refusal:
        st.toast(_("The run that was asked for cannot be shown: {reason}.").format(
            reason=said(refusal)), icon=":material/link_off:")
        return
    here.run = found.id
    now = found.settings_at(math.inf)
    for name in lab.settings.knobs():
        choose_next(name, getattr(now, name))
    st.rerun(scope="app")
