"""The gradients of several rules beside the exact one: their angles, and their lengths."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.angles import angles
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.bench.style import chart


def beside_the_exact_one(run: Run[Any], rules: Mapping[str, str], title: str) -> bool:
    """Ask a run for its `gradients`, and draw them; tell whether there is an answer.

    Args:
        rules: what visitors read for each rule of the answer, marked with `N_`.
        title: of the column of rules, translated.
    """
    reply = ask_at_rest(_("Compare the rules with the exact gradient"), run, "gradients", seed=0)
    if not reply:
        return False
    names = [_(rules[name]) for name in reply["names"]]
    st.plotly_chart(angles(names, np.asarray(reply["angles"])), config=chart(),
                    key="angles-of-gradients")
    st.dataframe({title: [*names, _("exact")],
                  _("length of the gradient"): [*np.round(reply["lengths"], 3).tolist(),
                                                round(reply["exact"], 3)]},
                 hide_index=True)
    return True
