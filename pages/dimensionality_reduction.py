"""Dimensionality reduction: PCA by hand, then t-SNE, UMAP and others, live."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.charts.curves import lines
from playground.concepts.dimensionality_reduction import explore, gestures, moment, panels, words
from playground.concepts.dimensionality_reduction.measures import MEASURES
from playground.concepts.dimensionality_reduction.presets import PRESETS
from playground.concepts.dimensionality_reduction.settings import (
    DimensionalityReductionSettings,
)
from playground.language import N_, _
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import own_data


class DimensionalityReductionLab(Lab[DimensionalityReductionSettings]):
    """The bench of dimensionality reduction."""

    concept = "dimensionality_reduction"
    settings = DimensionalityReductionSettings
    title = N_("Dimensionality reduction")
    idea = N_("Show data of many dimensions on a plane. PCA looks for the direction in which the "
              "data spread most; other methods only keep neighbours together.")
    presets = PRESETS
    measures = MEASURES
    code = ("playground/algorithms/eigen.py", "playground/algorithms/embeddings.py",
            "playground/algorithms/umap_epochs.py", "playground/algorithms/neighbors.py",
            "playground/concepts/dimensionality_reduction/methods.py",
            "playground/concepts/dimensionality_reduction/experiment.py")
    canvas = "plane"

    def panels(self, settings: DimensionalityReductionSettings) -> list[Panel]:
        """By hand the plane and the traced curve; else the embedding and its quality."""
        return panels.panels(settings)

    def frame(self, run: Run[DimensionalityReductionSettings],
              snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane of one moment."""
        return moment.frame(run.settings, snapshot)

    def curves(self, run: Run[DimensionalityReductionSettings]) -> dict[str, Figure]:
        """Draw the quality, and what t-SNE minimises."""
        if run.settings.method == "by_hand":
            return {}
        figures = {"quality": lines({
            N_("trustworthiness"): run.history.curve("trustworthiness"),
            N_("neighbours in common"): run.history.curve("overlap")}, unit=N_("share"))}
        if run.settings.method == "tsne":
            figures["divergence"] = lines({N_("KL divergence"): run.history.curve("divergence")},
                                          unit=N_("nats"))
        return figures

    def caption(self, run: Run[DimensionalityReductionSettings], snapshot: Snapshot) -> str:
        """Say what the axis or the embedding has reached."""
        return words.caption(run.settings, snapshot.metrics)

    def numbers(self, run: Run[DimensionalityReductionSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[DimensionalityReductionSettings]) -> dict[str, Figure]:
        """Name the first figure after the method too; with an axis, add PC1 and PC2."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None:
            return drawn
        return drawn | moment.principal(last) | {run.settings.method: drawn["plane"]}

    def explore(self, run: Run[DimensionalityReductionSettings]) -> None:
        """How many components are enough; whitening; perplexities next to each other."""
        explore.explore(run)

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the visitor's own points, and where the axis has been on these data."""
        drawn = super().drawn(values)
        if values["method"] != "by_hand":
            return drawn
        return drawn | {"visited": gestures.angles_tried(values)}

    def tools(self, run: Run[DimensionalityReductionSettings]) -> None:
        """Say what a click and a drag do, and offer pictures; points are drawn by hand alone."""
        if panels.has_pictures(run.settings):
            st.toggle(_("Pictures instead of dots"), key=panels.PICTURES)
        if run.settings.dataset != "mine" or not own_data.is_drawn():
            return
        if run.settings.method == "by_hand":
            super().tools(run)
            st.caption(_("Reveal PC1, drag a point, and watch PC1 and PC2 follow."))
        else:
            st.caption(_("To draw points, choose the method “PCA by hand”."))

    def answer(self, run: Run[DimensionalityReductionSettings],
               event: Event) -> dict[str, Any] | None:
        """Show the datum under the cursor."""
        return None if run.settings.method == "by_hand" else gestures.point_at(run, event)

    def act(self, run: Run[DimensionalityReductionSettings], event: Event) -> bool:
        """Turn the axis by its handle; place a point of the visitor's own, or move it."""
        if run.settings.method != "by_hand":
            return False
        if event.kind == "drag" and event.trace == "handle":
            return gestures.turn(run, event)
        return super().act(run, event)


if guard.pass_gate():
    page.show(DimensionalityReductionLab())
