"""A grid of cells that a visitor paints on with mouse, finger or keyboard.

The browser's half is `frontend/paint.js`.
"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from playground.ui.bench.browser_events import Stroke, heard

Cell = tuple[int, int]

_CSS = """
.grid { display: grid; grid-template-columns: repeat(var(--columns), 1fr); gap: 1px;
        width: 100%; max-width: var(--size); touch-action: none;
        background: var(--st-border-color); border: 1px solid var(--st-border-color); }
button { aspect-ratio: 1; border: 0; padding: 0; margin: 0; min-width: 0; cursor: crosshair; }
button:disabled { opacity: 0.35; cursor: default; }
button:focus-visible { outline: 2px solid var(--st-primary-color); z-index: 1; }
button.marked { box-shadow: inset 0 0 0 2px var(--st-text-color); }
"""

_mount = st.components.v2.component(
    "paint", css=_CSS, js=(Path(__file__).parents[1] / "frontend" / "paint.js").read_text("utf-8"))


def stroke(key: str, height: int, width: int) -> list[Cell]:
    """Return the cells (row, column) that were just painted; call it before `paint`.

    Args:
        key: of the component.
        height, width: of the grid; there is nothing beyond.
    """
    sent = heard(Stroke, (st.session_state.get(key) or {}).get("stroke"))
    if sent is None or sent.id == st.session_state.get(f"{key}-handled"):
        return []
    st.session_state[f"{key}-handled"] = sent.id
    return [(row, column) for row, column in sent.cells if row < height and column < width]


def paint(key: str, colors: Sequence[Sequence[str]], *, label: str, free: int | None = None,
          marked: int | None = None, brush: str | None = None, size: int = 280) -> None:
    """Draw the grid.

    Args:
        key: of the component; `stroke` reads what was painted by it.
        colors: of each cell, as CSS, row by row.
        label: what the grid is, for those who do not see it.
        free: how many rows from the top may be painted; all of them where not given.
        marked: the number of a cell that has a frame.
        brush: the colour that the pen leaves until Python has answered.
        size: the largest width, in pixels.
    """
    _mount(key=key, on_stroke_change=_ignore, data={
        "colors": [list(row) for row in colors], "label": label, "marked": marked, "brush": brush,
        "free": len(colors) if free is None else free, "size": size})


def _ignore() -> None:
    """Stand in for a callback; Streamlit only reports triggers that have one."""
