"""Home: what this is, where things are, and one click to a first live training."""

import streamlit as st

from playground.charts.vae import codes, samples
from playground.language import _, prose
from playground.ui.bench import contents, guard
from playground.ui.bench.device import device_text
from playground.ui.bench.fragments import top
from playground.ui.bench.live_plot import Panel, live_plot
from playground.ui.bench.locale import set_language
from playground.ui.bench.session import engine, gallery_run, tab
from playground.ui.bench.source import source
from playground.ui.bench.state import PAGE, Wish, state_of
from playground.ui.bench.trouble import said

STARTING_SECONDS = 1.0


def show() -> None:
    """Draw the page."""
    set_language()
    tab()
    st.session_state[PAGE] = "home"
    st.markdown(_("# Generative Playground"))
    st.markdown(prose("home", "welcome"))
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Train a model now"), type="primary", icon=":material/play_arrow:",
                     key="first-training"):
            state_of("vae").wish = Wish.TRAIN
            st.switch_page("pages/vae.py")
    top(_preview, "home preview")()
    _sections()
    st.markdown(prose("home", "how_to"))
    st.page_link("pages/glossary.py", icon=":material/menu_book:",
                 label=_("What the words mean: the glossary"))
    _device()


def _sections() -> None:
    """List the pages of each section."""
    places = st.columns(2, gap="large")
    listed = [pages for name, pages in contents.sections().items() if name]
    for place, text, pages in zip(places, ("unsupervised", "generative"), listed, strict=True):
        with place, st.container(border=True, gap="xsmall"):
            st.markdown(prose("home", text))
            for page in pages:
                st.page_link(page)


def _preview() -> None:
    """Show the stored VAE; its timeline can be played without a server."""
    run = gallery_run("vae")
    if run is None:
        return
    kept = run.history.kept
    live_plot(
        key="plot-home",
        panels=[
            Panel("latent", _("Where a model puts handwritten digits"), square=True,
                  alt=_("Codes of digits, coloured by class")),
            Panel("samples", _("Digits that it makes up"), square=True,
                  alt=_("Samples of the model")),
        ],
        run=run.id,
        frames=[{"seq": number, "step": kept[number].step,
                 "plots": {"latent": codes(kept[number].arrays),
                           "samples": samples(kept[number].arrays)}} for number in kept],
        curves={}, kept=list(kept), total=run.step, live=False,
        source=source(run, _("Variational autoencoder")),
    )
    st.caption(_("A stored run. Press the small play button under the figures to see it train."))


def _device_while_starting() -> None:
    if engine().place:
        st.rerun()
    st.caption(_("The training process is starting ..."))


def _device() -> None:
    place = engine().place
    if place is None:
        top(_device_while_starting, "home device", STARTING_SECONDS)()
        return
    st.caption(_("Models train on: {device}.").format(device=device_text(place.name)))
    if place.remark:
        st.warning(said(place.remark))


if guard.pass_gate():
    show()
