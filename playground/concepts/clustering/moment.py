"""The figures of one moment of clustering: which one is drawn of which arrays."""

import numpy as np

from playground.algorithms.gaussian_mixture import start_at
from playground.charts.encode import Figure
from playground.charts.gap import fan, gaps
from playground.charts.scatter import Box, box_around, square
from playground.concepts.clustering.figures import (
    NOT_ASSIGNED,
    borders,
    dendrogram,
    grown,
    k_distances,
    kmeans,
    mixture,
)
from playground.concepts.clustering.settings import MAX_CLUSTERS, ClusteringSettings
from playground.snapshot import Snapshot


def frame(settings: ClusteringSettings, snapshot: Snapshot) -> dict[str, Figure]:
    """Draw the plane at one half-step, and what stands beside it."""
    a = snapshot.arrays
    labels = a["labels"].astype(np.int64)
    labels[labels == NOT_ASSIGNED] = -1
    drawing = settings.dataset == "mine" and not settings.columns
    box = square(2.0) if drawing else box_around(a["points"])
    if "kinds" in a:
        return _without_centres(settings, snapshot, labels, box)
    if "responsibilities" in a:
        start = start_at(a["points"], a["centroids"][:1], settings.covariance)
        return {"plane": mixture(a["points"], a["responsibilities"] / 255, a["centroids"],
                                 a["covariances"], a["trail"], box, start.covariances[0])}
    plane = kmeans(a["points"], labels, a["centroids"], a["trail"], box)
    if "log_inertia" not in a:
        return {"plane": plane}
    data, noise = a["log_inertia"], a["noise_log_inertia"]
    unknown = np.full(len(data), np.nan)
    return {"plane": plane, "fan": fan(data, noise),
            "gap": gaps(a.get("gaps", unknown), a.get("errors", unknown),
                        int(snapshot.metrics["chosen"]))}


def _without_centres(settings: ClusteringSettings, snapshot: Snapshot, labels: np.ndarray,
                     box: Box) -> dict[str, Figure]:
    a = snapshot.arrays
    figures = {"plane": grown(a["points"], labels, a["kinds"], box, a.get("wave"), settings.eps)}
    if settings.method == "dbscan":
        knob = ClusteringSettings.knobs()["eps"]
        figures["second"] = k_distances(a.get("distances", np.zeros(0)), settings.eps,
                                        settings.min_samples,
                                        (knob.low or 0.0, knob.high or 0.0, knob.step or 0.0))
    if settings.method == "agglomerative":
        x, heights = a.get("branches", np.zeros((2, 1, 4)))
        figures["second"] = dendrogram(x, heights, snapshot.metrics.get("cut", 0.0),
                                       a.get("leaves", np.zeros(len(labels))),
                                       a.get("pairs", np.zeros((1, 2))), MAX_CLUSTERS)
    return figures


def of_kmeans(snapshot: Snapshot) -> dict[str, Figure]:
    """Draw what the prose says of k-means: its start, and its borders; nothing without centres."""
    a = snapshot.arrays
    if not len(a["centroids"]):
        return {}
    box = box_around(a["points"])
    way = np.concatenate([a["trail"], a["centroids"][None]])  # (T + 1, K, 2)
    nobody = np.full(len(a["points"]), NOT_ASSIGNED)
    return {"start": kmeans(a["points"], nobody, way[0], way[:0:-1], box),
            "borders": borders(a["points"], a["labels"], a["centroids"], box)}
