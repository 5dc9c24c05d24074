"""How well GANs learn points of the plane: modes and good samples, medians over three seeds."""

import time
from collections.abc import Mapping
from statistics import median

import torch

from benchmarks._report import report
from playground.experiments.gan.experiment import GANExperiment
from playground.experiments.gan.settings import GANSettings
from playground.settings import Value

SEEDS = (0, 1, 2)
COLLAPSE: dict[str, Value] = {"generator_rate": 0.005, "discriminator_rate": 0.0002,
                              "schedule": "constant", "steps": 2000}
FIXES: tuple[dict[str, Value], ...] = (
    {"critic_steps": 5}, {"pack": 4}, {"generator_rate": 0.001, "discriminator_rate": 0.001})
GOOD: dict[str, dict[str, Value]] = {
    "ring": {}, "tight_ring": {"dataset": "tight_ring"},
    "grid": {"dataset": "grid", "steps": 6000},
}


def measure() -> None:
    """Print modes and the share of good samples of the page's presets, and the seconds.

    The aims: `ring_modes` and `tight_ring_modes` 8, `ring_high_quality` and
    `tight_ring_high_quality` 0.9 within 25 s; `grid_modes` 25 and `grid_high_quality` 0.75 within
    60 s; `collapse_modes` 3 at most; `fix_modes_min`, the smallest median of the three fixes, 7.
    """
    for name, settings in GOOD.items():
        modes, good, seconds = _medians(settings)
        report(f"{name}_modes", modes, "modes")
        report(f"{name}_high_quality", good, "share")
        report(f"{name}_seconds", seconds, "s")
    report("collapse_modes", _medians(COLLAPSE)[0], "modes")
    report("fix_modes_min", min(_medians(COLLAPSE | fix)[0] for fix in FIXES), "modes")


def _medians(settings: Mapping[str, Value]) -> tuple[float, float, float]:
    runs = [_train(settings, seed) for seed in SEEDS]
    modes, good, seconds = (median(column) for column in zip(*runs, strict=True))
    return modes, good, seconds


def _train(settings: Mapping[str, Value], seed: int) -> tuple[float, float, float]:
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    run = GANExperiment(GANSettings(**settings, seed=seed), "cpu")
    began = time.perf_counter()
    steps = run.steps()
    for _ in range(run.total_steps):
        next(steps)
    seconds = time.perf_counter() - began
    measured = run.observe()[0]
    return measured["modes"], measured["high_quality"], seconds
