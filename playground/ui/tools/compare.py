"""Two runs of a concept side by side, under one scrubber."""

import bisect
from contextlib import suppress

import streamlit as st

from playground.engine.base import UnknownRun
from playground.language import _, listed
from playground.runs.run import Run
from playground.ui.bench.lab import Lab
from playground.ui.bench.live_plot import Panel, live_plot
from playground.ui.bench.session import desk, finished_runs
from playground.ui.bench.source import in_words, source

MOST_FRAMES = 40
HEIGHT = 420


def compare(lab: Lab, run: Run, panel: str) -> None:
    """Let the visitor choose a run to stand beside this one; one clock moves both.

    Args:
        lab: whose figures are drawn.
        run: the run on the page.
        panel: which of its figures of one moment to draw.
    """
    st.markdown(_("#### Beside another run"))
    with suppress(UnknownRun):
        run = desk().poll(run.id).run  # all of it, whatever moment is shown above
    others = {other.id: other for other in finished_runs(lab.concept) if other.id != run.id}
    if not others or not run.history.kept:
        st.caption(_("Train twice with different settings: the runs that you have finished here "
                     "can stand side by side."))
        return
    # The options are named after what differs from this run: another run, another widget.
    chosen = st.selectbox(_("Compare with"), [None, *others], key=f"compare-{run.id}",
                          format_func=lambda name: _difference(run, others.get(name)))
    other = others.get(chosen) if chosen else None
    if other is None:
        return
    pairs = _pairs(run, other)
    live_plot(
        key=f"plot-compare-{lab.concept}", run=f"{run.id} {other.id}", curves={},
        kept=list(range(len(pairs))), total=None, live=False, height=HEIGHT,
        source=source(run, _(lab.title)),
        panels=[Panel("left", _("the run above"), zoom=True, alt=_("Figures of this run")),
                Panel("right", _difference(run, other), zoom=True,
                      alt=_("Figures of the other run"))],
        frames=[{"seq": number, "step": mine, "plots": {
            "left": lab.frame(run, run.history.kept[left])[panel],
            "right": lab.frame(other, other.history.kept[right])[panel]}}
            for number, (mine, left, right) in enumerate(pairs)],
    )


def _difference(run: Run, other: Run | None) -> str:
    """What another run has other settings for, in words."""
    if other is None:
        return _("choose a run")
    knobs, there = run.settings.knobs(), other.settings
    changed = []
    for name, value in there:
        if name in knobs and there.shown(name) and value != getattr(run.settings, name):
            changed.append(in_words(there, name))
    text = listed(changed) or _("the same settings")
    return _("{difference} (stored)").format(difference=text) if other.stored else text


def _pairs(run: Run, other: Run) -> list[tuple[int, int, int]]:
    """Steps of a run, its snapshot there, and the other run's last one up to that step.

    When the first run has ended, the other one goes on alone.
    """
    mine, theirs = ([(shot.step, number) for number, shot in each.history.kept.items()]
                    for each in (run, other))
    steps = sorted({step for step, _number in mine + theirs})
    chosen = steps[:: max(1, -(-len(steps) // MOST_FRAMES))]
    chosen += steps[-1:] if chosen[-1:] != steps[-1:] else []
    return [(step, _until(mine, step), _until(theirs, step)) for step in chosen]


def _until(shots: list[tuple[int, int]], step: int) -> int:
    """The number of the last snapshot up to a step."""
    place = bisect.bisect_right([each for each, _number in shots], step)
    return shots[max(place - 1, 0)][1]
