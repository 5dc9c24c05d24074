"""What belongs to the page of the arena of images: who leads, one picture through every model."""

from typing import Any

import numpy as np
import streamlit as st

from playground.charts.arena import dot
from playground.concepts.image_arena import families
from playground.experiments.contest_settings import ContestSettings
from playground.language import N_, _, sentences
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.ask import ask, ask_once
from playground.ui.bench.fragments import part
from playground.ui.tools.contest import (
    CLOSER,
    OVERLAP,
    Board,
    Measure,
    is_early,
    names_of,
    nearest,
    span,
)
from playground.ui.tools.draw_image import draw_image
from playground.ui.tools.pictures import pictures

N_COMPLETIONS = 5
LEAST_IMAGES = 200
GOOD, ALIKE, COVERED = 0.5, 0.2, 0.75
DENSER = 1.5  # times the density of independent pixels, which are never good samples
UNLIKE = 40  # times the distance of real images: about that of nets that are untrained
CHANCE = 0.01  # of the bits: two that are closer may change places with other held-out images
SOURCES = {"held_out": N_("held out"), "own": N_("my own")}
BOARD = Board(
    "image_arena", families.found(),
    {
        "nats": Measure(N_("held-out log p, nats"), 1, "high", likelihood=1),
        "bits": Measure(N_("bits/dim"), 3, "low", likelihood=-1),
        "fid": Measure(N_("Fréchet distance"), 2, "low"),
        "kid": Measure(N_("kernel distance"), 3, "low"),
        **OVERLAP,
        "training": Measure(N_("training, s"), 1, "low"),
        "sampling": Measure(N_("one sample, s"), 6, "low"),
        "weights": Measure(N_("weights"), 0),
    },
    N_("{n_judged:,.0f} samples of each against as many held-out images, by the features of a "
       "small net that was taught the classes and names {net_accuracy:.1%} of held-out images "
       "right; distances in its own unit: compare them within one data set alone. The last row is "
       "what training images get in the place of samples. One sample: all that are judged are "
       "drawn at once, and their time is shared out. Told apart: how often a classifier "
       "tells samples from held-out images, 0.5 is chance. ≥ and ≤ are bounds, n/a is no "
       "likelihood at all. A dash: not judged yet, or nothing to ask of real data."),
)


def title(name: str, metrics: dict[str, float]) -> str:
    """Return what stands over the samples of a family: its name and its held-out score."""
    family = families.found()[name]
    bits = metrics.get(f"{name}_bits")
    said = (_("log p: cannot say") if bits is None else
            _("{bits} bits/dim").format(bits=family.claim.write(bits, 3, -1)))
    return f"{dot(family.color)} <b>{_(family.title)}</b><br>{said}"


def caption(settings: ContestSettings, snapshot: Snapshot) -> str:
    """Say who leads in likelihood and who in samples, and whether that is the same one.

    Args:
        settings: as they stand at this moment.
    """
    m, found = snapshot.metrics, families.found()
    rated = {name: m[f"{name}_bits"] for name in found if f"{name}_bits" in m}
    judged = {name: m[f"{name}_fid"] for name in found if f"{name}_fid" in m}
    best = min(rated, key=lambda name: rated[name])
    said = [_("**Held out, {family} needs the fewest bits: {bits} per dimension.**").format(
        family=_(found[best].title), bits=found[best].claim.write(rated[best], 3, -1))]
    ties = [name for name in rated if name != best and rated[name] < (1 + CHANCE) * rated[best]]
    if ties:
        said.append(_("That is hardly a lead: less than 1% behind: {families}.").format(
            families=names_of(BOARD, ties)))
    if is_early(settings, snapshot):
        return sentences(*said, _("The nets are still at the beginning."))
    hidden = [name for name in rated if found[name].claim.kind == "bound"
              and name not in (best, *ties)]
    if hidden:
        said.append(_("{family} says {bits}, a bound: it may be better than it says.").format(
            family=_(found[hidden[0]].title),
            bits=found[hidden[0]].claim.write(rated[hidden[0]], 3, -1)))
    if len(judged) < len(found):
        return sentences(*said, _("Not everybody's samples have been judged yet."))
    closest = nearest(judged)
    if judged[closest[0]] > UNLIKE * m["floor_fid"]:
        return sentences(*said, _(
            "All samples are far from real images: at a Fréchet distance of {distance:.2f} or "
            "more, where real images are at {floor:.2f}.").format(
                distance=judged[closest[0]], floor=m["floor_fid"]))
    said.append(_("Closest samples: {families}, at a Fréchet distance of {distance}; real images "
                  "are at {floor:.2f}.").format(
                      families=names_of(BOARD, closest),
                      distance=span((judged[name] for name in closest), ".2f"),
                      floor=m["floor_fid"]))
    said += [_("**{family}: good but alike** (precision {precision:.2f}, recall {recall:.2f}): "
               "its samples leave out most of what real images show.").format(
                   family=_(found[name].title), precision=m[f"{name}_precision"],
                   recall=m[f"{name}_recall"])
             for name in judged if _is_good(name, m) and _is_alike(name, m)]
    implicit = [name for name in judged if name not in rated]
    if implicit and (beaten := [name for name in rated if name in judged
                                and CLOSER * judged[name] > judged[implicit[0]]]):
        said.append(_("{family} cannot say how likely a picture is, and its samples are closer "
                      "than those of: {beaten}.").format(
                          family=_(found[implicit[0]].title),
                          beaten=names_of(BOARD, beaten)))
    return sentences(*said)


def _is_good(name: str, m: dict[str, float]) -> bool:
    """Tell whether samples lie among real images, by three measures.

    One wide ball around a real image makes precision large; it does so for independent pixels too.
    """
    return (m[f"{name}_precision"] > GOOD * m["floor_precision"]
            and m[f"{name}_density"] > DENSER * m["independent_density"]
            and m[f"{name}_fid"] < m["independent_fid"])


def _is_alike(name: str, m: dict[str, float]) -> bool:
    """Tell whether samples leave out most of what real images show, by two measures."""
    return (m[f"{name}_recall"] < ALIKE * m["floor_recall"]
            and m[f"{name}_coverage"] < COVERED * m["floor_coverage"])


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
    ways = _("; ").join(_("{family}: {way}").format(family=_(family.title),
                                                    way=_(family.completes))
                        for family in families.found().values())
    st.caption(_("In brackets, the mean of the held-out pictures that judge. The nearest of {n} "
                 "samples, by the sum of squared differences. How each completes: {ways}. VAE and "
                 "GAN do not draw from p(missing | known): they guess or search.").format(
                     n=reply["of"], ways=ways))


def _said(reply: dict[str, Any], name: str) -> str:
    value = reply["said"][name]
    if value is None:
        return _("cannot say")
    claim = families.found()[name].claim
    return _("{value} (usual: {usual})").format(
        value=claim.write(value, 1), usual=claim.write(reply["usual"][name], 1))
