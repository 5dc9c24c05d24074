"""How well flows learn on the plane: modes and good samples over three seeds, one step, log p."""

from collections.abc import Mapping
from statistics import median

from benchmarks._report import report
from playground.concepts.flow_matching.experiment import FlowMatchingExperiment
from playground.concepts.flow_matching.settings import FlowMatchingSettings
from playground.experiments import known_density
from playground.experiments.base import at_once
from playground.metrics import clouds
from playground.settings import Value
from playground.training.recipe import trained
from playground.training.untouched import untouched

SEEDS = (0, 1, 2)
N_SAMPLES = 10_000
RING: dict[str, Value] = {}
GRID: dict[str, Value] = {"dataset": "grid", "steps": 5000}
ONE_STEP: dict[str, dict[str, Value]] = {
    "mean_flow": {"model": "mean_flow", "solver_steps": 1, "steps": 1500},
    "reflow": {"second_half": "reflow", "solver": "euler", "solver_steps": 1},
    "distil": {"second_half": "distil", "solver": "euler", "solver_steps": 1},
}


def measure() -> None:
    """Print modes, the share of samples within 3 sigma of one, and the seconds of training.

    The median of three seeds and 10,000 samples each. The aims, with at most 30 s of training:
    `flow_matching_ring_quality` 0.95 and 8 modes, `flow_matching_grid_quality` 0.90 and 25 modes;
    `one_step_ring_quality`, of a mean flow in one evaluation of its net, 0.85; beside it a second
    flow and a distilled consistency model, `reflow_` and `distil_ring_quality`.
    `flow_matching_ring_gap`: -log p of held-out points less that of the true density, nats; and
    `flow_matching_ring_mass`, what the density sums to on a grid.
    """
    for name, settings in {"flow_matching_ring": RING, "flow_matching_grid": GRID}.items():
        _report(name, settings)
    for name, settings in ONE_STEP.items():
        _report("one_step_ring" if name == "mean_flow" else f"{name}_ring", settings)
    gaps, masses = zip(*(_likelihood(seed) for seed in SEEDS), strict=True)
    report("flow_matching_ring_gap", median(gaps), "nats")
    report("flow_matching_ring_mass", median(masses), "share")


def _report(name: str, settings: Mapping[str, Value]) -> None:
    rows = [_quality(settings, seed) for seed in SEEDS]
    quality, modes, seconds = (median(column) for column in zip(*rows, strict=True))
    report(f"{name}_quality", quality, "share")
    report(f"{name}_modes", modes, "modes")
    report(f"{name}_seconds", seconds, "s")


def _quality(changes: Mapping[str, Value], seed: int) -> tuple[float, float, float]:
    settings = FlowMatchingSettings(seed=seed).with_changes(**changes)
    training = trained("flow_matching", settings)
    made = training.experiment
    assert isinstance(made, FlowMatchingExperiment)
    with untouched(made, made.device):
        made.take_knobs()
        samples = made.draw(N_SAMPLES).cpu().numpy()
    found, good = clouds.modes(samples, *known_density.modes(settings.dataset, settings.noise))
    return good, float((found > 0).sum()), training.seconds


def _likelihood(seed: int) -> tuple[float, float]:
    training = trained("flow_matching", FlowMatchingSettings(seed=seed))
    made = training.experiment
    assert isinstance(made, FlowMatchingExperiment)
    with untouched(made, made.device):
        answer = at_once(made.likelihood())
    return answer["nats"] - answer["true"], answer["mass"]
