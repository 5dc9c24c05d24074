"""Home: what this is, where things are, and one click to a first live training."""

import streamlit as st

from playground.language import _, prose
from playground.ui import guard
from playground.ui.session import engine, set_language, visitor


def show() -> None:
    """Draw the page."""
    set_language()
    visitor()
    st.session_state["page"] = "home"
    st.markdown(_("# Generative Playground"))
    st.markdown(prose("home", "welcome"))
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Train a model now"), type="primary", icon=":material/play_arrow:",
                     key="first-training"):
            st.session_state["wish"] = "train"
            st.switch_page("pages/vae.py")
    unsupervised, generative = st.columns(2, gap="large")
    with unsupervised, st.container(border=True):
        st.markdown(prose("home", "unsupervised"))
        st.page_link("pages/clustering.py", label=_("Clustering"), icon=":material/scatter_plot:")
    with generative, st.container(border=True):
        st.markdown(prose("home", "generative"))
        st.page_link("pages/vae.py", label=_("Variational autoencoder"), icon=":material/blur_on:")
    st.markdown(prose("home", "how_to"))
    _device()


@st.fragment(run_every=1.0)
def _device_while_starting() -> None:
    if engine().place:
        st.rerun()
    st.caption(_("The training process is starting ..."))


def _device() -> None:
    place = engine().place
    if place is None:
        _device_while_starting()
        return
    st.caption(_("Models train on: {device}.").format(device=place.name))
    if place.remark:
        st.warning(place.remark)


if guard.pass_gate():
    show()
