"""Clustering: k-means and Gaussian mixtures in half-steps, also on points that you draw."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.charts.curves import lines
from playground.concepts.clustering import explore, gestures, moment, panels, words
from playground.concepts.clustering.measures import MEASURES
from playground.concepts.clustering.presets import PRESETS
from playground.concepts.clustering.settings import ClusteringSettings
from playground.concepts.clustering.starts import (
    CENTRED,
    STARTS,
    move_centroid,
    place_centroid,
    start_tools,
    starts_drawn,
)
from playground.language import N_, _
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel


class ClusteringLab(Lab[ClusteringSettings]):
    """The bench of clustering."""

    concept = "clustering"
    settings = ClusteringSettings
    title = N_("Clustering")
    idea = N_("Group points without labels: around centres that take turns with their points, "
              "from dense places that grow, or by a tree of merges.")
    presets = PRESETS
    measures = MEASURES
    code = ("playground/algorithms/kmeans.py", "playground/algorithms/gaussian_mixture.py",
            "playground/algorithms/dbscan.py", "playground/algorithms/agglomerative.py",
            "playground/concepts/clustering/experiment.py")
    canvas = "plane"
    starts = STARTS

    def panels(self, settings: ClusteringSettings) -> list[Panel]:
        """The plane, and what the method minimises or maximises."""
        return panels.panels(settings)

    def frame(self, run: Run[ClusteringSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane at one half-step."""
        return moment.frame(run.settings, snapshot)

    def curves(self, run: Run[ClusteringSettings]) -> dict[str, Figure]:
        """Draw the inertia, or the log-likelihood."""
        if run.settings.method not in CENTRED:
            return {}
        if run.settings.method == "gmm":
            return {"score": lines(
                {N_("log-likelihood"): run.history.curve("log_likelihood")},
                unit=N_("nats per point"))}
        return {"score": lines({N_("inertia"): run.history.curve("inertia")},
                               unit=N_("squared distance"))}

    def caption(self, run: Run[ClusteringSettings], snapshot: Snapshot) -> str:
        """Say what the last half-step did."""
        return words.caption(run.settings, snapshot)

    def numbers(self, run: Run[ClusteringSettings]) -> dict[str, str]:
        """Return the newest inertia and the sizes of the clusters for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[ClusteringSettings]) -> dict[str, Figure]:
        """Name the first figure after its method; of k-means add its start and its borders."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None:
            return drawn
        more = moment.of_kmeans(last) if run.settings.method == "kmeans" else {}
        return {run.settings.method: drawn["plane"]} | drawn | more

    def explore(self, run: Run[ClusteringSettings]) -> None:
        """Compare the methods, choose k, and start many times."""
        explore.explore(run)

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the points and starts that the visitor has clicked, where they count."""
        clicked = tuple(starts_drawn()) if STARTS.count(values) else ()
        return super().drawn(values) | {"starts": clicked}

    def is_ready(self, settings: ClusteringSettings) -> bool:
        """Wait also for the places where centroids start, if they are to be clicked."""
        return super().is_ready(settings) and (settings.start != "clicks" or bool(settings.starts))

    def tools(self, run: Run[ClusteringSettings]) -> None:
        """Say what a click does, and let the visitor take clicks back."""
        centred = run.settings.method in CENTRED
        if centred and run.settings.start == "clicks":
            start_tools()
        elif run.settings.dataset == "mine":
            super().tools(run)
        elif centred:
            st.caption(_("Drag a centroid to start from there. To draw points, choose “My own "
                         "points”; to place centroids, choose the start “my clicks”."))

    def act(self, run: Run[ClusteringSettings], event: Event) -> bool:
        """Place a point or a centroid, or start from where a centroid was dragged to."""
        if event.panel == "second":
            return gestures.cut_here(run, event)
        centred = run.settings.method in CENTRED
        if event.kind == "drag":
            return centred and move_centroid(run, event)
        if centred and run.settings.start == "clicks":
            return place_centroid(event)
        return super().act(run, event)


if guard.pass_gate():
    page.show(ClusteringLab())
