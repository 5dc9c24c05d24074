"""Explore what pulls the walk somewhere: guidance, half a datum, the visitor's own picture."""

import numpy as np
import streamlit as st

from playground.charts import diffusion as charts
from playground.charts.colors import NEUTRAL, SAMPLES
from playground.charts.scatter import figure, plane, points, square
from playground.concepts.diffusion.settings import DiffusionSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.tools.draw_image import draw_image
from playground.ui.tools.pictures import pictures

WAYS = {"replace": N_("put the known part back after each step"),
        "gradient": N_("pull the guess to the known part, by its slope")}
ROUNDS = 3


def guidance(run: Run[DiffusionSettings]) -> None:
    """Draw quality against variety, over the weight of guidance."""
    st.markdown(_("#### Too much of a good thing"))
    if not run.settings.know_class:
        st.caption(_("This net knows no classes. Turn on \"Know the class\" and train: it then "
                     "learns p(x) and p(x | class), and guidance goes beyond the second, away "
                     "from the first."))
        return
    st.caption(_("The net is asked twice, with the class and without it, and the walk follows "
                 "the difference further than it is. Weight 0 forgets the class, 1 is the class's "
                 "own answer. Which weight would you choose?"))
    low, high = st.slider(_("guide between these times t"), 0.0, 1.0, (0.0, 1.0), 0.1,
                          key="guided-between")
    reply = ask_at_rest(_("Turn the dial"), run, "dial", seed=0, low=low, high=high)
    if not reply:
        return
    st.plotly_chart(charts.dial(reply["weights"], reply["right"], reply["spread"]),
                    config=chart(), key="guidance-dial")
    judge = _("by our own net") if run.settings.is_image else _("by the nearest training point")
    st.caption(_("Share of samples that are of their class, {judge}; and how far two samples of a "
                 "class lie apart, in units of real data of a class.").format(judge=judge))
    shown = st.select_slider(_("weight"), reply["weights"], value=reply["weights"][1],
                             key="guidance-weight")
    drawn = np.asarray(reply[f"drawn_{reply['weights'].index(shown)}"])
    if run.settings.is_image:
        n_classes = int(np.max(reply["labels"])) + 1
        pictures(drawn, 2 * len(drawn) // n_classes)
    else:
        st.plotly_chart(charts.by_class(drawn, np.asarray(reply["labels"])), config=chart(),
                        key="guided-points")


def complete(run: Run[DiffusionSettings]) -> None:
    """Complete half a datum; on pictures, noise the visitor's own one and walk back."""
    st.markdown(_("#### Half is known"))
    one, two, three = st.columns((2, 1, 1))
    how = one.segmented_control(_("how"), list(WAYS), default="replace",
                                format_func=lambda key: _(WAYS[key]), key="complete-how")
    index = int(two.number_input(_("which held-out datum"), 0, 49, 0, key="complete-index"))
    seed = int(three.number_input(_("which noise"), 0, 9999, 0, key="complete-seed"))
    reply = ask_at_rest(_("Complete it"), run, "complete", index=index, how=how or "replace",
                        seed=seed)
    if reply and run.settings.is_image:
        pictures(np.concatenate([reply["known"], reply["drawn"]]), 5)
        st.caption(_("First what is known, the upper half, then nine completions. The net was "
                     "never taught to complete."))
    elif reply:
        known = float(np.asarray(reply["known"])[0, 0])
        line = {"type": "scatter", "mode": "lines", "x": [known, known],
                "y": [-charts.HALF, charts.HALF], "name": _("the known x"),
                "line": {"color": NEUTRAL}}
        st.plotly_chart(figure([line, points(np.asarray(reply["drawn"]), name=_("completions"),
                                             color=SAMPLES)],
                               {**plane(square(charts.HALF)), "height": 380}),
                        config=chart(), key="completed-points")
        st.caption(_("Only x is known. The walks find the y that go with it, and how often each "
                     "of them does."))
    if run.settings.is_image:
        _own(run, how or "replace", seed)


def _own(run: Run[DiffusionSettings], how: str, seed: int) -> None:
    st.markdown(_("#### Your own picture: completed, or noised and back"))
    canvas, result = st.columns((1, 2), gap="large")
    with canvas:
        drawn = draw_image("diffusion")
    with result:
        t = st.slider(_("noise it up to t"), 0.1, 1.0, 0.5, 0.1, key="edit-t",
                      help=_("Try 0.3: your strokes, tidied up. Try 0.9: another digit."))
        if drawn is None:
            st.caption(_("Draw a digit with the mouse or a finger. Then the model draws its lower "
                         "half anew; and it takes noise off your picture that was put on it."))
            return
        completed = ask(run, "complete_own", picture=drawn, how=how, seed=seed)
        if completed:
            pictures(np.concatenate([completed["known"], completed["drawn"]]), 5)
            st.caption(_("The upper half of yours, and nine lower halves."))
        edited = ask(run, "edit", picture=drawn, t=t, seed=seed)
        if edited:
            pictures(np.concatenate([edited["given"], edited["noisy"], edited["drawn"]]), 6)
            st.caption(_("Yours, yours with noise up to t = {t:.1f}, and nine ways back "
                         "(SDEdit).").format(t=t))
