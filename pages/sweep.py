"""Sweeps: the same model trained with many settings."""

import streamlit as st

from playground.ui.bench import guard
from playground.ui.bench.locale import set_language
from playground.ui.bench.session import be_known, tab
from playground.ui.bench.state import PAGE
from playground.ui.tools.sweep import sweeps


def show() -> None:
    """Draw the page."""
    set_language()
    tab()
    st.session_state[PAGE] = "sweep"
    sweeps()
    be_known()


if guard.pass_gate():
    show()
