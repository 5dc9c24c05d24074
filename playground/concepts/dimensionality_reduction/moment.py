"""The figures of one moment of dimensionality reduction: which one is drawn of which arrays."""

import numpy as np

from playground.charts.encode import Figure
from playground.charts.scatter import box_around, square
from playground.concepts.dimensionality_reduction.figures import (
    axis,
    embedding,
    in_space,
    sheet,
    traced,
)
from playground.concepts.dimensionality_reduction.settings import (
    MAX_VISITED,
    DimensionalityReductionSettings,
)
from playground.snapshot import Snapshot


def frame(settings: DimensionalityReductionSettings, snapshot: Snapshot) -> dict[str, Figure]:
    """Draw the plane of one moment, and of three dimensions the data in space."""
    a = snapshot.arrays
    labels = a["labels"].astype(np.int64)
    names = settings.columns or ("x", "y", "z")
    space = {"space": in_space(a["space"], labels, names)} if "space" in a else {}
    if "traced" in a:
        return _by_hand(settings, snapshot, labels) | space
    if settings.method == "by_hand":  # too few points
        return {"plane": axis(a["points"], labels, 0, square(2.0)),
                "traced": traced(np.zeros(1), np.zeros(1), 1, 0, None)}
    plane = embedding(a["points"], labels)
    if "pictures" in a:
        plane["layout"]["meta"] = {"sheet": sheet(a["pictures"], labels)}
    return {"plane": plane} | space


def _by_hand(settings: DimensionalityReductionSettings, snapshot: Snapshot,
             labels: np.ndarray) -> dict[str, Figure]:
    a, m = snapshot.arrays, snapshot.metrics
    drawing = settings.dataset == "mine" and not settings.columns
    seen, variances = bool(m["revealed"]), a["principal_variances"]
    return {
        "plane": axis(a["points"], labels, m["angle"],
                      square(2.0) if drawing else box_around(a["points"]),
                      a["components"] if seen else None, variances, movable=drawing,
                      most=MAX_VISITED),
        "traced": traced(a["traced"][0], a["traced"][1],
                         float(variances[0]), float(variances[1]),
                         m["principal_angle"] if seen else None, a.get("visited"),
                         a.get("whole")),
    }


def principal(snapshot: Snapshot) -> dict[str, Figure]:
    """Draw PC1 and PC2 through the points, where there is an axis."""
    a = snapshot.arrays
    if "traced" not in a:
        return {}
    return {"principal": axis(a["points"], a["labels"].astype(np.int64),
                              snapshot.metrics["principal_angle"], box_around(a["points"]),
                              a["components"], a["principal_variances"])}
