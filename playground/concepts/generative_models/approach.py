"""Two models approach the same data, as the newest run of the arena has it."""

import streamlit as st

from playground.concepts.arena.moment import small_plots
from playground.language import _
from playground.ui.bench.live_plot import Panel, live_plot
from playground.ui.bench.session import newest_run
from playground.ui.bench.source import source

EXPLICIT, IMPLICIT = "autoregressive", "gan"


def approach() -> None:
    """Draw how two models approach the same data: one by maximum likelihood, one by a game."""
    run = newest_run("arena")
    if run is None:
        return
    kept = run.history.kept
    frames = []
    for number, snapshot in kept.items():
        plots = small_plots(snapshot, (EXPLICIT, IMPLICIT), data=_("the data"))
        frames.append({"seq": number, "step": snapshot.step, "plots": {"approach": plots}})
    live_plot(
        key="plot-generative-models", run=run.id, frames=frames, curves={}, kept=list(kept),
        total=run.step, live=False, height=380,
        source=source(run, _("The arena")),
        panels=[Panel("approach", _("Two models come close to the data"), zoom=True,
                      alt=_("The data, an explicit model and an implicit one"))])
    st.caption(_("{kind} on “{title}”. Press the small play button to see them learn. Orange: "
                 "points that the model draws. Blue: its p(x), which the GAN does not have.")
               .format(kind=_("A stored run") if run.stored else _("Your run"),
                       title=_("The arena")))
    st.page_link("pages/arena.py", label=_("Train all families side by side in the arena"),
                 icon=":material/stadium:")
