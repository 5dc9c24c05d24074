"""What the page of supervised and unsupervised learning says: its caption, and its numbers."""

import math
from collections.abc import Mapping

import numpy as np

from playground.concepts.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.language import N_, _, listed, sentences
from playground.runs.run import Run
from playground.snapshot import Snapshot

MIN_POINTS = 5
SURE = 3.0  # standard errors
COSTS = {
    "class": N_("That took one number for each of {n:,} pictures."),
    "box": N_("That took {numbers:,} numbers, four for each of {n:,} pictures."),
    "mask": N_("That took {numbers:,} numbers, one for each pixel of {n:,} pictures."),
}


def caption(settings: SupervisedVsUnsupervisedSettings, snapshot: Snapshot) -> str:
    """Say what was learned; what the labels are is not betrayed while they are hidden."""
    m = snapshot.metrics
    if settings.dataset == "scenes":
        return _pictures(settings.label_kind, m)
    if "test_accuracy" not in m and "ari" not in m:
        if settings.columns and m["n"] >= MIN_POINTS:
            return _("The {n} points of your file have no two classes: choose a column under "
                     "“Classes from”, or hide the labels.").format(n=int(m["n"]))
        return _("There are {n} points of your own. Five are needed, and with labels two "
                 "classes: choose a class and click into the figure.").format(n=int(m["n"]))
    if "test_accuracy" not in m:
        return _groups(snapshot)
    if settings.classifier == "neighbours":
        return sentences(_asked(settings, m), _scores(m), _by_heart(m))
    if not snapshot.step:
        return sentences(_("**Untrained:** the regions are chance."), _scores(m))
    return sentences(_scores(m), _by_heart(m))


def numbers(run: Run[SupervisedVsUnsupervisedSettings]) -> dict[str, str]:
    """Return the newest numbers for the prose."""
    m = run.history.last.metrics if run.history.last else {}
    forms = {"train_accuracy": "{:.1%}", "test_accuracy": "{:.1%}", "train_loss": "{:.3f}",
             "test_loss": "{:.3f}", "n": "{:.0f}", "classes": "{:.0f}"}
    missing = "∞" if m.get("impossible") else "–"
    return {name: form.format(m[name]) if name in m else missing
            for name, form in forms.items()}


def _groups(snapshot: Snapshot) -> str:
    n = len(snapshot.arrays["points"])
    if not snapshot.step:
        return _("**No labels.** {n} points, and not a word about what they are.").format(n=n)
    sizes = listed(str(size) for size in np.bincount(snapshot.arrays["groups"]) if size)
    return _("**Groups of {sizes} points.** Are they the classes? The method cannot know. "
             "Reveal the labels in Explore.").format(sizes=sizes)


def _asked(settings: SupervisedVsUnsupervisedSettings, m: Mapping[str, float]) -> str:
    if not m["n"]:
        return _("**No labelled point yet:** every class is as likely as any other, everywhere. "
                 "Nothing will be trained: labelled points come, and are kept.")
    n, k = int(m["n"]), min(settings.k, int(m["n"]))
    if k == 1:
        return _("**{n} labelled points are known**, and nothing is trained: to name a place, the "
                 "nearest one is asked.").format(n=n)
    return _("**{n} labelled points are known**, and nothing is trained: to name a place, the "
             "{k} nearest vote.").format(n=n, k=k)


def _scores(m: Mapping[str, float]) -> str:
    if "train_accuracy" not in m:
        return _("To name the first class everywhere is right for {test:.1%} of the test points."
                 ).format(test=m["test_accuracy"])
    text = _("**Test: {test:.1%} right**, training {train:.1%}.").format(
        test=m["test_accuracy"], train=m["train_accuracy"])
    return sentences(text, _loss(m))


def _loss(m: Mapping[str, float]) -> str:
    """Say the cross-entropy on the test points, and why it may be infinite."""
    if "test_loss" in m:
        return _("Cross-entropy on the test points {loss:.3f} nats.").format(loss=m["test_loss"])
    return _("Cross-entropy on the test points: infinite. {n:.0f} of {all:.0f} have a class that "
             "was given probability 0, as none of their neighbours has it.").format(
                 n=m["impossible"], all=m["test_points"])


def _by_heart(m: Mapping[str, float]) -> str:
    """Say so if training is better than test by more than chance explains."""
    if "train_accuracy" not in m or "test_points" not in m:
        return ""
    n, n_test = m["n"], m["test_points"]
    share = (n * m["train_accuracy"] + n_test * m["test_accuracy"]) / (n + n_test)
    error = math.sqrt(share * (1 - share) * (1 / n + 1 / n_test))
    if m["train_accuracy"] - m["test_accuracy"] <= SURE * error:
        return ""
    return _("The gap is more than chance: part of this was learned by heart.")


def _pictures(kind: str, m: Mapping[str, float]) -> str:
    cost = _(COSTS[kind]).format(n=int(m["n"]), numbers=int(m["n"] * m["numbers"]))
    if kind == "class":
        said = _("**{test:.0%} of new pictures are named rightly** (training {train:.0%}). Where "
                 "the shape is, the net need not say.").format(test=m["test_accuracy"],
                                                               train=m["train_accuracy"])
    elif kind == "box":
        said = _("**Boxes in new pictures overlap the true ones by {test:.1%}** (training "
                 "{train:.1%}), as the mean of intersection over union.").format(
                     test=m["test_box_iou"], train=m["train_box_iou"])
    else:
        said = _("**Masks in new pictures overlap the true ones by {test:.1%}** (training "
                 "{train:.1%}), as the mean of intersection over union; {pixels:.1%} of the "
                 "pixels are right. The boxes around them overlap by {box:.1%}.").format(
                     test=m["test_mask_iou"], train=m["train_mask_iou"],
                     pixels=m["test_pixels"], box=m["test_box_iou"])
    return sentences(said, cost)
