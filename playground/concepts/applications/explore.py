"""The Explore tab of the applications: the table, many answers to one picture, a drawing."""

from typing import Any

import numpy as np
import streamlit as st

from playground.concepts.applications import families
from playground.concepts.applications.board import BOARD
from playground.concepts.applications.figures import WIDEST
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_once
from playground.ui.bench.fragments import part
from playground.ui.tools import contest
from playground.ui.tools.draw_image import draw_image
from playground.ui.tools.pictures import pictures

N_ASKED = 6
N_HELD_OUT = 80


def explore(run: Run) -> None:
    """Show the table, one picture, a drawing, and the spread over seeds."""
    contest.table(BOARD, run)
    left, right = st.columns(2, gap="large")
    with left:
        browse(run)
    with right:
        part(own)(run)
    contest.seeds(BOARD, run)


def browse(run: Run) -> None:
    """Let the visitor choose a held-out picture, and see many answers to it."""
    st.markdown(_("#### One picture, many answers"))
    index = int(st.number_input(_("which held-out picture"), 0, N_HELD_OUT - 1, 0,
                                key="applications-index"))
    _show(ask_once(run, "answers", index=index, n=N_ASKED))


def own(run: Run) -> None:
    """Let the visitor draw, take a part of the drawing away, and see it restored."""
    st.markdown(_("#### Your own drawing, restored"))
    drawn = draw_image("applications")
    if drawn is None:
        st.caption(_("Draw something. Then it is made small, or grey, and every family restores "
                     "it without having seen your drawing."))
        return
    _show(ask_once(run, "own", picture=drawn.tolist(), n=N_ASKED))


def _show(reply: dict[str, Any] | None) -> None:
    """Draw an answer: what was given and the truth, then a row for each family."""
    if reply is None:
        return
    asked = {name: family for name, family in families.found().items() if name in reply}
    varied = {name: family for name, family in asked.items() if family.varied}
    single = {name: family for name, family in asked.items() if not family.varied}
    columns = st.columns(2 + len(single))
    shown = [(_("given"), reply["given"]), (_("truth"), reply["truth"]),
             *((_(family.title), reply[name][0]) for name, family in single.items())]
    for column, (title, image) in zip(columns, shown, strict=True):
        with column:
            st.caption(title)
            pictures(image[None], 1)
    for name, family in varied.items():
        mean, spread = np.asarray(reply[f"mean_{name}"]), np.asarray(reply[f"spread_{name}"])
        open_at = np.rint(255 * (spread / WIDEST).clip(0, 1)).astype(np.uint8)
        answers, middle, apart = st.columns((N_ASKED, 1.2, 1.2))
        with answers:
            st.caption(_(family.title))
            pictures(reply[name], N_ASKED)
        with middle:
            st.caption(_("mean"))
            pictures(mean[None], 1)
        with apart:
            st.caption(_("spread"))
            pictures(open_at[None], 1)
    st.caption(_("The mean of the answers should look like that of the average. The spread is the "
                 "brighter the more they differ: there the question is open."))
