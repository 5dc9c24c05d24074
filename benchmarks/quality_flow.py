"""How near normalizing flows come to known densities of the plane, after at most a minute."""

import statistics
from collections.abc import Mapping

import numpy as np
import torch

from benchmarks._report import report
from playground.concepts.flow.experiment import FlowExperiment
from playground.concepts.flow.settings import FlowSettings
from playground.datasets import toys
from playground.experiments import toy_density
from playground.settings import Value
from playground.training.recipe import trained

SEEDS = (0, 1, 2)
N_FRESH = 50_000
FRESH_SEED = 990  # of points that nobody has learned from
AT_ONCE = 5_000
PLANE: dict[str, Mapping[str, Value]] = {
    "ring": {},
    "moons": {},
    "checkerboard": {"model": "maf", "learning_rate": 0.005},
}


def measure() -> None:
    """Train on the plane with three seeds each; print the median gap and the longest training.

    The gap is the mean of log p_true - log p_model over 50,000 fresh points, in nats: an estimate
    of the Kullback-Leibler divergence from the truth to the model. The aims: `flow_ring_gap` 0.05,
    `flow_moons_gap` 0.06, `flow_checkerboard_gap` 0.10, each after at most 60 s on two cores.
    """
    for dataset, changes in PLANE.items():
        gaps, seconds = [], []
        for seed in SEEDS:
            settings = FlowSettings(dataset=dataset, seed=seed).with_changes(**changes)
            training = trained("flow", settings)
            assert isinstance(training.experiment, FlowExperiment)
            gaps.append(gap(training.experiment))
            seconds.append(training.seconds)
        report(f"flow_{dataset}_gap", statistics.median(gaps), "nats")
        report(f"flow_{dataset}_seconds", max(seconds), "s")


@torch.no_grad()
def gap(run: FlowExperiment) -> float:
    """Mean of log p_true - log p_model over fresh points, in nats."""
    settings = run.settings
    points, _ = toys.make(settings.dataset, n_points=N_FRESH, noise=settings.noise,
                          seed=FRESH_SEED)
    truth = toy_density.log_density(settings.dataset, settings.noise)
    assert truth is not None
    said = torch.cat([run.log_density(part) for part in torch.from_numpy(points).split(AT_ONCE)])
    return float(np.mean(truth(points) - said.double().numpy()))
