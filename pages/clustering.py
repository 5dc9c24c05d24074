"""Clustering: k-means and Gaussian mixtures in half-steps, also on points that you draw."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.clustering import dendrogram, grown, k_distances, kmeans, mixture
from playground.charts.curves import lines
from playground.charts.scatter import box_around, square
from playground.experiments.clustering.settings import MAX_CLUSTERS, ClusteringSettings
from playground.language import N_, _
from playground.runs import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui import bench, guard
from playground.ui.clustering import compare, luck, over_every_k
from playground.ui.controls import choose_next
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Event, Panel
from playground.ui.starts import move_centroid, place_centroid, start_tools, starts_drawn

NOT_ASSIGNED = 255
SECOND_PANELS = {
    "dbscan": (N_("Distance to the k-th neighbour: click or drag eps"),
               N_("Distances to the k-th neighbour, sorted, and eps as a line")),
    "agglomerative": (N_("The tree of merges: click or drag the cut"),
                      N_("A dendrogram of the uppermost merges, and the cut as a line")),
    "spectral": ("", ""),
    "hdbscan": ("", ""),
}
PLANES = {"dbscan": N_("Large: core points, small: border points, ×: noise")}
MOSTLY = 0.5
PHASES = (
    N_("**Start.** Each centroid waits at its first place. Next, every point joins the nearest "
       "one. Inertia {inertia:.2f}."),
    N_("**Assign.** Every point has joined its nearest centroid. Inertia {inertia:.2f}: the sum "
       "of squared distances to the centroids."),
    N_("**Update.** Every centroid has moved to the mean of its points, the farthest by "
       "{moved:.3f}. Inertia {inertia:.2f}."),
)


MIXTURE_PHASES = (
    N_("**Start.** Every Gaussian is as wide as all the data. Next, the E-step shares out the "
       "points. Log-likelihood {value:.3f} nats per point."),
    N_("**E-step.** Each point is shared out among the Gaussians: {between} points are between "
       "two or more (no share of 90%). Log-likelihood {value:.3f} nats per point."),
    N_("**M-step.** Each Gaussian has taken the mean and the covariance of its share of the "
       "points. Log-likelihood {value:.3f} nats per point."),
)


class ClusteringLab(Lab):
    """The bench of clustering."""

    concept = "clustering"
    settings = ClusteringSettings
    title = N_("Clustering")
    idea = N_("Group points without labels: around centres that take turns with their points, "
              "from dense places that grow, or by a tree of merges.")
    presets = (
        Preset(N_("A good run"), {},
               N_("Four groups, four centroids: a few half-steps and nothing moves any more.")),
        Preset(N_("Break it: a bad start"), {"start": "random", "seed": 11},
               N_("Two centroids share a group for ever while one must serve two. k-means is "
                  "stuck, its inertia five times too high."),
               fix={"start": "kmeans++", "seed": 0}, fix_label=N_("Fix it: k-means++")),
        Preset(N_("Break it: moons"), {"dataset": "moons", "n_clusters": 2},
               N_("k-means cuts straight lines. It splits both moons instead of telling them "
                  "apart."),
               fix={"dataset": "blobs", "n_clusters": 4}, fix_label=N_("Fix it: round groups")),
        Preset(N_("Gaussian mixture"), {"dataset": "anisotropic", "n_clusters": 3,
                                        "method": "gmm", "seed": 4, "speed": 8.0},
               N_("Ellipses turn and stretch until each lies along one group. Points between two "
                  "groups have a colour between theirs.")),
        Preset(N_("Break it: circles for long groups"),
               {"dataset": "anisotropic", "n_clusters": 3, "method": "gmm",
                "covariance": "spherical", "seed": 4, "speed": 8.0},
               N_("A circle cannot lie along a long group, so the circles cut the groups across."),
               fix={"covariance": "full"}, fix_label=N_("Fix it: any ellipse")),
        Preset(N_("DBSCAN on moons"),
               {"dataset": "moons", "method": "dbscan", "speed": 8.0},
               N_("From one dense point a cluster grows in waves, around every bend, until no "
                  "dense point is in reach.")),
        Preset(N_("Break it: too small a radius"),
               {"dataset": "moons", "method": "dbscan", "eps": 0.06, "speed": 12.0},
               N_("Hardly a point has enough neighbours: the moons fall to pieces, and most is "
                  "noise."),
               fix={"eps": 0.2}, fix_label=N_("Fix it: radius 0.2")),
        Preset(N_("A tree of merges"),
               {"method": "agglomerative", "speed": 8.0},
               N_("The two nearest clusters merge, again and again. Click into the tree to cut "
                  "it higher or lower.")),
        Preset(N_("Break it: nothing to find"), {"dataset": "uniform"},
               N_("Uniform noise has no groups. k-means finds four of them all the same."),
               fix={"dataset": "blobs"}, fix_label=N_("Fix it: real groups")),
        Preset(N_("Digits"), {"dataset": "digits_pca", "n_clusters": 10, "speed": 6.0},
               N_("1,500 handwritten digits on their first two principal components.")),
    )
    code = ("playground/algorithms/kmeans.py", "playground/algorithms/gaussian_mixture.py",
            "playground/algorithms/dbscan.py", "playground/algorithms/agglomerative.py",
            "playground/experiments/clustering/experiment.py")
    height = 430
    canvas = "plane"

    def panels(self, settings: ClusteringSettings) -> list[Panel]:
        """The plane, and what the method minimises or maximises."""
        method = settings.method
        if method in SECOND_PANELS:
            title, alt = SECOND_PANELS[method]
            plane = Panel("plane", _(PLANES.get(method, N_("Points and the clusters so far"))),
                          weight=1.3, square=True, events=("click",),
                          alt=_("Points coloured by cluster, noise in grey"))
            second = Panel("second", _(title), events=("click", "drag"), alt=_(alt))
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

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the plane at one half-step."""
        arrays = snapshot.arrays
        labels = arrays["labels"].astype(np.int64)
        labels[labels == NOT_ASSIGNED] = -1
        drawing = run.settings.dataset == "mine" and not run.settings.columns
        box = square(2.0) if drawing else box_around(arrays["points"])
        if "kinds" in arrays:
            return _frame_without_centres(run, snapshot, labels, box)
        if "responsibilities" in arrays:
            return {"plane": mixture(arrays["points"], arrays["responsibilities"] / 255,
                                     arrays["centroids"], arrays["covariances"],
                                     arrays["trail"], box)}
        return {"plane": kmeans(arrays["points"], labels, arrays["centroids"], arrays["trail"],
                                box)}

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw the inertia, or the log-likelihood."""
        if run.settings.method in SECOND_PANELS:
            return {}
        if run.settings.method == "gmm":
            return {"score": lines(
                {N_("log-likelihood"): run.history.curve("log_likelihood")},
                unit=N_("nats per point"))}
        return {"score": lines({N_("inertia"): run.history.curve("inertia")},
                                 unit=N_("squared distance"))}

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say what the last half-step did."""
        m = snapshot.metrics
        if not len(snapshot.arrays["points"]):
            return _("No points yet: click into the figure to draw some.")
        if "clusters" in m:
            return _caption_without_centres(run, m, len(snapshot.arrays["points"]))
        if "log_likelihood" in m:
            return _mixture_caption(snapshot)
        if "inertia" not in m:
            return _("No centroids yet: click into the figure where the first one shall start.")
        if m["converged"]:
            return _converged(snapshot.step, m["inertia"], m.get("best", m["inertia"]))
        return _(PHASES[int(m["phase"])]).format(inertia=m["inertia"], moved=m["moved"])

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest inertia and the sizes of the clusters for the prose."""
        last = run.history.last
        if last is None:
            return {}
        sizes = np.bincount(last.arrays["labels"], minlength=NOT_ASSIGNED + 1)[:NOT_ASSIGNED]
        return {
            "inertia": _number(last.metrics, "inertia", "{:.2f}"),
            "log_likelihood": _number(last.metrics, "log_likelihood", "{:.3f} nats per point"),
            "n": str(len(last.arrays["points"])),
            "k": str(len(last.arrays["centroids"])),
            "step": str(last.step),
            "sizes": ", ".join(str(size) for size in sizes if size) or "...",
        }

    def explore(self, run: Run) -> None:
        """Compare the methods, choose k, and start many times."""
        compare(run)
        over_every_k(run)
        luck(run)

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the points and starts that the visitor has clicked, where they count."""
        starts = tuple(starts_drawn()) if values.get("start") == "clicks" else ()
        return super().drawn(values) | {"starts": starts}

    def tools(self, run: Run) -> None:
        """Say what a click does, and let the visitor take clicks back."""
        settings = run.settings
        if settings.method not in SECOND_PANELS and settings.start == "clicks":
            start_tools()
        elif settings.dataset == "mine":
            super().tools(run)
        elif settings.method not in SECOND_PANELS:
            st.caption(_("Drag a centroid to start from there. To draw points, choose “My own "
                         "points”; to place centroids, choose the start “my clicks”."))

    def act(self, run: Run, event: Event) -> bool:
        """Place a point or a centroid, or start from where a centroid was dragged to."""
        if event.panel == "second":
            return _cut_here(run, event)
        centred = run.settings.method not in SECOND_PANELS
        if event.kind == "drag":
            return centred and move_centroid(run, event)
        if centred and run.settings.start == "clicks":
            return place_centroid(event)
        return super().act(run, event)


def _frame_without_centres(run: Run, snapshot: Snapshot, labels: np.ndarray,
                           box: tuple[float, float, float, float]) -> dict[str, Figure]:
    a, m, settings = snapshot.arrays, snapshot.metrics, run.settings
    figures = {"plane": grown(a["points"], labels, a["kinds"], box, a.get("wave"),
                              settings.eps)}
    if run.settings.method == "dbscan":
        figures["second"] = k_distances(a.get("distances", np.zeros(0)), settings.eps)
    if run.settings.method == "agglomerative":
        x, heights = a.get("branches", np.zeros((2, 1, 4)))
        figures["second"] = dendrogram(x, heights, m.get("cut", 0.0))
    return figures


def _caption_without_centres(run: Run, m: Mapping[str, float], n: int) -> str:
    if "noise" not in m:
        return _("Too few points for this method: five are needed. Click into the figure.")
    noise, clusters = int(m["noise"]), int(m["clusters"])
    at_once = " " + _("Press Train to watch how it comes to this.") if m.get("at_once") else ""
    if run.settings.method == "dbscan":
        if not m["converged"] and not at_once:
            return _("**{clusters} clusters so far.** {core} points are dense enough to be core "
                     "points; {noise} are in no cluster yet.").format(
                         clusters=clusters, core=int(m["core"]), noise=noise)
        return _("**{clusters} clusters, {noise} points of noise.** {core} core points; the other "
                 "{border} are border points.").format(
                     clusters=clusters, noise=noise, core=int(m["core"]),
                     border=n - noise - int(m["core"])) + _radius_verdict(m, n) + at_once
    if run.settings.method == "agglomerative":
        return _("**{clusters} clusters are left.** The tree is cut at the height {cut:.2f}: "
                 "whatever merges below it is one cluster.").format(clusters=clusters,
                                                                    cut=m["cut"]) + at_once
    if not m["converged"]:
        return _("**Start.** This method works in one step: press Train.")
    return _("**{clusters} clusters, {noise} points of noise.**").format(clusters=clusters,
                                                                        noise=noise)


def _radius_verdict(m: Mapping[str, float], n: int) -> str:
    """Say what is wrong with the radius, if it is plain."""
    if m["noise"] > MOSTLY * n:
        return " " + _("**Most is noise:** the radius is too small for so many neighbours.")
    if m["clusters"] == 1:
        return " " + _("**All in one:** if you see several groups, a smaller radius parts them.")
    return ""


def _converged(steps: int, inertia: float, best: float) -> str:
    text = _("**Converged after {steps} half-steps:** no point changes its group any more. "
             "Inertia {inertia:.2f}.").format(steps=steps, inertia=inertia)
    if inertia > 1.01 * best:
        return text + " " + _("**Stuck:** the best of ten other starts ends at {best:.2f}. Try "
                              "New seed, or the start k-means++.").format(best=best)
    return text + " " + _("None of ten other starts ends lower by more than 1%.")


def _cut_here(run: Run, event: Event) -> bool:
    """Set the radius, or the number of clusters, to where the visitor has clicked or dragged."""
    last = run.history.last
    if event.y is None or last is None:
        return False
    if "distances" in last.arrays:
        choose_next("eps", round(min(1.0, max(0.02, 0.02 * round(event.y / 0.02))), 2))
        return True
    if "branches" in last.arrays:
        higher = int((last.arrays["branches"][1][:, 1] > event.y).sum())
        choose_next("n_clusters", min(MAX_CLUSTERS, 1 + higher))
        return True
    return False


def _mixture_caption(snapshot: Snapshot) -> str:
    m = snapshot.metrics
    if m["converged"]:
        return _("**Converged after {steps} half-steps:** the log-likelihood rises no more. It is "
                 "{value:.3f} nats per point; {between} points are between two or more Gaussians. "
                 "Another start may find a higher one: try New seed.").format(
                     steps=snapshot.step, value=m["log_likelihood"], between=int(m["between"]))
    return _(MIXTURE_PHASES[int(m["phase"])]).format(value=m["log_likelihood"],
                                                     between=int(m["between"]))


def _number(metrics: Mapping[str, float], name: str, form: str) -> str:
    """Return a metric of this run as text, or a dash where the other method has it."""
    return form.format(metrics[name]) if name in metrics else "–"


if guard.pass_gate():
    bench.show(ClusteringLab())
