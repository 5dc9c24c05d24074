"""The visitor's language, as the browser states it."""

import streamlit as st

from playground import language


def set_language() -> None:
    """Choose the language of this script run by the browser's wish."""
    language.language.set(language.nearest(st.context.locale))
