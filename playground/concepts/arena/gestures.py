"""What a click into the arena's plots does: every family is asked about the place."""

from typing import Any

import streamlit as st

from playground.charts.arena import cross
from playground.concepts.arena import families
from playground.concepts.arena.board import is_ready
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event

PLACE = "arena-place"  # that was clicked last, in the session
FARTHEST = 100.0  # a figure can be zoomed out; farther away nobody learns anything


def ask_all(run: Run, event: Event) -> dict[str, Any] | None:
    """Return what each family says about a clicked place, to stand beside the click."""
    if event.kind != "click" or event.x is None or event.y is None:
        return None
    place = _place(event.x, event.y)
    return {"text": answers_text(run, place), "lines": cross(*place)}


def keep_place(event: Event) -> bool:
    """Take a clicked place to the Explore tab, too."""
    if event.x is None or event.y is None:
        return False
    st.session_state[PLACE] = _place(event.x, event.y)
    return True


def _place(x: float, y: float) -> tuple[float, float]:
    """Return the place of a click, as the Explore tab can be asked about it."""
    x, y = (round(min(max(value, -FARTHEST), FARTHEST), 2) for value in (x, y))
    return x, y


def answers_text(run: Run, place: tuple[float, float]) -> str:
    """Return what each family says about a place, one line each; "" where none can be asked."""
    if not is_ready(run):
        return _("There is nobody to ask: draw six points first.")
    head = _("log p({x:.2f}, {y:.2f}), nats").format(x=place[0], y=place[1])
    lines = [_("{family}: {value}").format(family=_(families.found()[name].title), value=said)
             for name, said in answers(run, place).items()]
    return "\n".join([head, *lines]) if lines else ""


def answers(run: Run, place: tuple[float, float]) -> dict[str, str]:
    """Return what each family says about a place, in words."""
    reply = ask(run, "log_prob", places=[list(place)])
    if reply is None:
        return {}
    said = {}
    for name, family in families.found().items():
        if name not in reply:  # it came after the run was stored
            continue
        value = reply[name][0]
        if not family.claim.is_log_p:
            said[name] = _("cannot say")
        elif value is None:
            said[name] = _("impossible: p = 0")
        else:
            said[name] = family.claim.write(value)
    return said
