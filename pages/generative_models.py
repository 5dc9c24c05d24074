"""The map: what a generative model is, which kinds there are, and what each one measures here."""

import streamlit as st

from playground.concepts.generative_models.approach import approach
from playground.concepts.generative_models.family_tree import waiting
from playground.concepts.generative_models.measured import CLOCKING, measured_tree
from playground.concepts.generative_models.reasons import reasons
from playground.concepts.generative_models.same_data import same_data
from playground.language import _, prose
from playground.ui.bench import guard
from playground.ui.bench.fragments import top
from playground.ui.bench.locale import set_language
from playground.ui.bench.session import tab
from playground.ui.bench.state import PAGE

MEASURE_SECONDS = 0.5


def show() -> None:
    """Draw the page."""
    set_language()
    tab()
    st.session_state[PAGE] = "generative_models"
    st.header(_("What is a generative model?"), anchor=False)
    st.space("small")
    reasons()
    st.markdown(prose("generative_models", "what"))
    top(approach, "map animation")()
    st.markdown(prose("generative_models", "kinds"))
    st.session_state[CLOCKING] = bool(waiting())
    top(measured_tree, "map measured", MEASURE_SECONDS if waiting() else None)()
    same_data()
    st.markdown(prose("generative_models", "next"))


if guard.pass_gate():
    show()
