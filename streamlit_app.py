"""The entry script: `streamlit run streamlit_app.py`. The pages are listed in contents.py."""

from pathlib import Path

import streamlit as st

from playground.ui.bench import contents, guard
from playground.ui.bench.live_plot import preload
from playground.ui.bench.locale import set_language
from playground.ui.bench.style import set_style
from playground.ui.bench.unsent import keep_unsent

ASSETS = Path(__file__).parent / "playground" / "ui" / "frontend"

if __name__ == "__main__":
    keep_unsent()
    preload()  # the browser reads plotly.js while the page below is still being imported
    st.set_page_config(page_title="Generative Playground", page_icon=str(ASSETS / "icon.png"),
                       layout="wide")
    st.logo(ASSETS / "logo.svg", size="large")
    set_language()
    page = contents.navigation()
    set_style()
    guard.open_gate()
    page.run()
