"""The How it works tab: the prose, with numbers and figures of the run in their places.

In the prose, `[[name]]` is the place of a number (`Lab.numbers`), and a line that begins with
`[[figure name]]` that of a figure (`Lab.illustrations`); the rest of the line is its caption.
"""

import re

import streamlit as st

from playground.language import prose
from playground.runs.run import Run
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.style import chart

PLACE = re.compile(r"^\[\[figure (\w+)\]\] *(.*)$", re.MULTILINE)
HEIGHT = 300
WIDTH = 480  # pixels of a figure of weight 1
MOST_WIDE = 1100


def how_it_works(lab: Lab, run: Run | None) -> None:
    """Draw the prose; a figure that a run of these settings does not have is left out."""
    text = prose(lab.concept, "how_it_works")
    for name, number in (lab.numbers(run) if run else {}).items():
        text = text.replace(f"[[{name}]]", number)
    figures = lab.illustrations(run) if run else {}
    panels = {id(figures.get(panel.name)): panel
              for panel in (lab.panels(run.settings) if run else [])}
    before, *rest = PLACE.split(text)
    st.markdown(before)
    for name, caption, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        if figures.get(name, {}).get("data"):  # a curve may have no points yet
            _figure(figures[name], panels.get(id(figures[name])), caption,
                    f"how-{lab.concept}-{name}")
        st.markdown(after)


def places(concept: str) -> list[str]:
    """Return the names of the figures that a concept's prose has places for."""
    return [name for name, _caption in PLACE.findall(prose(concept, "how_it_works"))]


def _figure(figure: Figure, panel: Panel | None, caption: str, key: str) -> None:
    layout = {"height": HEIGHT, **figure["layout"]}
    if panel and panel.square:
        layout["yaxis"] = {"scaleanchor": "x", "scaleratio": 1, **layout.get("yaxis", {})}
    with st.container(width=round(min(WIDTH * (panel.weight if panel else 1), MOST_WIDE))):
        st.plotly_chart({**figure, "layout": layout}, config=chart(), key=key)
        if caption:
            st.caption(caption)
