"""Clustering: k-means and Gaussian mixtures in half-steps, also on points that you draw."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from playground.algorithms.gaussian_mixture import start_at
from playground.charts.curves import lines
from playground.charts.gap import fan, gaps
from playground.charts.scatter import box_around, square
from playground.concepts.clustering import words as captions
from playground.concepts.clustering.explore import compare, luck, over_every_k
from playground.concepts.clustering.figures import (
    borders,
    dendrogram,
    grown,
    k_distances,
    kmeans,
    mixture,
)
from playground.concepts.clustering.presets import PRESETS
from playground.concepts.clustering.settings import (
    MAX_CLUSTERS,
    NOISE_SETS,
    ClusteringSettings,
)
from playground.concepts.clustering.starts import (
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
from playground.ui.bench.controls import choose_next
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.state import Wish, wish

NOT_ASSIGNED = 255
SECOND_PANELS = {
    "dbscan": (N_("Distance to the k-th neighbour: click or drag eps"),
               N_("Distances to the k-th neighbour, sorted, and eps as a line")),
    "agglomerative": (N_("The tree of merges: click or drag the cut"),
                      N_("A dendrogram of the uppermost merges, and the cut as a line")),
    "spectral": ("", ""),
    "hdbscan": ("", ""),
    "gap": ("", ""),
}
PLANES = {"dbscan": N_("Large: core points, small: border points, ×: noise"),
          "gap": N_("Points, k-means with the chosen k")}


class ClusteringLab(Lab[ClusteringSettings]):
    """The bench of clustering."""

    concept = "clustering"
    settings = ClusteringSettings
    title = N_("Clustering")
    idea = N_("Group points without labels: around centres that take turns with their points, "
              "from dense places that grow, or by a tree of merges.")
    presets = PRESETS
    code = ("playground/algorithms/kmeans.py", "playground/algorithms/gaussian_mixture.py",
            "playground/algorithms/dbscan.py", "playground/algorithms/agglomerative.py",
            "playground/concepts/clustering/experiment.py")
    height = 430
    canvas = "plane"
    starts = STARTS

    def panels(self, settings: ClusteringSettings) -> list[Panel]:
        """The plane, and what the method minimises or maximises."""
        method = settings.method
        if method in SECOND_PANELS:
            title, alt = SECOND_PANELS[method]
            plane = Panel("plane", _(PLANES.get(method, N_("Points and the clusters so far"))),
                          weight=1.3, square=True, events=("click",),
                          alt=_("Points coloured by cluster, noise in grey"))
            second = Panel("second", _(title), events=("click", "drag"), alt=_(alt))
            if method == "gap":
                return [plane, *_gap_panels()]
            return [plane, *[second] * bool(title)]
        if method == "gmm":
            return [
                Panel("plane", _("Points, Gaussians at 1 and 2 sigma"), weight=1.3, square=True,
                      events=("click", "drag"),
                      alt=_("Points in blended colours, with an ellipse for each Gaussian")),
                Panel("score", _("Log-likelihood after each half-step"), kind="curve",
                      alt=_("Log-likelihood per point over the half-steps")),
            ]
        return [
            Panel("plane", _("Points, centroids and their regions"), weight=1.3, square=True,
                  events=("click", "drag"),
                  alt=_("Points coloured by cluster, centroids, and Voronoi regions")),
            Panel("score", _("Inertia after each half-step"), kind="curve",
                  alt=_("Inertia over the half-steps")),
        ]

    def frame(self, run: Run[ClusteringSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane at one half-step."""
        arrays = snapshot.arrays
        labels = arrays["labels"].astype(np.int64)
        labels[labels == NOT_ASSIGNED] = -1
        drawing = run.settings.dataset == "mine" and not run.settings.columns
        box = square(2.0) if drawing else box_around(arrays["points"])
        if "kinds" in arrays:
            return _frame_without_centres(run, snapshot, labels, box)
        if "responsibilities" in arrays:
            start = start_at(arrays["points"], arrays["centroids"][:1], run.settings.covariance)
            return {"plane": mixture(arrays["points"], arrays["responsibilities"] / 255,
                                     arrays["centroids"], arrays["covariances"],
                                     arrays["trail"], box, start.covariances[0])}
        plane = kmeans(arrays["points"], labels, arrays["centroids"], arrays["trail"], box)
        if "log_inertia" not in arrays:
            return {"plane": plane}
        data, noise = arrays["log_inertia"], arrays["noise_log_inertia"]
        unknown = np.full(len(data), np.nan)
        return {"plane": plane, "fan": fan(data, noise),
                "gap": gaps(arrays.get("gaps", unknown), arrays.get("errors", unknown),
                            int(snapshot.metrics["chosen"]))}

    def curves(self, run: Run[ClusteringSettings]) -> dict[str, Figure]:
        """Draw the inertia, or the log-likelihood."""
        if run.settings.method in SECOND_PANELS:
            return {}
        if run.settings.method == "gmm":
            return {"score": lines(
                {N_("log-likelihood"): run.history.curve("log_likelihood")},
                unit=N_("nats per point"))}
        return {"score": lines({N_("inertia"): run.history.curve("inertia")},
                                 unit=N_("squared distance"))}

    def caption(self, run: Run[ClusteringSettings], snapshot: Snapshot) -> str:
        """Say what the last half-step did."""
        return captions.caption(run.settings, snapshot)

    def numbers(self, run: Run[ClusteringSettings]) -> dict[str, str]:
        """Return the newest inertia and the sizes of the clusters for the prose."""
        last = run.history.last
        if last is None:
            return {}
        sizes = np.bincount(last.arrays["labels"], minlength=NOT_ASSIGNED + 1)[:NOT_ASSIGNED]
        return {
            "inertia": _number(last.metrics, "inertia", "{:.2f}"),
            "log_likelihood": _number(last.metrics, "log_likelihood", _("{:.3f} nats per point")),
            "n": str(len(last.arrays["points"])),
            "k": str(len(last.arrays["centroids"])),
            "step": str(last.step),
            "sets": str(NOISE_SETS),
            "sizes": ", ".join(str(size) for size in sizes if size) or "...",
        }

    def illustrations(self, run: Run[ClusteringSettings]) -> dict[str, Figure]:
        """Name the first figure after its method; of k-means add its start and its borders."""
        drawn, last = super().illustrations(run), run.history.last
        if last is None:
            return drawn
        if run.settings.method == "kmeans" and len(last.arrays["centroids"]):
            a = last.arrays
            box = box_around(a["points"])
            way = np.concatenate([a["trail"], a["centroids"][None]])  # (T + 1, K, 2)
            nobody = np.full(len(a["points"]), NOT_ASSIGNED)
            drawn |= {"start": kmeans(a["points"], nobody, way[0], way[:0:-1], box),
                      "borders": borders(a["points"], a["labels"], a["centroids"], box)}
        return {run.settings.method: drawn["plane"]} | drawn

    def explore(self, run: Run[ClusteringSettings]) -> None:
        """Compare the methods, choose k, and start many times."""
        compare(run)
        over_every_k(run)
        luck(run)

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the points and starts that the visitor has clicked, where they count."""
        starts = tuple(starts_drawn()) if STARTS.count(values) else ()
        return super().drawn(values) | {"starts": starts}

    def is_ready(self, settings: ClusteringSettings) -> bool:
        """Wait also for the places where centroids start, if they are to be clicked."""
        return super().is_ready(settings) and (settings.start != "clicks" or bool(settings.starts))

    def tools(self, run: Run[ClusteringSettings]) -> None:
        """Say what a click does, and let the visitor take clicks back."""
        settings = run.settings
        if settings.method not in SECOND_PANELS and settings.start == "clicks":
            start_tools()
        elif settings.dataset == "mine":
            super().tools(run)
        elif settings.method not in SECOND_PANELS:
            st.caption(_("Drag a centroid to start from there. To draw points, choose “My own "
                         "points”; to place centroids, choose the start “my clicks”."))

    def act(self, run: Run[ClusteringSettings], event: Event) -> bool:
        """Place a point or a centroid, or start from where a centroid was dragged to."""
        if event.panel == "second":
            return _cut_here(run, event)
        centred = run.settings.method not in SECOND_PANELS
        if event.kind == "drag":
            return centred and move_centroid(run, event)
        if centred and run.settings.start == "clicks":
            return place_centroid(event)
        return super().act(run, event)


def _frame_without_centres(run: Run[ClusteringSettings], snapshot: Snapshot, labels: np.ndarray,
                           box: tuple[float, float, float, float]) -> dict[str, Figure]:
    a, m, settings = snapshot.arrays, snapshot.metrics, run.settings
    figures = {"plane": grown(a["points"], labels, a["kinds"], box, a.get("wave"),
                              settings.eps)}
    if settings.method == "dbscan":
        knob = ClusteringSettings.knobs()["eps"]
        figures["second"] = k_distances(a.get("distances", np.zeros(0)), settings.eps,
                                        settings.min_samples,
                                        (knob.low or 0.0, knob.high or 0.0, knob.step or 0.0))
    if settings.method == "agglomerative":
        x, heights = a.get("branches", np.zeros((2, 1, 4)))
        none = np.zeros(len(labels)), np.zeros((1, 2))
        leaves, pairs = (a.get(name, empty) for name, empty in
                         zip(("leaves", "pairs"), none, strict=True))
        figures["second"] = dendrogram(x, heights, m.get("cut", 0.0), leaves, pairs,
                                       MAX_CLUSTERS)
    return figures


def _gap_panels() -> list[Panel]:
    return [Panel("fan", _("Inertia: points and noise"),
                  alt=_("Log inertia over k: of the points, of sets of noise, and their mean")),
            Panel("gap", _("The gap between them"),
                  alt=_("The gap in nats over k, with errors, and the chosen k as a star"))]


def _cut_here(run: Run[ClusteringSettings], event: Event) -> bool:
    """Set the radius, or the number of clusters, to where the visitor has clicked or dragged."""
    last = run.history.last
    if event.y is None or last is None:
        return False
    if "distances" in last.arrays:
        return _choose(run, "eps", round(min(1.0, max(0.02, 0.02 * round(event.y / 0.02))), 2))
    if "branches" in last.arrays:
        higher = int((last.arrays["branches"][1][:, 1] > event.y).sum())
        return _choose(run, "n_clusters", min(MAX_CLUSTERS, 1 + higher))
    return False


def _choose(run: Run[ClusteringSettings], name: str, value: float) -> bool:
    """Turn a knob; where it stands there already, go to the end that the figure has shown."""
    last = run.history.last
    choose_next(name, value)
    if last and getattr(run.settings, name) == value and not _at_its_end(last):
        wish(Wish.RESET)
    return True


def _at_its_end(snapshot: Snapshot) -> bool:
    return bool(snapshot.metrics.get("converged") or snapshot.metrics.get("at_once"))


def _number(metrics: Mapping[str, float], name: str, form: str) -> str:
    """Return a metric of this run as text, or a dash where the other method has it."""
    return form.format(metrics[name]) if name in metrics else "–"


if guard.pass_gate():
    page.show(ClusteringLab())
