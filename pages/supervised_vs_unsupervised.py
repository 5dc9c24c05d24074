"""Supervised and unsupervised learning: the same points, with and without their labels."""

import numpy as np
import streamlit as st

from playground.charts.curves import lines
from playground.charts.encode import png_uri
from playground.charts.supervised import labelled_scene, regions
from playground.datasets.scenes import CLASSES, SIZE, scenes
from playground.experiments.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import bench, guard
from playground.ui.ask import pressed
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Panel
from playground.ui.style import CHART

MIN_POINTS = 5
N_SCENES = 6
SCENE_PIXELS = 150
KINDS = {"class": N_("its class"), "box": N_("its bounding box"), "mask": N_("its pixel mask")}


class SupervisedVsUnsupervisedLab(Lab):
    """The bench of supervised and unsupervised learning."""

    concept = "supervised_vs_unsupervised"
    settings = SupervisedVsUnsupervisedSettings
    title = N_("Supervised and unsupervised")
    idea = N_("With labels you learn a border between classes. Without them you can still find "
              "structure: groups that nobody has named.")
    presets = (
        Preset(N_("A good run: with labels"), {},
               N_("The border bends until it runs between the two moons.")),
        Preset(N_("The same without labels"), {"dataset": "blobs", "noise": 1.0,
                                                "labels": "hidden"},
               N_("The points are grey: nobody says what they are. k-means finds four groups. "
                  "Reveal the labels in Explore: are they the classes?")),
        Preset(N_("Break it: a straight border"), {"classifier": "logistic", "noise": 1.0},
               N_("Logistic regression draws one straight line, and the moons are not straight: "
                  "about one point in ten stays on the wrong side."),
               fix={"classifier": "mlp"}, fix_label=N_("Fix it: a neural network")),
        Preset(N_("Break it: groups are not classes"), {"labels": "hidden", "noise": 1.0},
               N_("k-means finds two groups, but not the two moons. Without labels nobody told it "
                  "what you care about."),
               fix={"labels": "shown"}, fix_label=N_("Fix it: show the labels")),
        Preset(N_("Break it: labels by coin toss"),
               {"dataset": "uniform", "classifier": "neighbours", "k": 1},
               N_("The labels mean nothing. One neighbour still knows every training point by "
                  "heart, and on new points it is right half of the time: it guesses."),
               fix={"dataset": "moons"}, fix_label=N_("Fix it: labels that mean something")),
        Preset(N_("Break it: one neighbour"),
               {"classifier": "neighbours", "k": 1, "noise": 2.0, "dataset": "blobs"},
               N_("Every training point is right, since it is its own neighbour. Test points near "
                  "a stray one are wrong."),
               fix={"k": 9}, fix_label=N_("Fix it: 9 neighbours")),
    )
    code = ("playground/algorithms/classifiers.py", "playground/algorithms/kmeans.py",
            "playground/experiments/supervised_vs_unsupervised/experiment.py")
    height = 430
    canvas = "plane"
    draws_classes = True

    def panels(self, settings: SupervisedVsUnsupervisedSettings) -> list[Panel]:
        """The plane, and with labels the accuracy and the loss."""
        if settings.labels == "hidden":
            return [Panel("plane", _("Points without labels, and the groups found"), square=True,
                          events=("click",),
                          alt=_("Points coloured by the group that was found"))]
        return [
            Panel("plane", _("Labelled points (hollow: test), learned regions"), weight=1.3,
                  square=True, events=("click",),
                  alt=_("Points coloured by class over the regions of the classes")),
            Panel("accuracy", _("Accuracy"), kind="curve",
                  alt=_("Share of points in the right region, in training and test")),
            Panel("loss", _("Cross-entropy"), kind="curve",
                  alt=_("Cross-entropy in nats per point, in training and test")),
        ]

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane of one moment."""
        hidden = _hidden(run)
        a = snapshot.arrays
        colors = a["labels"] if not hidden else a["groups"] if snapshot.step else None
        return {"plane": regions(a["points"], colors, a["axis"], a["grid"], a["sure"],
                                 int(snapshot.metrics["classes"]),
                                 hidden=hidden and not snapshot.step,
                                 test=None if hidden else a["test"],
                                 test_labels=None if hidden else a["test_labels"])}

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw accuracy and loss, training and test."""
        if _hidden(run):
            return {}
        drawn = {}
        for name, unit in (("accuracy", N_("share")), ("loss", N_("nats per point"))):
            drawn[name] = lines({N_("training"): run.history.curve(f"train_{name}"),
                                 N_("test"): run.history.curve(f"test_{name}")}, unit=unit)
        return drawn

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say what was learned; what the labels are is not betrayed while they are hidden."""
        m = snapshot.metrics
        if "train_accuracy" not in m and "ari" not in m:
            if run.settings.columns and m["n"] >= MIN_POINTS:
                return _("The {n} points of your file have no two classes: choose a column under "
                         "“Classes from”, or hide the labels.").format(n=int(m["n"]))
            return _("There are {n} points of your own. Five are needed, and with labels two "
                     "classes: choose a class and click into the figure.").format(n=int(m["n"]))
        if "train_accuracy" not in m:
            if not snapshot.step:
                return _("**No labels.** {n} points, and not a word about what they are.").format(
                    n=int(m["n"]))
            sizes = ", ".join(str(size) for size in np.bincount(snapshot.arrays["groups"]) if size)
            return _("**Groups of {sizes} points.** Are they the classes? The method cannot know. "
                     "Reveal the labels in Explore.").format(sizes=sizes)
        gap = m["train_accuracy"] - m["test_accuracy"]
        text = _("**Test: {test:.1%} right**, training {train:.1%}. Cross-entropy on the test "
                 "points {loss:.3f} nats.").format(test=m["test_accuracy"],
                                                   train=m["train_accuracy"], loss=m["test_loss"])
        if gap > 0.05:
            text += " " + _("The gap says: part of this was learned by heart.")
        return text

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        m = run.history.last.metrics if run.history.last else {}
        forms = {"train_accuracy": "{:.1%}", "test_accuracy": "{:.1%}", "train_loss": "{:.3f}",
                 "test_loss": "{:.3f}", "n": "{:.0f}", "classes": "{:.0f}"}
        return {name: form.format(m[name]) if name in m else "–" for name, form in forms.items()}

    def explore(self, run: Run) -> None:
        """Reveal the labels; and see what a label can be."""
        _reveal(run)
        _what_a_label_can_be()


def _hidden(run: Run) -> bool:
    return bool(run.settings.labels == "hidden")


def _reveal(run: Run) -> None:
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
        place.plotly_chart(drawn, config=CHART, key=f"revealed-{name}")
    one, two = st.columns(2)
    one.metric(_("adjusted Rand index"), f"{m['ari']:.2f}")
    two.metric(_("right, with the best names"), f"{m['matched']:.1%}")
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
            st.image(png_uri(picture), label.get(kind), width=SCENE_PIXELS)
    says = {"class": _("One number for each picture: which of {n} classes.").format(
                n=len(CLASSES)),
            "box": _("Four numbers: first column and row, last column and row."),
            "mask": _("{n:,} numbers, one for each pixel: shape or not.").format(n=SIZE * SIZE)}
    if kind:
        st.caption(says[kind])


if guard.pass_gate():
    bench.show(SupervisedVsUnsupervisedLab())
