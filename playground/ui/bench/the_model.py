"""The first block of Explore: the run's own net, and a datum on its way through it."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from playground.charts.scene import Scene
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest, ask_once
from playground.ui.bench.fragments import part
from playground.ui.tools import scene

N_DATA = 50

Draw = Callable[[Mapping[str, Any]], Scene]


def the_model(run: Run, draw: Draw, *, by_chance: bool = False) -> None:
    """Draw the net's layers, which light up one after the other.

    Args:
        run: whose net it is; it answers the question `pass_through`.
        draw: makes the drawing of the answer.
        by_chance: whether noise takes part, which a seed decides.
    """
    part(_the_model)(run, draw, by_chance)


def _the_model(run: Run, draw: Draw, by_chance: bool) -> None:
    st.markdown(_("#### The model, and a datum on its way through it"))
    st.caption(_("This run's own net: each box is a layer, with the shape of what it returns, its "
                 "weights, and what it makes of this datum; of feature maps the four that vary "
                 "most. Blue is above 0, orange below."))
    places = st.columns(4)
    asked = {"index": int(places[0].number_input(_("which held-out datum"), 0, N_DATA - 1, 0,
                                                 key="model-datum"))}
    if by_chance:
        asked["seed"] = int(places[1].number_input(_("which noise"), 0, 9999, 0,
                                                   key="model-noise"))
    reply = ask_once(run, "pass_through", **asked)
    if reply:
        scene.show(draw(reply), key="the-model", label=_("Light up"))


def training_and_drawing(run: Run, draw: Draw) -> None:
    """Clock a pass of training and the drawing of an image, and play both on one clock.

    Args:
        run: it answers the question `training_and_drawing`.
        draw: makes the scene of the answer.
    """
    st.markdown(_("#### All at once in training, one by one in drawing"))
    st.caption(_("The same net, clocked on this machine just now. In training the whole image "
                 "is known: one pass tells the chances of all pixels. In drawing each pixel must "
                 "wait for those before it. Both play on one clock, slowed down."))
    reply = ask_at_rest(_("Clock both"), run, "training_and_drawing", seed=0)
    if reply:
        scene.show(draw(reply), key="training-and-drawing", autoplay=True)
