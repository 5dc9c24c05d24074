"""Drafts of sweeps: what the button beside a knob takes along to the page of sweeps."""

from dataclasses import dataclass, field

import streamlit as st

from playground.language import _
from playground.settings import Settings, Value
from playground.ui.bench.state import state_of

KEY = "sweep-draft"
GO = "sweep-go"


@dataclass
class Draft:
    """A sweep that somebody sets up.

    Attributes:
        concept: whose model.
        values: the knobs that do not stand where they stand on arrival.
        names: the knobs to be turned.
    """

    concept: str
    values: dict[str, Value] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)


def sweep_button(concept: str, kind: type[Settings], name: str) -> None:
    """Draw the button beside a knob that sweeps it."""
    st.button(_("Sweep this knob"), key=f"sweep-{name}", icon=":material/stacked_line_chart:",
              type="tertiary", on_click=_take, args=(concept, kind, name),
              help=_("Train with many values of it, and see all of them in one picture."))


def _take(concept: str, kind: type[Settings], name: str) -> None:
    changed = {each: value for each, value in state_of(concept).values.items()
               if value != kind.default(each)}
    st.session_state[KEY] = Draft(concept, changed, [name])
    st.session_state[GO] = True


def go() -> None:
    """Go to the page of sweeps, if somebody has just asked for it."""
    if st.session_state.pop(GO, False):
        st.switch_page("pages/sweep.py")


def draft() -> Draft | None:
    """Return what was taken along, if anything."""
    found: Draft | None = st.session_state.get(KEY)
    return found
