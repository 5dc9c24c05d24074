"""Home: what this is, one model that trains before your eyes, and the ways into all others."""

import streamlit as st

from playground.charts.vae import codes, samples
from playground.language import _, prose
from playground.ui import paths
from playground.ui.bench import cards, contents, guard
from playground.ui.bench.device import device_text
from playground.ui.bench.fragments import top
from playground.ui.bench.live_plot import Panel, live_plot
from playground.ui.bench.locale import set_language
from playground.ui.bench.session import engine, gallery_run, tab
from playground.ui.bench.source import source
from playground.ui.bench.state import PAGE, Wish, state_of
from playground.ui.bench.trouble import said

STARTING_SECONDS = 1.0
HEIGHT = 440

CSS = """
<style>
.st-key-hero { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 12fr);
  gap: 1rem 2.5rem; align-items: center; padding-top: .6rem; }
.st-key-hero h1 { font-size: clamp(2rem, 3.1vw, 3.6rem); line-height: 1.08; font-weight: 750;
  letter-spacing: -.022em; padding: 0 0 .8rem; text-wrap: balance; }
.st-key-hero-words { gap: .9rem; }
.st-key-hero-words p { font-size: 1.06rem; line-height: 1.6; }
.st-key-first-training button { padding: .7rem 1.4rem; min-height: 3rem; border-radius: 999px; }
.st-key-first-training button p { font-size: 1.08rem; font-weight: 600; }
.st-key-hero .live-plot-timeline { margin-top: .6rem; }
.st-key-ways { margin: 1rem 0 .2rem; }
.st-key-cards-generative { margin-top: 1.4rem; }
[data-testid="stMain"] { counter-reset: card; }
.st-key-how { margin-top: 1.6rem; }
@media (max-width: 1000px) {
  .st-key-hero { grid-template-columns: minmax(0, 1fr); } }
</style>
"""


def show() -> None:
    """Draw the page."""
    set_language()
    tab()
    st.session_state[PAGE] = "home"
    st.html(CSS)
    cards.set_style()
    with st.container(key="hero"):
        with st.container(key="hero-words"):
            st.markdown(_("# Watch models learn without labels, and dream up new data."))
            st.markdown(prose("home", "welcome"))
            if st.button(_("Train a model now"), type="primary", icon=":material/play_arrow:",
                         key="first-training"):
                state_of("vae").wish = Wish.TRAIN
                st.switch_page("pages/vae.py")
        with st.container(key="hero-figure"):
            top(_preview, "home preview")()
    top(_ways, "home ways")()
    with st.container(key="how"):
        st.markdown(prose("home", "how_to"))
        with st.container(horizontal=True, gap="medium"):
            st.page_link("pages/sweep.py", icon=":material/stacked_line_chart:",
                         label=_("Many values of a knob in one picture: sweeps"))
            st.page_link("pages/notebook.py", icon=":material/history_edu:",
                         label=_("All that you have trained: the notebook"))
            st.page_link("pages/glossary.py", icon=":material/menu_book:",
                         label=_("What the words mean: the glossary"))
        _device()


def _ways() -> None:
    """Draw the cards of all pages in their order, or those of a path through them."""
    with st.container(key="ways", horizontal=True):
        way = st.segmented_control(
            _("Where to begin"), list(paths.PATHS), default=paths.LECTURE, required=True,
            format_func=lambda name: _(paths.PATHS[name]), key="way", label_visibility="collapsed",
            wrap=True)
    if way == paths.LECTURE:
        listed = [pages for name, pages in contents.sections().items() if name]
        for text, pages in zip(("unsupervised", "generative"), listed, strict=True):
            cards.cards(text, [cards.card_of(paths.page(page.url_path)) for page in pages],
                        head=prose("home", text))
        return
    st.markdown(_(paths.IDEAS[way]))
    cards.cards(way, [cards.card_of(stop) for stop in paths.STOPS[way]])


def _preview() -> None:
    """Show the stored VAE, which plays by itself, without a server."""
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
        curves={}, kept=list(kept), total=run.step, live=False, height=HEIGHT, autoplay=True,
        source=source(run, _("Variational autoencoder")),
    )
    st.caption(_("A stored run, {steps:,} steps in {seconds:.0f} seconds: each point is a digit, "
                 "each colour a class that nobody told the model.").format(
                     steps=run.step, seconds=run.seconds))


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
