"""Explore: hold a part of a picture, or paint one, and let chains draw the rest."""

import numpy as np
import streamlit as st

from playground.concepts.rbm import figures
from playground.concepts.rbm.settings import RBMSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.tools.paint import Cell, paint, stroke
from playground.ui.tools.pictures import pictures

HALVES = {"top": N_("the upper half"), "bottom": N_("the lower half"),
          "left": N_("the left half"), "right": N_("the right half"),
          "none": N_("what you paint alone")}
PENS = {1: N_("white"), 0: N_("black")}
CANVAS, PAINTED = "rbm-paint", "rbm-painted"
COLUMNS = 6
BLACK, WHITE, OPEN = "#000", "#fff", "#808080"


def complete(run: Run[RBMSettings]) -> None:
    """Let the visitor choose and paint what is held, and draw the rest."""
    st.markdown(_("#### Complete a half, or what you paint"))
    last = run.history.last
    if last is None:
        return
    st.caption(_("White and black pixels are held, and chains draw the grey ones. Paint with the "
                 "pen: what you paint is held too."))
    shown = last.arrays["data"]  # (N, H, W) bytes
    left, right = st.columns([1, 2], gap="large")
    with left:
        half = st.radio(_("What is held"), list(HALVES), format_func=lambda name: _(HALVES[name]),
                        key="rbm-half")
        index = st.slider(_("Picture"), 1, len(shown), min(7, len(shown)), key="rbm-picture") - 1
        painted = _canvas(shown[index] > 127, half, f"{run.settings.dataset}:{index}")
    with right:
        reply = ask_at_rest(_("Complete it"), run, "complete", index=index, half=half,
                            painted=painted, seed=0)
        if not reply:
            return
        st.caption(_("The picture; what is held of it, the rest grey; the mean of all chains"))
        known = np.where(reply["given"] > 0, reply["picture"], 0.5)
        pictures(figures.larger(np.stack([reply["picture"], known, reply["mean"]])), COLUMNS,
                 _("The picture, what is held of it, and the mean of what was drawn"))
        st.caption(_("Where twelve chains are after {n} steps").format(n=reply["steps"]))
        pictures(figures.larger(reply["drawn"]), COLUMNS, _("Completions of the picture"))
    if "valid" in reply:
        st.markdown(_("**{valid:.0%} of the completions are bars or stripes.** The model was "
                      "never trained to complete: holding units is all that it takes.").format(
                          valid=reply["valid"]))


def _canvas(white: np.ndarray, half: str, about: str) -> list[list[float]]:
    """Draw the picture to paint on; return what was painted, as row, column and colour.

    Args:
        white: where the picture is, (H, W).
        half: what is held of it, one of `HALVES`.
        about: which picture it is: on another one the paint is gone.
    """
    if st.session_state.get(f"{PAINTED}-on") != about:
        st.session_state[f"{PAINTED}-on"], st.session_state[PAINTED] = about, {}
    painted: dict[Cell, int] = st.session_state[PAINTED]
    pen = st.pills(_("Pen"), list(PENS), default=1, key="rbm-pen",
                   format_func=lambda value: _(PENS[value]))
    pen = 1 if pen is None else pen
    painted |= dict.fromkeys(stroke(CANVAS, *white.shape), pen)
    cells = np.where(white, WHITE, BLACK).astype(object)
    cells[~held(half, *white.shape)] = OPEN
    for place, value in painted.items():
        cells[place] = WHITE if value else BLACK
    paint(CANVAS, cells.tolist(), label=_("The picture, to paint on"),
          brush=WHITE if pen else BLACK)
    st.button(_("Take the paint away"), key="rbm-paint-away", icon=":material/undo:",
              on_click=painted.clear)
    return [[row, column, value] for (row, column), value in sorted(painted.items())]


def held(half: str, height: int, width: int) -> np.ndarray:
    """Return which pixels are held where nothing was painted, (H, W)."""
    row, column = np.indices((height, width))
    return {"top": row < height // 2, "bottom": row >= height // 2, "left": column < width // 2,
            "right": column >= width // 2, "none": row < 0}[half]
