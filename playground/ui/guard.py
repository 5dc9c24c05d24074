"""Cold deep links: make a page run inside its entry script even if Streamlit started it alone.

With a `pages/` folder beside `st.navigation`, the first visit to a freshly started server by a
deep link runs the page's file without the entry script.
"""

import streamlit as st

from playground.ui import contents

TOKEN = "inside-the-entry-script"


def open_gate() -> None:
    """Called by the entry script just before it runs a page."""
    st.session_state[TOKEN] = True


def pass_gate() -> bool:
    """Tell a page whether the entry script runs it; if not, go back and come through it."""
    if st.session_state.pop(TOKEN, False):
        return True
    contents.navigation()
    st.rerun()
    return False
