"""What one can ask a flow of pictures."""

import numpy as np
import streamlit as st

from playground.concepts.flow.figures import ratings
from playground.concepts.flow.settings import FlowSettings
from playground.datasets.labels import LABELS
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.tools import explore_codes

WITH_STRANGERS = ("mnist", "fashion", "mnist_full", "fashion_full", "mnist_14", "fashion_14")
N_DRAWN = 30
N_KEPT = 10


def temperature_and_walks(run: Run[FlowSettings]) -> None:
    """Draw at a temperature; walk between codes; add and subtract them."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(_("#### How warm?"))
        st.caption(_("Codes are multiplied by the temperature before they are bent. Try 0.6: "
                     "cleaner pictures, fewer kinds. Above 1 they fall apart."))
        temperature = st.slider(_("temperature"), 0.0, 1.5, 0.8, 0.05, key="flow-temperature")
        if st.button(_("Throw"), key="flow-throw", icon=":material/casino:"):
            st.session_state["flow-throws"] = st.session_state.get("flow-throws", 0) + 1
        explore_codes.draw(ask(run, "drawn", n=N_DRAWN, temperature=temperature,
                               seed=st.session_state.get("flow-throws", 0), label=0), columns=10)
    with right:
        explore_codes.walk(run)
        explore_codes.sums(run)


def scales(run: Run[FlowSettings]) -> None:
    """Draw the codes of the finer scales anew, and keep the rest."""
    st.markdown(_("#### What does each scale hold?"))
    reply = ask(run, "scales", n=N_KEPT, seed=0)
    if reply is None:
        return
    counts = ", ".join(str(n) for n in reply["numbers"])
    st.caption(_("Above, held-out pictures. In each row below, the codes of one more scale are "
                 "drawn anew, the finest first, which holds the most numbers ({counts}). What "
                 "stays the same is held by the deeper scales; in the last row nothing is kept.")
               .format(counts=counts))
    explore_codes.draw(reply, columns=N_KEPT)


def foreign(run: Run[FlowSettings]) -> None:
    """Rate data of another kind."""
    st.markdown(_("#### Are foreign pictures less likely?"))
    st.caption(_("One would think that pictures of another kind must be unlikely. E. Nalisnick "
                 "et al., \"Do Deep Generative Models Know What They Don't Know?\", 2019, found "
                 "that flows may rate them higher. What does this run say?"))
    reply = ask_at_rest(_("Rate both"), run, "foreign")
    if reply is None:
        return
    own, strange = np.asarray(reply["own"]), np.asarray(reply["foreign"])
    names = tuple(_(LABELS[name].title) for name in (run.settings.dataset, reply["name"]))
    st.plotly_chart(ratings(own, strange, (names[0], names[1])), config=chart())
    likelier = float((strange < np.median(own)).mean())
    st.caption(_("Mean bits per dimension: {own:.2f} for held-out pictures of its own kind, "
                 "{strange:.2f} for the others. {share:.0%} of the others are likelier than the "
                 "middle one of its own.").format(own=own.mean(), strange=strange.mean(),
                                                  share=likelier))
