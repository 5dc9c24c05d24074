"""Clustering: k-means and Gaussian mixtures in half-steps, also on points that you draw."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.clustering import (
    dendrogram,
    grown,
    k_distances,
    kmeans,
    mixture,
    over_k,
)
from playground.charts.curves import lines
from playground.charts.scatter import box_around, square
from playground.charts.strips import strips
from playground.datasets.own import LIMIT
from playground.experiments.clustering.settings import MAX_CLUSTERS, ClusteringSettings
from playground.language import N_, _
from playground.runs import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui import bench, guard
from playground.ui.ask import ask_by_button
from playground.ui.controls import choose_next
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Event, Panel

NOT_ASSIGNED = 255
N_STARTS = 50
STARTS = ClusteringSettings.knobs()["start"].choices
STARTS_DRAWN = "starts-drawn"
SECOND_PANELS = {
    "dbscan": (N_("Distance to the k-th neighbour: click or drag eps"),
               N_("Distances to the k-th neighbour, sorted, and eps as a line")),
    "agglomerative": (N_("The tree of merges: click or drag the cut"),
                      N_("A dendrogram of the uppermost merges, and the cut as a line")),
    "spectral": ("", ""),
    "hdbscan": ("", ""),
}
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
            plane = Panel("plane", _("Points and the clusters so far"), weight=1.3, square=True,
                          events=("click",), alt=_("Points coloured by cluster, noise in grey"))
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
            return _caption_without_centres(run, m)
        if "log_likelihood" in m:
            return _mixture_caption(snapshot)
        if "inertia" not in m:
            return _("No centroids yet: click into the figure where the first one shall start.")
        if m["converged"]:
            return _("**Converged after {steps} half-steps:** no point changes its group any "
                     "more. Inertia {inertia:.2f}. Another start may find a lower one: try New "
                     "seed.").format(steps=snapshot.step, inertia=m["inertia"])
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
        _compare(run)
        _over_k(run)
        st.markdown(_("#### How much luck is in the start of k-means?"))
        st.caption(_("The same data and k, {n} times from each kind of start. Each dot is where "
                     "one run of k-means ended; lower is better.").format(n=N_STARTS))
        if run.settings.n_clusters == 1:
            return
        reply = ask_by_button(_("Start many times"), run, "many_starts", n=N_STARTS)
        if reply:
            st.plotly_chart(strips({_(STARTS[name]): np.array(values)
                                    for name, values in reply["inertia"].items()},
                                   unit=N_("final inertia")), config={"displayModeBar": False})

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the points and starts that the visitor has clicked, where they count."""
        starts = tuple(_starts()) if values.get("start") == "clicks" else ()
        return super().drawn(values) | {"starts": starts}

    def tools(self, run: Run) -> None:
        """Say what a click does, and let the visitor take clicks back."""
        settings = run.settings
        if settings.method not in SECOND_PANELS and settings.start == "clicks":
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(_("Click into the figure: each click places a centroid."))
                st.button(_("Take back"), key="take-back-start", icon=":material/undo:",
                          on_click=_take_back_start)
                st.button(_("Clear"), key="clear-starts", icon=":material/delete_sweep:",
                          on_click=_clear_starts)
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
            return centred and _move_centroid(run, event)
        if centred and run.settings.start == "clicks":
            return _place_centroid(event)
        return super().act(run, event)


def _near(event: Event) -> tuple[float, float] | None:
    """Return where an event was, if that is a place for a centroid."""
    if event.x is None or event.y is None or max(abs(event.x), abs(event.y)) > LIMIT:
        return None
    return round(event.x, 4), round(event.y, 4)


def _place_centroid(event: Event) -> bool:
    place, starts = _near(event), _starts()
    if place is None or len(starts) >= MAX_CLUSTERS:
        return False
    starts.append(place)
    return True


def _move_centroid(run: Run, event: Event) -> bool:
    place = _near(event)
    if place is None or event.index is None or event.seq not in run.history.kept:
        return False
    centroids = run.history.kept[event.seq].arrays["centroids"].tolist()
    starts = [(round(x, 4), round(y, 4)) for x, y in centroids]
    starts[event.index] = place
    st.session_state[STARTS_DRAWN] = starts
    choose_next("start", "clicks")
    return True


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


def _caption_without_centres(run: Run, m: Mapping[str, float]) -> str:
    if "noise" not in m:
        return _("Too few points for this method: five are needed. Click into the figure.")
    noise, clusters = int(m["noise"]), int(m["clusters"])
    if run.settings.method == "dbscan":
        text = _("**{clusters} clusters so far.** {core} points are dense enough to be core "
                 "points; {noise} are in no cluster yet.")
        if m["converged"]:
            text = _("**{clusters} clusters, {noise} points of noise.** {core} core points; "
                     "nobody told DBSCAN how many clusters there are.")
        return text.format(clusters=clusters, core=int(m["core"]), noise=noise)
    if run.settings.method == "agglomerative":
        return _("**{clusters} clusters are left.** The tree is cut at the height {cut:.2f}: "
                 "whatever merges below it is one cluster.").format(clusters=clusters,
                                                                    cut=m["cut"])
    if not m["converged"]:
        return _("**Start.** This method works in one step: press Train.")
    return _("**{clusters} clusters, {noise} points of noise.**").format(clusters=clusters,
                                                                        noise=noise)


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


def _compare(run: Run) -> None:
    st.markdown(_("#### All methods on these points"))
    st.caption(_("With the knobs as they stand. ARI and AMI compare with the set's own groups (1: "
                 "the same, 0: chance). Silhouette (higher) and Davies-Bouldin (lower is better) "
                 "look at the shape alone, and like round clusters."))
    reply = ask_by_button(_("Compare all methods"), run, "compare")
    last = run.history.last
    if not reply or last is None:
        return
    points, methods = last.arrays["points"], run.settings.knobs()["method"].choices
    places = st.columns(3) + st.columns(3)
    for place, (name, result) in zip(places, reply.items(), strict=True):
        place.caption(_(methods[name]))
        labels = np.asarray(result["labels"])
        figure = grown(points, labels, np.where(labels < 0, 0, 1), box_around(points))
        figure["layout"]["height"] = 240
        place.plotly_chart(figure, config={"displayModeBar": False}, key=f"compared-{name}")
    heads = {"ari": _("ARI"), "ami": _("AMI"), "silhouette": _("silhouette"),
             "davies_bouldin": _("Davies-Bouldin")}
    st.table({_("method"): [_(methods[name]) for name in reply]} | {
        head: ["–" if result[key] is None else f"{result[key]:.2f}" for result in reply.values()]
        for key, head in heads.items()})


def _over_k(run: Run) -> None:
    st.markdown(_("#### How many clusters?"))
    st.caption(_("k-means and the Gaussian mixture for every k. Look for the elbow of the "
                 "inertia, the top of the silhouette, the bottom of AIC and BIC. Do they agree?"))
    reply = ask_by_button(_("Try every k"), run, "over_k")
    if reply:
        titles = {"inertia": _("inertia (k-means)"), "silhouette": _("silhouette (k-means)"),
                  "aic": _("AIC (mixture), nats"), "bic": _("BIC (mixture), nats")}
        for place, (key, title) in zip(st.columns(4), titles.items(), strict=True):
            place.plotly_chart(over_k(reply["k"], reply[key], title), key=f"over-k-{key}",
                               config={"displayModeBar": False})


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


def _starts() -> list[tuple[float, float]]:
    starts: list[tuple[float, float]] = st.session_state.setdefault(STARTS_DRAWN, [])
    return starts


def _take_back_start() -> None:
    if _starts():
        _starts().pop()
        st.session_state["wish"] = "look"


def _clear_starts() -> None:
    _starts().clear()
    st.session_state["wish"] = "look"


if guard.pass_gate():
    bench.show(ClusteringLab())
