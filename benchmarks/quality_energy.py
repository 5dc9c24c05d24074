"""How well Boltzmann machines and energies learn what is known, and how near annealing comes."""

import sys
from statistics import median

from benchmarks._report import report
from model_zoo.annealing import estimate
from playground import datasets, gallery
from playground.concepts.energy.experiment import EnergyExperiment
from playground.concepts.energy.settings import RULES, EnergySettings
from playground.concepts.rbm.experiment import RBMExperiment
from playground.concepts.rbm.settings import RBMSettings
from playground.settings import Value
from playground.training import folder
from playground.training.recipe import trained
from playground.training.untouched import untouched

SEEDS = (0, 1, 2)
STORED = "rbm/mnist"
LONG = {"n_hidden": 50, "steps": 10_000}
HIDDEN = 16
N_CHAINS, N_TEMPERATURES = 200, 3000
ENERGY_SETS: dict[str, dict[str, Value]] = {
    "ring": {}, "moons": {"dataset": "moons", "langevin_step": 0.002}}
BEST = {"ring": "persistent", "moons": "contrastive"}
QUICKER = {"denoising": 0.002, "contrastive": 0.005}  # learning rates where there are no chains


def measure() -> None:
    """Print what is missing to the entropy of the data, and the error of log Z; medians of seeds.

    The aims: `rbm_bars_gap` 0.1 nats, of the preset with the longer training; `ais_error` 0.05
    nats, of a trained machine with 16 hidden units, and beside it the standard error that
    annealing itself tells, `ais_said`; `rbm_mnist_nats` 95 nats, of the stored machine on MNIST;
    `energy_ring_gap` and `energy_moons_gap` 0.15 nats, each by the rule of its preset, in 30 s.
    After these, each rule on both sets.
    """
    gaps, seconds = zip(*(_gap(seed) for seed in SEEDS), strict=True)
    report("rbm_bars_gap", median(gaps), "nats")
    report("rbm_bars_seconds", median(seconds), "s")
    errors, said = zip(*(_error(seed) for seed in SEEDS), strict=True)
    report("ais_error", median(errors), "nats")
    report("ais_said", median(said), "nats")
    measure_stored()
    measure_energies()


def measure_stored() -> None:
    """Print -log p of all test images of MNIST by the stored machine, an estimate.

    Black and white are drawn once for each image. `rbm_mnist_nats_error` is its standard error
    over the images, `rbm_mnist_log_z_error` that of the annealed log Z, and `rbm_mnist_nats_short`
    the same by a ladder with a fifth of the temperatures.
    """
    try:
        _run, made = folder.model(gallery.FOLDER / STORED, "cpu")
    except datasets.DatasetUnavailable:
        print("no rbm_mnist_nats: MNIST is not on this machine", file=sys.stderr)
        return
    assert isinstance(made, RBMExperiment)
    found = made.all_held_out()
    report("rbm_mnist_nats", found["nats"], "nats")
    report("rbm_mnist_nats_error", found["error"], "nats")
    report("rbm_mnist_log_z_error", found["log_z_error"], "nats")
    report("rbm_mnist_nats_short", found["short_nats"], "nats")


def measure_energies() -> None:
    """Print how far each rule is from the entropy, on two sets of points; medians of seeds."""
    for dataset in ENERGY_SETS:
        found = {rule: [_energy_gap(dataset, rule, seed) for seed in SEEDS] for rule in RULES}
        gaps = {rule: median(gap for gap, _seconds in each) for rule, each in found.items()}
        report(f"energy_{dataset}_gap", gaps[BEST[dataset]], "nats")
        report(f"energy_{dataset}_seconds",
               median(seconds for _gap, seconds in found[BEST[dataset]]), "s")
        for rule, gap in gaps.items():
            report(f"energy_{dataset}_gap_{rule}", gap, "nats")


def _energy_gap(dataset: str, rule: str, seed: int) -> tuple[float, float]:
    settings = EnergySettings(seed=seed).with_changes(
        **ENERGY_SETS[dataset], rule=rule, learning_rate=QUICKER.get(rule, 0.001))
    training = trained("energy", settings)
    made = training.experiment
    assert isinstance(made, EnergyExperiment)
    with untouched(made, made.device):
        metrics, _arrays = made.observe()
    return metrics["gap"], training.seconds


def _gap(seed: int) -> tuple[float, float]:
    training = trained("rbm", RBMSettings(seed=seed).with_changes(**LONG))
    made = training.experiment
    assert isinstance(made, RBMExperiment)
    with untouched(made, made.device):
        metrics, _arrays = made.observe()
    return metrics["gap"], training.seconds


def _error(seed: int) -> tuple[float, float]:
    made = trained("rbm", RBMSettings(seed=seed, n_hidden=HIDDEN)).experiment
    assert isinstance(made, RBMExperiment)
    with untouched(made, made.device, seed):
        *_, log_weights = made.of_pictures.annealing(N_CHAINS, N_TEMPERATURES)
        found, said = estimate(log_weights)
        return abs(found - made.of_pictures.log_z()), said
