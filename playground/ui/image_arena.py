"""What belongs to the page of the arena of images: who leads, one picture through every model."""

from typing import Any

import numpy as np
import streamlit as st

from playground.charts.arena import dot
from playground.experiments.image_arena import families
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui.ask import ask, ask_once
from playground.ui.contest import Board, Measure, sign
from playground.ui.draw_image import draw_image
from playground.ui.locale import set_language
from playground.ui.pictures import pictures

N_COMPLETIONS = 5
LEAST_IMAGES = 200
GOOD, ALIKE = 0.5, 0.2
SOURCES = {"held_out": N_("held out"), "own": N_("my own")}
BOARD = Board(
    "image_arena", families.found(),
    {
        "nats": Measure(N_("held-out log p, nats"), 1, "high", likelihood=1),
        "bits": Measure(N_("bits/dim"), 3, "low", likelihood=-1),
        "fid": Measure(N_("Fréchet distance"), 2, "low"),
        "kid": Measure(N_("kernel distance"), 3, "low"),
        "precision": Measure(N_("precision"), 2, "high"),
        "recall": Measure(N_("recall"), 2, "high"),
        "density": Measure(N_("density"), 2, "high"),
        "coverage": Measure(N_("coverage"), 2, "high"),
        "c2st": Measure(N_("told apart"), 2, "low"),
        "training": Measure(N_("training, s"), 1, "low"),
        "sampling": Measure(N_("one sample, s"), 6, "low"),
        "weights": Measure(N_("weights"), 0),
    },
    N_("{n_judged:,.0f} samples of each against as many held-out images, by the features of a "
       "small net that was taught the classes and names {net_accuracy:.1%} of held-out images "
       "right; distances in its own unit: compare them within one data set alone. The last row is "
       "what training images get in the place of samples. Told apart: how often a classifier "
       "tells samples from held-out images, 0.5 is chance. ≥ and ≤ are bounds, n/a is no "
       "likelihood at all. A dash: not judged yet, or nothing to ask of real data."),
)


def title(name: str, metrics: dict[str, float]) -> str:
    """Return what stands over the samples of a family: its name and its held-out score."""
    family = families.found()[name]
    bits = metrics.get(f"{name}_bits")
    said = (_("log p: cannot say") if bits is None else
            _("{sign}{bits:.3f} bits/dim").format(sign=sign(family, -1), bits=bits))
    return f"{dot(list(families.found()).index(name))} <b>{_(family.title)}</b><br>{said}"


def caption(snapshot: Snapshot) -> str:
    """Say who leads in likelihood and who in samples, and whether that is the same one."""
    m, found = snapshot.metrics, families.found()
    rated = {name: m[f"{name}_bits"] for name in found if f"{name}_bits" in m}
    judged = {name: m[f"{name}_fid"] for name in found if f"{name}_fid" in m}
    best = min(rated, key=lambda name: rated[name])
    text = _("**Held out, {family} needs the fewest bits: {sign}{bits:.3f} per "
             "dimension.**").format(family=_(found[best].title), sign=sign(found[best], -1),
                                    bits=rated[best])
    if not judged:
        return text + " " + _("Nobody's samples have been judged yet.")
    closest = min(judged, key=lambda name: judged[name])
    text += " " + _("Closest samples: {family}, at a Fréchet distance of {distance:.2f}; real "
                    "images are at {floor:.2f}.").format(
                        family=_(found[closest].title), distance=judged[closest],
                        floor=m["floor_fid"])
    for name in judged:
        good = m[f"{name}_precision"] > GOOD * m["floor_precision"] and (
            judged[name] < max(judged.values()))
        if good and m[f"{name}_recall"] < ALIKE * m["floor_recall"]:
            text += " " + _("**{family}: good but alike**, its samples leave out most of what "
                            "real images show (recall {recall:.2f}).").format(
                                family=_(found[name].title), recall=m[f"{name}_recall"])
    implicit = [name for name in judged if name not in rated]
    if implicit and (beaten := [name for name in rated if name in judged
                                and judged[name] > judged[implicit[0]]]):
        text += " " + _("{family} cannot say how likely a picture is, and its samples are closer "
                        "than those of: {beaten}.").format(
                            family=_(found[implicit[0]].title),
                            beaten=", ".join(_(found[name].title) for name in beaten))
    return text


def through_all(run: Run) -> None:
    """Let the visitor choose or draw one image, and show it to every family."""
    st.fragment(_through_all)(run)


def _through_all(run: Run) -> None:
    set_language()
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
    for name, family in families.found().items():
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
    ways = "; ".join(f"{_(family.title)}: {_(family.completes)}"
                     for family in families.found().values())
    st.caption(_("In brackets, the mean of the held-out pictures that judge. The nearest of {n} "
                 "samples, by the sum of squared differences. How each completes: {ways}. VAE and "
                 "GAN do not draw from p(missing | known): they guess or search.").format(
                     n=reply["of"], ways=ways))


def _said(reply: dict[str, Any], name: str) -> str:
    value = reply["said"][name]
    if value is None:
        return _("cannot say")
    return _("{sign}{value:.1f} (usual: {usual:.1f})").format(
        sign=sign(families.found()[name]), value=value, usual=reply["usual"][name])
