"""Pins: runs that stay while others are trained, the newest one as a ghost beside the next."""

import math
from contextlib import suppress
from typing import Any

import streamlit as st

from playground.engine.base import UnknownRun
from playground.language import _, listed
from playground.runs.run import Run
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.session import desk, is_remembered
from playground.ui.bench.source import in_words
from playground.ui.bench.state import state_of

MOST = 5
FAINT = 0.45
MOST_MARKS = 8


def pinned(concept: str) -> list[str]:
    """Return the ids of this session's pinned runs, the newest last."""
    return state_of(concept).pins


def pin(run: Run) -> None:
    """Let a run stay. For callbacks. When there are too many, the oldest pin is taken out."""
    here = state_of(run.experiment)
    if run.id not in here.pins:
        here.pins.append(run.id)
    for old in here.pins[:-MOST]:
        unpin(run.experiment, old)


def unpin(concept: str, run_id: str) -> None:
    """Let a run go, and forget it if nobody else needs it. For callbacks."""
    here = state_of(concept)
    if run_id in here.pins:
        here.pins.remove(run_id)
    if run_id == here.run:
        return
    with suppress(UnknownRun):
        run = desk().poll(run_id).run
        if not run.stored and not is_remembered(run):
            desk().leave(run_id)


def hold(run: Run) -> bool:
    """Tell whether a run that another one replaces is pinned; it ends then, and stays."""
    if run.id not in pinned(run.experiment):
        return False
    if not run.stored and not run.status.over:
        desk().stop(run.id)
    return True


def ghost(lab: Lab, run: Run) -> Run | None:
    """Return the newest pinned run but the one on the screen; None if there is none."""
    for run_id in reversed(pinned(lab.concept)):
        if run_id == run.id:
            continue
        with suppress(UnknownRun):
            other = desk().poll(run_id).run
            if other.history.last:
                return other
    return None


def difference(run: Run, other: Run) -> str:
    """Return by which knobs another run differs from this one, in words."""
    mine, now = run.settings_at(math.inf), other.settings_at(math.inf)
    words = [in_words(now, name) for name in type(now).knobs()
             if now.shown(name) and getattr(now, name) != getattr(mine, name)]
    if getattr(now, "points", ()) != getattr(mine, "points", ()):
        words.append(_("other points"))
    return listed(words)


def under(curves: dict[str, Figure], of_ghost: dict[str, Figure]) -> dict[str, Figure]:
    """Return curves with those of a ghost under them, faint and without a place in the legend."""
    found = {}
    for name, figure in curves.items():
        faint = [{**trace, "opacity": FAINT, "showlegend": False, "hoverinfo": "skip",
                  "mode": "lines", "line": {**trace.get("line", {}), "dash": "dot"}}
                 for trace in of_ghost.get(name, {}).get("data", ())
                 if trace.get("type") == "scatter" and "fill" not in trace]
        found[name] = {**figure, "data": [*faint, *figure["data"]]}
    return found


def marked(curves: dict[str, Figure], run: Run) -> dict[str, Figure]:
    """Return curves with a line where a knob was turned while the run trained."""
    turns = [(step, change) for step, change in run.changes if step and change][-MOST_MARKS:]
    if not turns:
        return curves
    found = {}
    for name, figure in curves.items():
        layout: dict[str, Any] = figure["layout"]
        lines = [{"type": "line", "xref": "x", "yref": "paper", "x0": step, "x1": step, "y0": 0,
                  "y1": 1, "line": {"width": 1, "dash": "dot", "color": "#888"}}
                 for step, _change in turns]
        words = [{"x": step, "y": 1, "xref": "x", "yref": "paper", "showarrow": False,
                  "text": _turned(run, step, change), "textangle": -90, "xanchor": "right",
                  "yanchor": "top", "font": {"size": 10}} for step, change in turns]
        found[name] = {**figure, "layout": {
            **layout, "shapes": [*layout.get("shapes", ()), *lines],
            "annotations": [*layout.get("annotations", ()), *words]}}
    return found


def _turned(run: Run, step: int, change: dict[str, Any]) -> str:
    now = run.settings_at(step)
    return listed(in_words(now, name) for name in change)


def row(lab: Lab, run: Run) -> None:
    """Say which runs are pinned and how each differs from this one, with a way to let it go."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pins"):
        for place, run_id in enumerate(list(pinned(lab.concept))):
            try:
                other = desk().poll(run_id).run
            except UnknownRun:
                pinned(lab.concept).remove(run_id)
                continue
            text = _("this run") if run_id == run.id else (
                difference(run, other) or _("the same settings"))
            st.button(_("Pinned: {difference}").format(difference=text), key=f"unpin-{place}",
                      icon=":material/close:", type="tertiary", on_click=unpin,
                      args=(lab.concept, run_id), help=_("Let this run go."))
