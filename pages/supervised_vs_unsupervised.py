"""Supervised and unsupervised learning: the same points, with and without their labels."""

import numpy as np
import streamlit as st

from playground.charts.curves import lines, noted, with_gaps
from playground.charts.encode import png_uri
from playground.concepts.supervised_vs_unsupervised import words as captions
from playground.concepts.supervised_vs_unsupervised.figures import (
    found_scenes,
    labelled_scene,
    regions,
    with_and_without,
)
from playground.concepts.supervised_vs_unsupervised.presets import PRESETS
from playground.concepts.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.datasets.scenes import CLASSES, SIZE, scenes
from playground.language import N_, _
from playground.numbers import shown
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.ask import pressed
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.style import chart

N_SCENES = 6
SCENE_PIXELS = 150
QUALITY = {"class": ("accuracy", N_("Named rightly")),
           "box": ("box_iou", N_("Overlap of boxes (IoU)")),
           "mask": ("mask_iou", N_("Overlap of masks (IoU)"))}
KINDS = {"class": N_("its class"), "box": N_("its bounding box"), "mask": N_("its pixel mask")}


class SupervisedVsUnsupervisedLab(Lab[SupervisedVsUnsupervisedSettings]):
    """The bench of supervised and unsupervised learning."""

    concept = "supervised_vs_unsupervised"
    settings = SupervisedVsUnsupervisedSettings
    title = N_("Supervised and unsupervised")
    idea = N_("With labels you learn a border between classes. Without them you can still find "
              "structure: groups that nobody has named.")
    presets = PRESETS
    code = ("playground/algorithms/classifiers.py", "playground/algorithms/kmeans.py",
            "playground/concepts/supervised_vs_unsupervised/experiment.py",
            "model_zoo/picture_classifier.py", "model_zoo/box_finder.py",
            "model_zoo/mask_finder.py",
            "playground/concepts/supervised_vs_unsupervised/pictures.py")
    height = 430
    canvas = "plane"
    draws_classes = True

    def panels(self, settings: SupervisedVsUnsupervisedSettings) -> list[Panel]:
        """The plane or the scenes, and with labels the accuracy and the loss."""
        if settings.dataset == "scenes":
            return _picture_panels(settings.label_kind)
        if settings.labels == "hidden":
            return [Panel("plane", _("Points without labels, and the groups found"), square=True,
                          events=("click",),
                          alt=_("Points coloured by the group that was found"))]
        return [
            Panel("plane", _("Labelled points (hollow: test), learned regions"), weight=1.3,
                  square=True, events=("click",),
                  alt=_("Points coloured by class over the regions of the classes")),
            Panel("accuracy", _("Accuracy, as labelled points come")
                  if settings.classifier == "neighbours" else _("Accuracy"), kind="curve",
                  alt=_("Share of points in the right region, in training and test")),
            Panel("loss", _("Cross-entropy"), kind="curve",
                  alt=_("Cross-entropy in nats per point, in training and test")),
        ]

    def frame(self, run: Run[SupervisedVsUnsupervisedSettings],
              snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane of one moment."""
        a = snapshot.arrays
        if run.settings.dataset == "scenes":
            names = [_(name) for name in CLASSES]
            return {"scenes": found_scenes(a, run.settings.label_kind, names)}
        hidden = _hidden(run)
        colors = a["labels"] if not hidden else a["groups"] if snapshot.step else None
        return {"plane": regions(a["points"], colors, a["axis"], a["grid"], a["sure"],
                                 int(snapshot.metrics["classes"]),
                                 hidden=hidden and not snapshot.step,
                                 test=None if hidden else a["test"],
                                 test_labels=None if hidden else a["test_labels"])}

    def curves(self, run: Run[SupervisedVsUnsupervisedSettings]) -> dict[str, Figure]:
        """Draw accuracy and loss, training and test."""
        if run.settings.dataset == "scenes":
            measure = QUALITY[run.settings.label_kind][0]
            return {"quality": _both(run, measure, N_("share")),
                    "loss": _both(run, "loss", N_("nats"))}
        if _hidden(run):
            return {}
        return {"accuracy": _both(run, "accuracy", N_("share")),
                "loss": _both(run, "loss", N_("nats per point"))}

    def caption(self, run: Run[SupervisedVsUnsupervisedSettings], snapshot: Snapshot) -> str:
        """Say what was learned; what the labels are is not betrayed while they are hidden."""
        return captions.caption(run.settings, snapshot)

    def numbers(self, run: Run[SupervisedVsUnsupervisedSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        m = run.history.last.metrics if run.history.last else {}
        forms = {"train_accuracy": "{:.1%}", "test_accuracy": "{:.1%}", "train_loss": "{:.3f}",
                 "test_loss": "{:.3f}", "n": "{:.0f}", "classes": "{:.0f}"}
        missing = "∞" if m.get("impossible") else "–"
        return {name: form.format(m[name]) if name in m else missing
                for name, form in forms.items()}

    def illustrations(self, run: Run[SupervisedVsUnsupervisedSettings]) -> dict[str, Figure]:
        """Name the first figure after what it shows too; add the points without their labels."""
        drawn, last = super().illustrations(run), run.history.last
        if last is not None and run.settings.dataset != "scenes" and not _hidden(run):
            drawn["kinds"] = with_and_without(last.arrays["points"], last.arrays["labels"],
                                              int(last.metrics["classes"]))
        name = ("groups" if _hidden(run) else "neighbours"
                if run.settings.classifier == "neighbours" else "probabilities")
        return drawn | {name: drawn["plane"]} if "plane" in drawn else drawn

    def explore(self, run: Run[SupervisedVsUnsupervisedSettings]) -> None:
        """Reveal the labels; and see what a label can be."""
        if run.settings.dataset != "scenes":
            _reveal(run)
        _what_a_label_can_be()


def _hidden(run: Run[SupervisedVsUnsupervisedSettings]) -> bool:
    return bool(run.settings.labels == "hidden" and run.settings.dataset != "scenes")


def _picture_panels(kind: str) -> list[Panel]:
    _measure, title = QUALITY[kind]
    colours = (N_("New pictures: blue right, orange wrong") if kind == "class"
               else N_("New pictures: blue is true, orange is found"))
    return [Panel("scenes", _(colours), weight=1.6,
                  alt=_("Twelve pictures with the class, the box or the mask that was found")),
            Panel("quality", _(title), kind="curve",
                  alt=_("How well the answers fit, in training and test")),
            Panel("loss", _("Loss"), kind="curve",
                  alt=_("The loss in nats, in training and test"))]


def _both(run: Run[SupervisedVsUnsupervisedSettings], name: str, unit: str) -> Figure:
    steps, _n = run.history.curve("n")
    curves = {label: with_gaps(*run.history.curve(f"{part}_{name}"), steps)
              for label, part in ((N_("training"), "train"), (N_("test"), "test"))}
    drawn = lines(curves, unit=unit)
    if np.isnan(curves[N_("test")][1]).any():
        return noted(drawn, _("no line: infinite"))
    return drawn


def _reveal(run: Run[SupervisedVsUnsupervisedSettings]) -> None:
    st.markdown(_("#### Reveal the labels"))
    last = run.history.last
    if last is None or not _hidden(run):
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
            st.image(png_uri(picture), label.get(kind or ""), width=SCENE_PIXELS)
    says = {"class": _("One number for each picture: which of {n} classes.").format(
                n=len(CLASSES)),
            "box": _("Four numbers: first column and row, last column and row."),
            "mask": _("{n:,} numbers, one for each pixel: shape or not.").format(n=SIZE * SIZE)}
    if kind:
        st.caption(says[kind])


if guard.pass_gate():
    page.show(SupervisedVsUnsupervisedLab())
