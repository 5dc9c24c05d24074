"""Cold deep links: make a page run inside its entry script even if Streamlit started it alone.

With a `pages/` folder beside `st.navigation`, the first visit to a freshly started server by a
deep link runs the page's file without the entry script.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from playground.ui.bench import contents

TOKEN = "inside-the-entry-script"
_closed: ContextVar[bool] = ContextVar("closed", default=False)


def open_gate() -> None:
    """Called by the entry script just before it runs a page."""
    st.session_state[TOKEN] = True


def pass_gate() -> bool:
    """Tell a page whether the entry script runs it; if not, go back and come through it."""
    if _closed.get():
        return False
    if st.session_state.pop(TOKEN, False):
        return True
    contents.navigation()
    st.rerun()
    return False


@contextmanager
def closed() -> Iterator[None]:
    """Let pages be read within, and not be drawn."""
    token = _closed.set(True)
    try:
        yield
    finally:
        _closed.reset(token)
