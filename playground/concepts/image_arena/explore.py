"""The Explore tab of the arena of images: one picture through every model."""

from typing import Any

import numpy as np
import streamlit as st

from playground.concepts.image_arena import families
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_once
from playground.ui.bench.fragments import part
from playground.ui.tools.draw_image import draw_image
from playground.ui.tools.pictures import pictures

N_COMPLETIONS = 5
LEAST_IMAGES = 200
SOURCES = {"held_out": N_("held out"), "own": N_("my own")}


def through_all(run: Run) -> None:
    """Let the visitor choose or draw one image, and show it to every family."""
    part(_through_all)(run)


def _through_all(run: Run) -> None:
    st.markdown(_("#### One picture through every model"))
    st.caption(_("How likely is it? What does the model's copy look like, if it has codes? How "
                 "would it go on, if the upper rows alone were known? And which of its samples "
                 "comes closest?"))
    chosen, known = st.columns((1, 2.6), gap="large")
    with chosen:
        source = st.segmented_control(_("Which picture"), list(SOURCES), default="held_out",
                                      format_func=lambda key: _(SOURCES[key]),
                                      key="one-picture-source")
        image = _own_image(run) if source == "own" else _held_out(run)
    if image is None:
        return
    height = image.shape[1]
    with known, st.container(horizontal=True, vertical_alignment="bottom"):
        rows = st.slider(_("rows that are known"), 0, height, height // 2,
                         key=f"one-picture-rows-{height}",
                         help=_("Try few rows: other digits appear. Try half: some can already be "
                                "told."))
        if st.button(_("Complete anew"), key="one-picture-again", icon=":material/casino:"):
            st.session_state["one-picture-seed"] = 1 + st.session_state.get("one-picture-seed", 0)
    reply = ask_once(run, "through_all", image=image.tolist(), rows=rows, n=N_COMPLETIONS,
                seed=st.session_state.get("one-picture-seed", 0))
    if reply:
        with known:
            _answers(reply)


def _held_out(run: Run) -> np.ndarray | None:
    index = int(st.number_input(_("which one"), 0, LEAST_IMAGES - 1, 0, key="one-picture-index"))
    reply = ask(run, "held_out_image", index=index)
    if reply is None:
        return None
    image = np.asarray(reply["image"])
    pictures(image[None], 1)
    return image


def _own_image(run: Run) -> np.ndarray | None:
    drawn = draw_image("image_arena")
    if drawn is None:
        st.caption(_("Draw a digit with the mouse or a finger. It is centred and scaled as the "
                     "data are."))
        return None
    reply = ask(run, "own", picture=drawn)
    if reply is None:
        return None
    image = np.asarray(reply["image"])
    pictures(image[None], 1)
    st.caption(_("What the models see."))
    return image


def _answers(reply: dict[str, Any]) -> None:
    """One row for each family."""
    widths = (2, 0.9, 4.5, 0.9)
    heads = (_("log p(x), nats"), _("copy"), _("completions"), _("nearest sample"))
    for column, head in zip(st.columns(widths), heads, strict=True):
        column.caption(head)
    asked = {name: family for name, family in families.found().items() if name in reply["said"]}
    for name, family in asked.items():
        said, copy, completed, nearest = st.columns(widths, vertical_alignment="center")
        said.markdown(f"**{_(family.title)}**  \n{_said(reply, name)}", help=_(family.why))
        with copy:
            if f"copy_{name}" in reply:
                pictures(reply[f"copy_{name}"][None], 1)
            else:
                st.caption(_("no code"), help=_(family.copies))
        with completed:
            pictures(reply[f"complete_{name}"], N_COMPLETIONS)
        with nearest:
            pictures(reply[f"nearest_{name}"][None], 1)
    ways = _("; ").join(_("{family}: {way}").format(family=_(family.title),
                                                    way=_(family.completes))
                        for family in asked.values())
    st.caption(_("In brackets, the mean of the held-out pictures that judge. The nearest of {n} "
                 "samples, by the sum of squared differences. How each completes: {ways}. VAE, "
                 "flow, diffusion and GAN do not draw from p(missing | known): they guess, climb, "
                 "mend or search.").format(
                     n=reply["of"], ways=ways))


def _said(reply: dict[str, Any], name: str) -> str:
    value = reply["said"][name]
    if value is None:
        return _("cannot say")
    claim = families.found()[name].claim
    return _("{value} (usual: {usual})").format(
        value=claim.write(value, 1), usual=claim.write(reply["usual"][name], 1))
