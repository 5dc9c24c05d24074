"""Drafts of sweeps: what the button beside a knob takes along to the page of sweeps."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from playground.language import _
from playground.settings import Value
from playground.ui.bench.lab import Lab
from playground.ui.bench.state import state_of

KEY = "sweep-draft"
GO = "sweep-go"
OPEN = "sweep-open-plan"


@dataclass
class Draft:
    """A sweep that somebody sets up.

    Attributes:
        concept: whose model.
        values: the knobs that do not stand where they stand on arrival.
        names: the knobs to be turned.
        own: settings without a knob, e.g. points that were drawn.
    """

    concept: str
    values: dict[str, Value] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    own: dict[str, Any] = field(default_factory=dict)


def sweep_button(lab: Lab, name: str) -> None:
    """Draw the button beside a knob that sweeps it."""
    st.button(_("Sweep this knob"), key=f"sweep-{name}", icon=":material/stacked_line_chart:",
              type="tertiary", on_click=_take, args=(lab, name),
              help=_("Train with many values of it, and see all of them in one picture."))


def _take(lab: Lab, name: str) -> None:
    values = state_of(lab.concept).values
    changed = {each: value for each, value in values.items()
               if value != lab.settings.default(each)}
    st.session_state[KEY] = Draft(lab.concept, changed, [name], lab.drawn(values))
    st.session_state[OPEN] = st.session_state[GO] = True


def go() -> None:
    """Go to the page of sweeps, if somebody has just asked for it."""
    if st.session_state.pop(GO, False):
        st.switch_page("pages/sweep.py")


def draft() -> Draft | None:
    """Return what was taken along, if anything."""
    found: Draft | None = st.session_state.get(KEY)
    return found
