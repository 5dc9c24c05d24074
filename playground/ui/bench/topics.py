"""The topics of an Explore tab, one at a time."""

from collections.abc import Mapping

import streamlit as st

from playground.language import _


def chosen_topic(topics: Mapping[str, str], key: str) -> str | None:
    """Let the visitor choose a topic, the first one at first; None if none is chosen.

    Args:
        topics: the titles by name, marked with `N_`.
        key: of the widget.
    """
    return st.segmented_control(_("Explore"), list(topics), default=next(iter(topics)),
                                format_func=lambda name: _(topics[name]), key=key,
                                label_visibility="collapsed")
