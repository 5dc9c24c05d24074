"""Which figures the page of clustering has, method by method."""

from playground.concepts.clustering.settings import ClusteringSettings
from playground.concepts.clustering.starts import CENTRED
from playground.language import N_, _
from playground.ui.bench.live_plot import Panel

CUTS = {
    "dbscan": (N_("Distance to the k-th neighbour: click or drag eps"),
               N_("Distances to the k-th neighbour, sorted, and eps as a line")),
    "agglomerative": (N_("The tree of merges: click or drag the cut"),
                      N_("A dendrogram of the uppermost merges, and the cut as a line")),
}
PLANES = {"dbscan": N_("Large: core points, small: border points, ×: noise"),
          "gap": N_("Points, k-means with the chosen k")}


def panels(settings: ClusteringSettings) -> list[Panel]:
    """The plane, and what the method minimises or maximises, or where it can be cut."""
    method = settings.method
    if method in CENTRED:
        return _with_centres(method)
    plane = Panel("plane", _(PLANES.get(method, N_("Points and the clusters so far"))),
                  square=True, events=("click",),
                  alt=_("Points coloured by cluster, noise in grey"))
    if method == "gap":
        return [plane,
                Panel("fan", _("Inertia: points and noise"), alt=_(
                    "Log inertia over k: of the points, of sets of noise, and their mean")),
                Panel("gap", _("The gap between them"), alt=_(
                    "The gap in nats over k, with errors, and the chosen k as a star"))]
    if method not in CUTS:
        return [plane]
    title, alt = CUTS[method]
    return [plane, Panel("second", _(title), events=("click", "drag"), alt=_(alt))]


def _with_centres(method: str) -> list[Panel]:
    if method == "gmm":
        return [
            Panel("plane", _("Points, Gaussians at 1 and 2 sigma"), square=True,
                  events=("click", "drag"),
                  alt=_("Points in blended colours, with an ellipse for each Gaussian")),
            Panel("score", _("Log-likelihood after each half-step"), kind="curve",
                  alt=_("Log-likelihood per point over the half-steps")),
        ]
    return [
        Panel("plane", _("Points, centroids and their regions"), square=True,
              events=("click", "drag"),
              alt=_("Points coloured by cluster, centroids, and Voronoi regions")),
        Panel("score", _("Inertia after each half-step"), kind="curve",
              alt=_("Inertia over the half-steps")),
    ]
