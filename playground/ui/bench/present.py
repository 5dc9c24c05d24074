"""The projector: a page for a whole room, without a sidebar, with the knobs that a lecture needs.

The address says so, so that a lecture can be prepared as a list of links: `?present=beta,seed`
shows these two knobs, `?present=1` none.
"""

import streamlit as st

from playground import concepts
from playground.language import _
from playground.settings import Settings
from playground.ui.bench import contents
from playground.ui.bench.state import Wish, wish

NAME = "present"
NOTHING = "1"
KNOBS = "present-knobs"

CSS = """
<style>
[data-testid="stSidebar"], [data-testid="stHeader"], [data-testid="stExpandSidebarButton"] {
  display: none; }
.stMainBlockContainer { padding: .5rem 1.2rem .2rem; max-width: none; }
.st-key-head h2 { font-size: 2.2rem; }
.st-key-head p { font-size: 1.2rem; line-height: 1.5rem; }
.st-key-pinned label p, .stButton button p, .stPopover button p, .st-key-next-page p,
.st-key-progress p, .st-key-watch p { font-size: 1.2rem; }
:root { --plot-scale: 1.5; }
body { --figures: calc(100vh - 20.5rem); }
body:has(.st-key-pinned) { --figures: calc(100vh - 26rem); }
.live-plot .live-plot-title { font-size: 20px; line-height: 28px; }
.live-plot .live-plot-chip { height: 30px; font-size: 19px; }
.live-plot .live-plot-caption { font-size: 23px; }
.live-plot-timeline { font-size: 19px; }
</style>
"""


def pinned() -> tuple[str, ...] | None:
    """Return the knobs that stay on the screen of who presents, None where nobody does."""
    asked = st.query_params.get(NAME)
    if asked is None:
        return None
    return tuple(name for name in asked.split(",") if name != NOTHING)


def in_address() -> dict[str, str]:
    """Return what the address says of it."""
    names = pinned()
    return {} if names is None else {NAME: ",".join(names) or NOTHING}


def set_style() -> None:
    """Add the rules to the page, where somebody presents."""
    if pinned() is not None:
        st.html(CSS)


def menu(kind: type[Settings]) -> None:
    """Let a visitor choose the knobs of the screen, and begin to present."""
    knobs = {name: _(item.label) for name, item in kind.knobs().items()
             if item.choices or item.low is not None}
    with st.popover(_("Present"), icon=":material/present_to_all:", type="tertiary"):
        st.caption(_("Large figures for a whole room. Space trains and pauses; left and right go "
                     "through the run, and on by a step; up and down choose a preset; Page Down "
                     "leads to the next page, Escape back."))
        st.multiselect(_("Knobs that stay on the screen"), list(knobs), key=KNOBS,
                       format_func=lambda name: knobs.get(name, name),
                       placeholder=_("none"))
        st.button(_("Present"), key="present", type="primary", icon=":material/play_arrow:",
                  on_click=_begin)


def leave(concept: str) -> None:
    """Lead on to the next page, and out of the presentation."""
    pages = [page for section in contents.sections().values() for page in section
             if page.url_path in concepts.names()]
    place = next(i for i, page in enumerate(pages) if page.url_path == concept)
    names = ",".join(pinned() or ()) or NOTHING
    with st.container(key="next-page"):
        st.page_link(pages[(place + 1) % len(pages)], label=_("Next"),
                     icon=":material/arrow_forward:", query_params={NAME: names})
    st.button(_("Leave"), key="leave-presenting", icon=":material/close_fullscreen:",
              on_click=_end)


def _begin() -> None:
    st.query_params[NAME] = ",".join(st.session_state.get(KNOBS) or ()) or NOTHING


def _end() -> None:
    st.query_params.pop(NAME, None)
    wish(Wish.LOOK)  # draws the whole page
