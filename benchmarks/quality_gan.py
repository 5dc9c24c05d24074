"""How well GANs learn: modes and good samples on the plane, over three seeds; a stored DCGAN."""

import sys
from collections.abc import Mapping
from statistics import median

import torch

from benchmarks._report import report
from playground import datasets, gallery
from playground.concepts.dcgan.experiment import DCGANExperiment
from playground.concepts.gan.settings import GANSettings
from playground.experiments.base import at_once
from playground.settings import Value
from playground.training import folder
from playground.training.recipe import seen, trained
from playground.training.untouched import untouched

SEEDS = (0, 1, 2)
COLLAPSE: dict[str, Value] = {"generator_rate": 0.005, "discriminator_rate": 0.0002,
                              "schedule": "constant", "steps": 2000}
FIXES: tuple[dict[str, Value], ...] = (
    {"critic_steps": 5}, {"pack": 4}, {"generator_rate": 0.001, "discriminator_rate": 0.001})
GOOD: dict[str, dict[str, Value]] = {
    "ring": {}, "tight_ring": {"dataset": "tight_ring", "steps": 5000},
    "grid": {"dataset": "grid", "steps": 5000},
}
DCGAN = "dcgan/mnist"
N_IMAGES = 10_000


def measure() -> None:
    """Print modes and the share of good samples of the page's presets, and the seconds.

    The aims: `ring_modes` and `tight_ring_modes` 8, `ring_high_quality` and
    `tight_ring_high_quality` 0.9 within 25 s; `grid_modes` 25 and `grid_high_quality` 0.75 within
    60 s; `collapse_modes` 3 at most; `fix_modes_min`, the smallest median of the three fixes, 7.
    Of the stored DCGAN, on 10,000 samples: `dcgan_precision` 0.8, `dcgan_recall` 0.4,
    `dcgan_class_factor` 2 at most, how far the share of any class is from a tenth; `dcgan_fid`
    beside `dcgan_fid_floor`, by the features of our own net.
    """
    for name, settings in GOOD.items():
        modes, good, seconds = _medians(settings)
        report(f"{name}_modes", modes, "modes")
        report(f"{name}_high_quality", good, "share")
        report(f"{name}_seconds", seconds, "s")
    report("collapse_modes", _medians(COLLAPSE)[0], "modes")
    report("fix_modes_min", min(_medians(COLLAPSE | fix)[0] for fix in FIXES), "modes")
    if (gallery.FOLDER / DCGAN).exists():
        _images()
    else:
        print(f"no dcgan figures: {DCGAN} is not stored", file=sys.stderr)


def _images() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(2)
    try:
        _run, run = folder.model(gallery.FOLDER / DCGAN, "cpu")
    except datasets.DatasetUnavailable:
        with datasets.stand_ins():
            _run, run = folder.model(gallery.FOLDER / DCGAN, "cpu")
    assert isinstance(run, DCGANExperiment)
    with untouched(run, run.device):
        found = at_once(run.quality(N_IMAGES))
    part = "" if found["n"] == N_IMAGES else f" ({found['n']} images)"
    for name in ("precision", "recall"):
        report(f"dcgan_{name}", found[name], "share" + part)
        report(f"dcgan_{name}_floor", found[f"floor_{name}"], "share" + part)
    even = found["per_class"] * len(found["per_class"])
    report("dcgan_class_factor", max(even.max(), 1 / max(even.min(), 1e-9)), "ratio")
    report("dcgan_fid", found["fid"], "unit of the net" + part)
    report("dcgan_fid_floor", found["floor_fid"], "unit of the net" + part)


def _medians(settings: Mapping[str, Value]) -> tuple[float, float, float]:
    runs = [_train(settings, seed) for seed in SEEDS]
    modes, good, seconds = (median(column) for column in zip(*runs, strict=True))
    return modes, good, seconds


def _train(changes: Mapping[str, Value], seed: int) -> tuple[float, float, float]:
    training = trained("gan", GANSettings(seed=seed).with_changes(**changes))
    measured = seen(training).metrics
    return measured["modes"], measured["high_quality"], training.seconds
