"""The few rules that Streamlit's theme cannot express: less empty space above the figures.

And how charts that stand still are set up: the only tool over them saves them as a picture.
"""

from typing import Any

import streamlit as st

from playground.ui.bench.plotly_words import plotly_words

CSS = """
<style>
.stMainBlockContainer { padding: 4.2rem 2.5rem 3rem; max-width: 1800px; }
.stMainBlockContainer h2 { padding: 0 0 .1rem; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: .55rem; }
:has(> .st-key-progress) { flex: 1 1 18rem; min-width: 15rem; }
[class*="st-key-live-"] [data-testid="stWidgetLabel"] p::after {
  content: "bolt" / ""; font: 1rem "Material Symbols Rounded"; margin-left: .25rem;
  vertical-align: -.15rem; }
.st-key-preload { position: absolute; }
.stMainBlockContainer > [data-testid="stVerticalBlock"] { gap: .6rem; }
@media (max-width: 900px) { .stMainBlockContainer { padding: 4.2rem 1rem 2rem; } }
</style>
"""


def chart() -> dict[str, Any]:
    """Return the config of a chart that stands still, with plotly's words in the language."""
    return {"displaylogo": False, "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"scale": 2, "filename": "figure"}} | plotly_words()


def set_style() -> None:
    """Add the rules to the page."""
    st.html(CSS)
