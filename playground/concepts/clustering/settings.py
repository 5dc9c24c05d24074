"""What a visitor can turn on the clustering page."""

from typing import Self

from pydantic import model_validator

from playground.datasets import toys
from playground.datasets.own import LIMIT, OwnPointsSettings
from playground.knobs import dataset_knob, n_points_knob, noise_knob, seed_knob, titles
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import knob

DATASETS = ("blobs", "anisotropic", "moons", "circles", "smiley", "uniform", "spiral",
            "iris_pca", "wine_pca", "breast_cancer_pca", "digits_pca", "mnist_pca", "mine")
TOYS = toys.among(DATASETS)
MAX_CLUSTERS = 20
NOISE_SETS = 20


class ClusteringSettings(OwnPointsSettings):
    """Data, method, clusters, and where they start.

    `starts` are drawn by the visitor, not turned: points of the plane within `LIMIT` of 0, used
    when `start` is "clicks".
    """

    dataset: str = dataset_knob("blobs", titles(DATASETS), N_(
        "Try uniform noise: there is nothing to find, yet k-means always finds k groups."))
    n_points: int = n_points_knob(400, dataset=TOYS)
    noise: float = noise_knob(1.0, dataset=TOYS)
    method: str = knob(
        "kmeans", N_("Method"),
        choices={"kmeans": N_("k-means"), "gmm": N_("Gaussian mixture"), "dbscan": N_("DBSCAN"),
                 "agglomerative": N_("agglomerative"), "spectral": N_("spectral"),
                 "hdbscan": N_("HDBSCAN"), "gap": N_("k-means, k by the gap statistic")},
        help=N_("Try the Gaussian mixture on the stretched groups, and DBSCAN on the moons: they "
                "follow the shapes, k-means cannot. On noise, try the gap statistic."),
    )
    eps: float = knob(
        0.2, N_("Radius eps"), low=0.02, high=1, step=0.02, when={"method": ("dbscan",)},
        help=N_("How far a neighbour may be. On the moons, try 0.06: they fall to pieces. Try "
                "0.6: all is one cluster. You may also click into the curve of distances."),
    )
    min_samples: int = knob(
        5, N_("Points to be dense"), low=1, high=50, step=1,
        when={"method": ("dbscan", "hdbscan")},
        help=N_("How many points within reach, itself included, make a core point."),
    )
    linkage: str = knob(
        "ward", N_("Linkage"), when={"method": ("agglomerative",)},
        choices={"ward": N_("Ward: least added variance"), "complete": N_("complete: farthest"),
                 "average": N_("average"), "single": N_("single: nearest")},
        help=N_("What the distance between two clusters is. Try single on the moons: it follows "
                "chains."),
    )
    covariance: str = knob(
        "full", N_("Covariance"), when={"method": ("gmm",)},
        choices={"full": N_("full: any ellipse"), "tied": N_("tied: the same ellipse for all"),
                 "diag": N_("diagonal: along the axes"), "spherical": N_("spherical: circles")},
        help=N_("Which shapes a group may have. Try circles on the stretched groups."),
    )
    start: str = knob(
        "kmeans++", N_("Start"), when={"method": ("kmeans", "gmm")},
        choices={"random": N_("random points"), "kmeans++": N_("k-means++"),
                 "farthest": N_("farthest first"), "clicks": N_("my clicks")},
        help=N_("Where the centroids begin. Try random points with several seeds: some starts "
                "stick. With my clicks, click into the figure."),
    )
    n_clusters: int = knob(
        4, N_("Clusters k"), low=1, high=MAX_CLUSTERS, step=1,
        when={"start": ("random", "kmeans++", "farthest"),
              "method": ("kmeans", "gmm", "agglomerative", "spectral")},
        help=N_("How many groups to look for. The method never tells you that k is wrong."),
    )
    speed: float = knob(
        3.0, N_("Steps per second"), group="Training", low=0.5, high=12, step=0.5, live=True,
        help=N_("Slow enough to follow with your eyes."),
    )
    seed: int = seed_knob(
        N_("The chance in the start; the points stay the same. Try several with random points."))
    starts: tuple[tuple[float, float], ...] = ()

    @model_validator(mode="after")
    def _starts_are_near(self) -> Self:
        if len(self.starts) > MAX_CLUSTERS:
            raise Refusal(N_("starts must be at most {most}, got {n}"), most=MAX_CLUSTERS,
                          n=len(self.starts))
        for start in self.starts:
            if max(map(abs, start)) > LIMIT:
                raise Refusal(N_("starts must lie within {limit:g} of 0, got ({start})"),
                              limit=LIMIT, start=list(start))
        return self
