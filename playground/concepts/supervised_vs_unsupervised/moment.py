"""The figures of one moment of supervised and unsupervised learning, and those over all steps."""

import numpy as np

from playground.charts.curves import lines, noted, with_gaps
from playground.charts.encode import Figure
from playground.concepts.supervised_vs_unsupervised.figures import (
    found_scenes,
    regions,
    with_and_without,
)
from playground.concepts.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.datasets.scenes import CLASSES
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot


def is_hidden(settings: SupervisedVsUnsupervisedSettings) -> bool:
    """Tell whether the points have labels that nobody is told."""
    return settings.labels == "hidden" and settings.dataset != "scenes"


def frame(settings: SupervisedVsUnsupervisedSettings, snapshot: Snapshot) -> dict[str, Figure]:
    """Draw the plane or the scenes; no colour betrays a class while the labels are hidden."""
    a = snapshot.arrays
    if settings.dataset == "scenes":
        names = [_(name) for name in CLASSES]
        return {"scenes": found_scenes(a, settings.label_kind, names)}
    hidden = is_hidden(settings)
    colors = a["labels"] if not hidden else a["groups"] if snapshot.step else None
    return {"plane": regions(a["points"], colors, a["axis"], a["grid"], a["sure"],
                             int(snapshot.metrics["classes"]),
                             hidden=hidden and not snapshot.step,
                             test=None if hidden else a["test"],
                             test_labels=None if hidden else a["test_labels"])}


def training_and_test(run: Run[SupervisedVsUnsupervisedSettings], name: str, unit: str) -> Figure:
    """Draw a measure over the steps, in training and test; it is interrupted where infinite."""
    steps, _n = run.history.curve("n")
    curves = {label: with_gaps(*run.history.curve(f"{part}_{name}"), steps)
              for label, part in ((N_("training"), "train"), (N_("test"), "test"))}
    drawn = lines(curves, unit=unit)
    if np.isnan(curves[N_("test")][1]).any():
        return noted(drawn, _("no line: infinite"))
    return drawn


def named(run: Run[SupervisedVsUnsupervisedSettings], plane: Figure) -> dict[str, Figure]:
    """Return the plane by the name of what it shows, and with labels the points without them."""
    last, settings = run.history.last, run.settings
    if is_hidden(settings):
        return {"groups": plane}
    name = "neighbours" if settings.classifier == "neighbours" else "probabilities"
    if last is None:
        return {name: plane}
    return {name: plane, "kinds": with_and_without(last.arrays["points"], last.arrays["labels"],
                                                   int(last.metrics["classes"]))}
