"""What each family says and costs on the same data: tables of figures from the arenas' runs."""

import streamlit as st

from playground.concepts.arena.board import BOARD as POINTS
from playground.concepts.image_arena.board import BOARD as PICTURES
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.device import device_text
from playground.ui.bench.session import gallery_run
from playground.ui.tools.contest import Board, leaders, measured, rows
from playground.ui.tools.table import table

ALL_TAKE_PART = "black_or_white"  # the arena's run of pictures that every family can learn from
TITLES = {"arena": N_("1,000 points of the plane"), "image_arena": N_("Digits in black and white")}
SHOWN = {"arena": ("nats", "sampling", "transport"), "image_arena": ("nats", "sampling", "fid")}


def same_data() -> None:
    """Draw a table of each arena's stored run, side by side."""
    st.markdown(_("#### The same data for all"))
    runs = (gallery_run("arena"), gallery_run("image_arena", ALL_TAKE_PART))
    for place, board, run in zip(st.columns(2, gap="large"), (POINTS, PICTURES), runs,
                                 strict=True):
        if run is not None and run.history.last is not None:
            with place:
                _one_table(board, run)
    st.caption(_("What a family can say of log p(x), what drawing costs, and how far its samples "
                 "are from held-out data, where the last row is what training data get. Both "
                 "are stored runs of the arenas, so the numbers of a table may be compared: all "
                 "learned from the same data, in as many steps, and draw on the same machine. "
                 "How much a family costs depends on how large it was made."))


def of(board: Board, run: Run) -> list[dict[str, str]]:
    """Return some columns of a contest's table."""
    kept = (_("family"), board.log_p,
            *(_(board.measures[name].title) for name in SHOWN[board.concept]))
    return [{head: row.get(head, "–") for head in kept} for row in rows(board, measured(run))]


def _one_table(board: Board, run: Run) -> None:
    """Draw the table of a contest, and lead to its page."""
    metrics = measured(run)
    st.markdown(f"**{_(TITLES[board.concept])}**")
    table(of(board, run), {_(board.measures[name].title): leaders(board, metrics, name)
                           for name in SHOWN[board.concept]})
    st.page_link(f"pages/{board.concept}.py", icon=":material/stadium:",
                 label=_("All measures, on {device}").format(device=device_text(run.device)))
