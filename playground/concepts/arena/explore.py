"""The Explore tab of the arena: the table, a place to ask about, the spread over seeds."""

import streamlit as st

from playground.concepts.arena import families
from playground.concepts.arena.board import BOARD
from playground.concepts.arena.gestures import FARTHEST, PLACE, answers
from playground.language import _
from playground.runs.run import Run
from playground.ui.tools import contest


def explore(run: Run) -> None:
    """Show the table, the probe, and the spread over seeds."""
    contest.table(BOARD, run)
    left, right = st.columns(2, gap="large")
    with left:
        probe(run)
    with right:
        contest.seeds(BOARD, run)


def probe(run: Run) -> None:
    """Let the visitor choose a place, by a click or by its numbers, and ask every family."""
    st.markdown(_("#### How likely is this place?"))
    before = st.session_state.get(PLACE, (0.0, 0.0))
    columns = st.columns(2)
    place = tuple(column.number_input(label, -FARTHEST, FARTHEST, before[i], 0.1,
                                      key=f"arena-place-{i}-{before[i]}")
                  for i, (column, label) in enumerate(zip(columns, ("x₁", "x₂"), strict=True)))
    said = answers(run, (place[0], place[1]))
    lines = [(_("family"), _("log p(x), nats"), _("why")), ("-", "-", "-"),
             *((_(family.title), said.get(name, "–"), _(family.why).replace("|", "\\|"))
               for name, family in families.found().items())]
    st.markdown("\n".join(f"| {' | '.join(line)} |" for line in lines))
    st.caption(_("A density may be above 1, and its logarithm above 0. Only differences count: 1 "
                 "nat more is a place 2.7 times as dense."))
