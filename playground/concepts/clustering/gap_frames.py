"""What there is to see of the gap statistic."""

import numpy as np

from playground.algorithms.gap import State
from playground.concepts.clustering.settings import NOISE_SETS
from playground.experiments.base import Observation

NOT_ASSIGNED = 255
FEWEST_SETS = 2  # for an error


def observe_gap(points: np.ndarray, state: State) -> Observation:
    """Return the k that is `chosen` so far (0: none), and its clusters as k-means has them.

    `log_inertia` (K,) and `noise_log_inertia` (B, K) are those of the data and of the `sets` of
    noise so far, in nats; `gaps` (K,) lies between them, with its `errors` (K,), once there is
    noise. `most` is K.
    """
    sets = len(state.noise)
    chosen = state.chosen if sets >= FEWEST_SETS else 0
    end = state.clusterings[chosen - 1]
    labels = end.labels if chosen else np.full(len(points), NOT_ASSIGNED)
    centroids = end.centroids if chosen else end.centroids[:0]
    metrics = {"sets": float(sets), "chosen": float(chosen), "most": float(len(state.data)),
               "converged": float(sets == NOISE_SETS)}
    arrays = {"points": points, "centroids": centroids, "trail": centroids[None],
              "log_inertia": state.data, "noise_log_inertia": state.noise}
    if sets:
        arrays |= {"gaps": state.gaps, "errors": state.errors}
    return metrics, {"labels": labels.astype(np.uint8)} | {
        name: array.astype(np.float32) for name, array in arrays.items()}
