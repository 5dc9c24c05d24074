"""What the page of clustering says: its caption, and the numbers of its prose."""

from collections.abc import Mapping

import numpy as np

from playground.concepts.clustering.figures import NOT_ASSIGNED
from playground.concepts.clustering.settings import NOISE_SETS, ClusteringSettings
from playground.language import N_, _, listed, sentences
from playground.runs.run import Run
from playground.snapshot import Snapshot

MOSTLY = 0.5
BETTER = 1.01  # an end that others beat by less is as good
STUCK = 1.2

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
WAYS_OUT = {
    "random": N_("Try the start k-means++, or New seed."),
    "kmeans++": N_("Try New seed."),
    "farthest": N_("Try the start k-means++, or New seed."),
    "clicks": N_("Drag a centroid to where one is missing, or try the start k-means++."),
}


def caption(settings: ClusteringSettings, snapshot: Snapshot) -> str:
    """Say what a moment of a method shows, and at its end how good that is."""
    m, n = snapshot.metrics, len(snapshot.arrays["points"])
    if not n:
        return _("No points yet: click into the figure to draw some.")
    if "sets" in m:
        return _gap(snapshot)
    if "clusters" in m:
        return _without_centres(settings, m, n)
    if "log_likelihood" in m:
        return _mixture(settings, snapshot)
    if "inertia" not in m:
        return _("No centroids yet: click into the figure where the first one shall start.")
    if m["converged"]:
        return _converged(settings.start, snapshot.step, m["inertia"],
                          m.get("best", m["inertia"]))
    return _(PHASES[int(m["phase"])]).format(inertia=m["inertia"], moved=m["moved"])


def numbers(run: Run[ClusteringSettings]) -> dict[str, str]:
    """Return the newest inertia and the sizes of the clusters for the prose."""
    last = run.history.last
    if last is None:
        return {}
    m, a = last.metrics, last.arrays
    sizes = np.bincount(a["labels"], minlength=NOT_ASSIGNED + 1)[:NOT_ASSIGNED]
    return {
        "inertia": _number(m, "inertia", "{:.2f}"),
        "log_likelihood": _number(m, "log_likelihood", _("{:.3f} nats per point")),
        "n": str(len(a["points"])),
        "k": str(len(a["centroids"])),
        "step": str(last.step),
        "sets": str(NOISE_SETS),
        "sizes": listed(size for size in sizes if size) or "...",
    }


def _number(metrics: Mapping[str, float], name: str, form: str) -> str:
    """Return a metric of this run as text, or a dash where the other method has it."""
    return form.format(metrics[name]) if name in metrics else "–"


def _converged(start: str, steps: int, inertia: float, best: float) -> str:
    text = _("**Converged after {steps} half-steps:** no point changes its group any more. "
             "Inertia {inertia:.2f}.").format(steps=steps, inertia=inertia)
    if inertia <= BETTER * best:
        return sentences(text, _("None of ten other starts ends lower by more than 1%."))
    if inertia > STUCK * best:
        verdict = _("**Stuck:** the best of ten other starts ends at {best:.2f}.")
    else:
        verdict = _("The best of ten other starts ends a little lower, at {best:.2f}.")
    return sentences(text, verdict.format(best=best), _(WAYS_OUT[start]))


def _mixture(settings: ClusteringSettings, snapshot: Snapshot) -> str:
    m, between = snapshot.metrics, int(snapshot.metrics["between"])
    if not m["converged"]:
        return _(MIXTURE_PHASES[int(m["phase"])]).format(value=m["log_likelihood"],
                                                         between=between)
    text = _("**Converged after {steps} half-steps:** the log-likelihood rises no more. It is "
             "{value:.3f} nats per point; {between} points are between two or more Gaussians."
             ).format(steps=snapshot.step, value=m["log_likelihood"], between=between)
    if len(snapshot.arrays["centroids"]) == 1:
        return text
    if settings.start == "clicks":
        return sentences(text, _("Another start may find a higher one: drag a mean."))
    return sentences(text, _("Another start may find a higher one: try New seed."))


def _without_centres(settings: ClusteringSettings, m: Mapping[str, float], n: int) -> str:
    if "noise" not in m:
        return _("Too few points for this method: five are needed. Click into the figure.")
    noise, clusters = int(m["noise"]), int(m["clusters"])
    at_once = _("Press Train to watch how it comes to this.") if m.get("at_once") else ""
    if settings.method == "dbscan":
        if not m["converged"] and not at_once:
            return _("**Clusters so far: {clusters}.** {core} points are dense enough to be core "
                     "points; {noise} are in no cluster yet.").format(
                         clusters=clusters, core=int(m["core"]), noise=noise)
        text = _("**Clusters: {clusters}, points of noise: {noise}.** {core} core points; the "
                 "other {border} are border points.").format(
                     clusters=clusters, noise=noise, core=int(m["core"]),
                     border=n - noise - int(m["core"]))
        return sentences(text, _radius_verdict(m, n), at_once)
    if settings.method == "agglomerative":
        text = _("**Clusters that are left: {clusters}.** The tree is cut at the height "
                 "{cut:.2f}: whatever merges below it is one cluster.").format(clusters=clusters,
                                                                               cut=m["cut"])
        return sentences(text, at_once)
    if not m["converged"]:
        return _("**Start.** This method works in one step: press Train.")
    return _("**Clusters: {clusters}, points of noise: {noise}.**").format(clusters=clusters,
                                                                        noise=noise)


def _radius_verdict(m: Mapping[str, float], n: int) -> str:
    """Say what is wrong with the radius, if it is plain."""
    if m["noise"] > MOSTLY * n:
        return _("**Most is noise:** the radius is too small for so many neighbours.")
    if m["clusters"] == 1:
        return _("**All in one:** if you see several groups, a smaller radius parts them.")
    return ""


def _gap(snapshot: Snapshot) -> str:
    m = snapshot.metrics
    sets, chosen, most = int(m["sets"]), int(m["chosen"]), int(m["most"])
    if not sets:
        return _("**k-means for every k from 1 to {most}.** More centroids always lower the "
                 "inertia. By more than on noise? Next, the same on uniform noise in the same "
                 "box, again and again.").format(most=most)
    if not m["converged"]:
        return _("**{sets} sets of noise so far.** The gap is how much lower the inertia of your "
                 "points is, on the scale of logarithms.").format(sets=sets)
    if chosen == 1:
        return _("**One group: nothing to split.** From one centroid to two, the inertia of your "
                 "points falls no faster than that of uniform noise ({sets} sets), within the "
                 "error.").format(sets=sets)
    if chosen == most and _rises(snapshot):
        return _("**No answer up to {most}.** The gap over {sets} sets of noise rises to the end: "
                 "more groups, or none that are round.").format(most=most, sets=sets)
    return _("**{k} groups.** With {k} centroids the inertia lies {gap:.2f} nats below that of "
             "uniform noise ({sets} sets), and one more does not widen the gap by more than its "
             "error.").format(k=chosen, gap=snapshot.arrays["gaps"][chosen - 1], sets=sets)


def _rises(snapshot: Snapshot) -> bool:
    gaps, errors = snapshot.arrays["gaps"], snapshot.arrays["errors"]
    return bool((gaps[:-1] < (gaps - errors)[1:]).all())
