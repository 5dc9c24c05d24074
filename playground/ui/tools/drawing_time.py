"""What drawing one new datum costs, as the experiment itself clocks it; the same on every page."""

from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from playground.engine.base import UnknownRun
from playground.engine.questions import NoAnswerYet, QuestionFailed
from playground.runs.run import Run
from playground.ui.bench.session import desk


@dataclass(frozen=True)
class DrawingTime:
    """Seconds for one new datum, drawn alone.

    Attributes:
        cold: the first time.
        warm: the fastest of up to three more.
        size: of the datum, e.g. "8 × 8" or "3 × 16 × 16".
    """

    cold: float
    warm: float
    size: str


def milliseconds(seconds: float) -> str:
    """Write a short time in milliseconds, with three digits."""
    return f"{1000 * seconds:.3g}"


def drawing_time(run: Run) -> DrawingTime | None:
    """Return what drawing one datum costs, or None where there is no answer.

    It is clocked once for each run, whose weights it does not depend on, so that all pages show
    the same figure.
    """
    clock: dict[str, DrawingTime | None] = st.session_state.setdefault("drawing-clock", {})
    if run.id not in clock:
        with suppress(NoAnswerYet):
            clock[run.id] = _ask(run)
    return clock.get(run.id)


def is_clocked(run: Run) -> bool:
    """Tell whether `drawing_time` knows the answer without asking."""
    return run.id in st.session_state.get("drawing-clock", {})


def _ask(run: Run) -> DrawingTime | None:
    try:
        reply = desk().ask(run.id, "drawing_time", n=1)
    except (QuestionFailed, UnknownRun):
        return None
    shape = reply["shape"]
    sides = shape[1:] if len(shape) == 3 and shape[0] == 1 else shape
    return DrawingTime(reply["cold"], reply["warm"], " × ".join(map(str, sides)))
