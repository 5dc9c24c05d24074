"""Supervised and unsupervised learning: the same points, with and without their labels."""

from playground.concepts.supervised_vs_unsupervised import explore, moment, panels, words
from playground.concepts.supervised_vs_unsupervised.measures import MEASURES
from playground.concepts.supervised_vs_unsupervised.presets import PRESETS
from playground.concepts.supervised_vs_unsupervised.settings import (
    SupervisedVsUnsupervisedSettings,
)
from playground.language import N_
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel


class SupervisedVsUnsupervisedLab(Lab[SupervisedVsUnsupervisedSettings]):
    """The bench of supervised and unsupervised learning."""

    concept = "supervised_vs_unsupervised"
    settings = SupervisedVsUnsupervisedSettings
    title = N_("Supervised and unsupervised")
    idea = N_("With labels you learn a border between classes. Without them you can still find "
              "structure: groups that nobody has named.")
    presets = PRESETS
    measures = MEASURES
    code = ("playground/algorithms/classifiers.py", "playground/algorithms/kmeans.py",
            "playground/concepts/supervised_vs_unsupervised/experiment.py",
            "model_zoo/picture_classifier.py", "model_zoo/box_finder.py",
            "model_zoo/mask_finder.py",
            "playground/concepts/supervised_vs_unsupervised/pictures.py")
    canvas = "plane"
    draws_classes = True

    def panels(self, settings: SupervisedVsUnsupervisedSettings) -> list[Panel]:
        """The plane or the scenes, and with labels the accuracy and the loss."""
        return panels.panels(settings)

    def frame(self, run: Run[SupervisedVsUnsupervisedSettings],
              snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane or the scenes of one moment."""
        return moment.frame(run.settings, snapshot)

    def curves(self, run: Run[SupervisedVsUnsupervisedSettings]) -> dict[str, Figure]:
        """Draw accuracy and loss, training and test."""
        if run.settings.dataset == "scenes":
            measure, _title = panels.QUALITY[run.settings.label_kind]
            return {"quality": moment.training_and_test(run, measure, N_("share")),
                    "loss": moment.training_and_test(run, "loss", N_("nats"))}
        if moment.is_hidden(run.settings):
            return {}
        return {"accuracy": moment.training_and_test(run, "accuracy", N_("share")),
                "loss": moment.training_and_test(run, "loss", N_("nats per point"))}

    def caption(self, run: Run[SupervisedVsUnsupervisedSettings], snapshot: Snapshot) -> str:
        """Say what was learned; what the labels are is not betrayed while they are hidden."""
        return words.caption(run.settings, snapshot)

    def numbers(self, run: Run[SupervisedVsUnsupervisedSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[SupervisedVsUnsupervisedSettings]) -> dict[str, Figure]:
        """Name the first figure after what it shows too; add the points without their labels."""
        drawn = super().illustrations(run)
        return drawn | moment.named(run, drawn["plane"]) if "plane" in drawn else drawn

    def explore(self, run: Run[SupervisedVsUnsupervisedSettings]) -> None:
        """Reveal the labels; and see what a label can be."""
        explore.explore(run)


if guard.pass_gate():
    page.show(SupervisedVsUnsupervisedLab())
