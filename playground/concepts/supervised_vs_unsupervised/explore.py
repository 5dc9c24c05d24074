"""The Explore tab of supervised and unsupervised learning: hidden labels, and kinds of labels."""

import streamlit as st

from playground.charts.encode import png_uri
from playground.concepts.supervised_vs_unsupervised.figures import labelled_scene, regions
from playground.concepts.supervised_vs_unsupervised.moment import is_hidden
from playground.concepts.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.datasets.scenes import CLASSES, SIZE, scenes
from playground.language import N_, _
from playground.numbers import shown
from playground.runs.run import Run
from playground.ui.bench.ask import pressed
from playground.ui.bench.style import chart

N_SCENES = 6
SCENE_PIXELS = 150
KINDS = {"class": N_("its class"), "box": N_("its bounding box"), "mask": N_("its pixel mask")}


def explore(run: Run[SupervisedVsUnsupervisedSettings]) -> None:
    """Reveal the labels; and see what a label can be."""
    if run.settings.dataset != "scenes":
        _reveal(run)
    _what_a_label_can_be()


def _reveal(run: Run[SupervisedVsUnsupervisedSettings]) -> None:
    st.markdown(_("#### Reveal the labels"))
    last = run.history.last
    if last is None or not is_hidden(run.settings):
        st.caption(_("Hide the labels first (in the sidebar), press Train, and come back."))
        return
    st.caption(_("The groups that were found, beside the classes that were hidden."))
    if not last.step or "ari" not in last.metrics:
        st.caption(_("Nothing is found yet: press Train."))
        return
    if not pressed(_("Reveal the labels"), run, "reveal", ":material/visibility:"):
        return
    a, m = last.arrays, last.metrics
    for place, title, name in zip(st.columns(2), (_("groups found"), _("true classes")),
                                  ("groups", "labels"), strict=True):
        place.caption(title)
        drawn = regions(a["points"], a[name], a["axis"], a["grid"], a["sure"],
                        int(m["classes"]), hidden=name == "labels")
        drawn["layout"]["height"] = 280
        place.plotly_chart(drawn, config=chart(), key=f"revealed-{name}")
    one, two = st.columns(2)
    one.metric(_("adjusted Rand index"), shown(m['ari'], ".2f"))
    two.metric(_("right, with the best names"), shown(m['matched'], ".1%"))
    st.caption(_("Adjusted Rand index: 1 if groups and classes are the same, 0 on average if they "
                 "have nothing to do with each other."))


def _what_a_label_can_be() -> None:
    st.markdown(_("#### What a label can be"))
    st.caption(_("The same pictures, labelled in three ways. The more a label says, the more work "
                 "it is to give."))
    kind = st.segmented_control(_("A picture's label is"), list(KINDS), default="class",
                                format_func=lambda name: _(KINDS[name]), key="label-kind")
    drawn = scenes(N_SCENES, seed=2)
    with st.container(horizontal=True):
        for i in range(N_SCENES):
            picture = labelled_scene(drawn.images[i],
                                     box=drawn.boxes[i] if kind == "box" else None,
                                     mask=drawn.masks[i] if kind == "mask" else None)
            label = {"class": _(CLASSES[drawn.classes[i]]),
                     "box": ", ".join(str(value) for value in drawn.boxes[i]),
                     "mask": _("{n} pixels").format(n=int(drawn.masks[i].sum()))}
            st.image(png_uri(picture), label.get(kind or ""), width=SCENE_PIXELS,
                     alt=label["class"])
    says = {"class": _("One number for each picture: which of {n} classes.").format(
                n=len(CLASSES)),
            "box": _("Four numbers: first column and row, last column and row."),
            "mask": _("{n:,} numbers, one for each pixel: shape or not.").format(n=SIZE * SIZE)}
    if kind:
        st.caption(says[kind])
