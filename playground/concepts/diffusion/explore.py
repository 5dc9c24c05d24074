"""What one can ask a diffusion model: the Explore tab, one topic at a time."""

import numpy as np
import streamlit as st

from playground.charts import diffusion as charts
from playground.concepts.diffusion import explore_edits, explore_learned
from playground.concepts.diffusion.settings import SAMPLERS, DiffusionSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools.pictures import pictures

TOPICS = {"samplers": N_("One noise, many samplers"), "heart": N_("Learned by heart?"),
          "behind": N_("What was behind it?"), "likelihood": N_("Log p, part by part"),
          "guidance": N_("Guidance"), "complete": N_("Complete and repaint")}
STEPS = (5, 10, 20, 50)
COLUMNS = 4


def explore(run: Run[DiffusionSettings]) -> None:
    """One topic at a time."""
    topic = chosen_topic(TOPICS, "diffusion-topic")
    if topic == "samplers":
        _compare(run)
        _same_noise(run)
    elif topic == "heart":
        explore_learned.by_heart(run)
        explore_learned.gap(run)
    elif topic == "behind":
        explore_learned.behind(run)
    elif topic == "likelihood":
        explore_learned.likelihood(run)
    elif topic == "guidance":
        explore_edits.guidance(run)
    elif topic == "complete":
        explore_edits.complete(run)


def _compare(run: Run[DiffusionSettings]) -> None:
    st.markdown(_("#### How good, for how many looks of the net?"))
    picture = run.settings.is_image
    st.caption(_("Every sampler starts from the same noise. What a look of the net costs is the "
                 "same for all, so the question is who needs fewest. Guess before you look: who "
                 "is best at 5, and who at 50?"))
    reply = ask_at_rest(_("Compare the samplers"), run, "compare", seed=0)
    if not reply:
        return
    found = {_(SAMPLERS[name]): (reply[f"evaluations_{name}"], reply[f"errors_{name}"])
             for name in reply["names"] if reply[f"errors_{name}"]}
    title = (_("Fréchet distance, our own net") if picture
             else _("Wasserstein-2, unit of the axes"))
    st.plotly_chart(charts.against_evaluations(found, reply["floor"], title), config=chart(),
                    key="against-evaluations")
    text = _("Exact Wasserstein-2 distance of {n} particles to as many held-out points; dashed, "
             "that of other real points.")
    if picture:
        text = _("Fréchet distance of {n} samples to as many held-out pictures, by the features "
                 "of our own net; dashed, that of other real pictures. So few pictures "
                 "overestimate it, all alike.")
    st.caption(text.format(n=reply["n"]))


def _same_noise(run: Run[DiffusionSettings]) -> None:
    st.markdown(_("#### The same noise, side by side"))
    one, two = st.columns(2)
    steps = one.select_slider(_("steps"), STEPS, value=10, key="same-noise-steps")
    seed = int(two.number_input(_("which noise"), 0, 9999, 0, key="same-noise-seed"))
    reply = ask_at_rest(_("Walk from this noise"), run, "same_noise", seed=seed, steps=steps)
    if not reply:
        return
    st.caption(_("Without fresh noise the same start leads to the same end, whatever the sampler, "
                 "if the steps are small enough. With fresh noise it does not."))
    for row in range(0, len(reply["names"]), COLUMNS):
        for place, number in zip(st.columns(COLUMNS), range(row, len(reply["names"])),
                                 strict=False):
            name = reply["names"][number]
            with place:
                st.markdown(_("**{sampler}**: {n:.0f} looks").format(
                    sampler=_(SAMPLERS[name]), n=reply["evaluations"][number]))
                if run.settings.is_image:
                    pictures(np.asarray(reply[f"images_{name}"]), 5)
                else:
                    st.plotly_chart(charts.walk(np.asarray(reply[f"walk_{name}"])),
                                    config=chart(), key=f"walk-{name}")
