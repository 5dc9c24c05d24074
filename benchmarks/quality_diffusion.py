"""How well diffusion learns: the plane over three seeds, its likelihood, its speed, stored digits.

The Frechet distance of MNIST is that of 10,000 samples, drawn without telling the class in 25
steps of Heun's rule, 49 evaluations, by the features of our own net; it is printed if
`diffusion/mnist` is stored.
"""

import sys
import time
from collections.abc import Mapping
from statistics import median

import torch

from benchmarks._report import report
from playground import datasets, gallery
from playground.concepts.diffusion.experiment import DiffusionExperiment
from playground.concepts.diffusion.settings import DiffusionSettings
from playground.concepts.diffusion.training import sampler_of
from playground.experiments import known_density
from playground.experiments.base import at_once
from playground.experiments.pieces import to_the_end
from playground.metrics import clouds, feature_net
from playground.metrics.features import frechet_distance
from playground.settings import Value
from playground.training import folder
from playground.training.batches import Batches
from playground.training.recipe import Training, trained
from playground.training.trainer import adam
from playground.training.untouched import untouched

SEEDS = (0, 1, 2)
N_SAMPLES = 10_000
N_MOVED = 1_000
N_STEPS, N_TURNS = 200, 5
PATHS, PATH_STEPS = 400, 50
MNIST, N_IMAGES, AT_ONCE, N_CLOCKED = "diffusion/mnist", 10_000, 500, 16
HEUN_STEPS = 25


def measure() -> None:
    """Print quality, likelihood and speed; medians of three seeds.

    The aims, with at most 30 s of training on two cores: `diffusion_ring_quality` 0.95 within 3
    sigma, and 8 modes; `diffusion_moons_ratio`, the sliced Wasserstein distance of 1,000 samples
    to held-out points as a multiple of that of real ones, 1.3; `diffusion_ring_gap`, nats per
    held-out point above the true density, 0.05, beside `diffusion_ring_mass`, the integral.
    `diffusion_ratio`, steps per second through the bench and in a bare loop, 0.95;
    `diffusion_paths_seconds`, 400 particles in 50 steps, 0.5. `diffusion_mnist_fid` 0.30, beside
    `diffusion_mnist_recall` 0.90 and the other measures of how far samples and data lie among each
    other; `diffusion_mnist_seconds` for 16 pictures with 50 evaluations, 3.
    """
    rings = [_trained({}, seed) for seed in SEEDS]
    quality, modes = zip(*(_quality(made) for made, _seconds in rings), strict=True)
    report("diffusion_ring_quality", median(quality), "share")
    report("diffusion_ring_modes", median(modes), "modes")
    report("diffusion_ring_seconds", median(seconds for _made, seconds in rings), "s")
    gaps, masses = zip(*(_likelihood(made) for made, _seconds in rings), strict=True)
    report("diffusion_ring_gap", median(gaps), "nats")
    report("diffusion_ring_mass", median(masses), "share")
    report("diffusion_paths_seconds", _paths(rings[0][0]), "s")
    moons = [_trained({"dataset": "moons"}, seed)[0] for seed in SEEDS]
    report("diffusion_moons_ratio", median(_ratio_to_real(made) for made in moons), "ratio")
    report("diffusion_ratio", _speed(), "ratio")
    if (gallery.FOLDER / MNIST).exists():
        _pictures()
    else:
        print(f"no figures of MNIST: {MNIST} is not stored", file=sys.stderr)


def _trained(changes: Mapping[str, Value], seed: int) -> tuple[DiffusionExperiment, float]:
    training = trained("diffusion", DiffusionSettings(seed=seed).with_changes(**changes))
    made = training.experiment
    assert isinstance(made, DiffusionExperiment)
    return made, training.seconds


def _quality(made: DiffusionExperiment) -> tuple[float, float]:
    """The share of good samples, and the modes that have one."""
    with untouched(made, made.device):
        samples = made.draw(N_SAMPLES).cpu().numpy()
    settings = made.settings
    found, good = clouds.modes(samples, *known_density.modes(settings.dataset, settings.noise))
    return good, float((found > 0).sum())


def _likelihood(made: DiffusionExperiment) -> tuple[float, float]:
    with untouched(made, made.device):
        answer = at_once(made.density())
    return answer["nats"] - answer["floor"], answer["mass"]


def _ratio_to_real(made: DiffusionExperiment) -> float:
    """How far samples are from held-out points, as a multiple of how far other real points are."""
    with untouched(made, made.device):
        samples = made.draw(N_MOVED).cpu().numpy()
    real, other = (datasets.load(made.settings.dataset, n_points=N_MOVED, seed=seed).test
                   for seed in (1, 2))
    return clouds.sliced_wasserstein(samples, real) / clouds.sliced_wasserstein(other, real)


@torch.no_grad()
def _paths(made: DiffusionExperiment) -> float:
    """The fewest seconds of three walks."""
    sampler, seconds = sampler_of(made.settings, "ddim", PATH_STEPS), []
    with untouched(made, made.device):
        for _ in range(3):
            began = time.perf_counter()
            list(made.walk(made.model.noise(PATHS), None, sampler))
            seconds.append(time.perf_counter() - began)
    return min(seconds)


def _speed() -> float:
    """The median share of a bare loop's speed, over turns in which one follows the other."""
    settings = DiffusionSettings()
    training = Training("diffusion", settings.model_dump(), "cpu")
    training.build()
    bare = DiffusionExperiment(settings, "cpu")
    batches = Batches(bare.trainer.batches.data, settings.batch_size)
    weights = [weight for weight in bare.model.parameters() if weight.requires_grad]
    mover, shares = adam(weights), []
    for _ in range(N_TURNS):
        began = time.perf_counter()
        for _step in range(N_STEPS):
            loss = bare.model.loss(batches.data[batches.draw()])["loss"]
            mover.zero_grad(set_to_none=True)
            loss.backward()
            mover.step()
        between = time.perf_counter()
        until = training.step + N_STEPS
        training.train(is_enough=lambda: training.step >= until)  # noqa: B023
        shares.append((between - began) / (time.perf_counter() - between))
    return median(shares)


@torch.no_grad()
def _pictures() -> None:
    torch.manual_seed(0)
    with datasets.stand_ins():
        _run, made = folder.model(gallery.FOLDER / MNIST, "cpu")
    assert isinstance(made, DiffusionExperiment)
    real = torch.from_numpy(datasets.load("mnist").test)
    parts, heun = [], sampler_of(made.settings, "heun", HEUN_STEPS)
    with untouched(made, made.device):
        began = time.perf_counter()
        at_once(to_the_end(made.walk(made.model.noise(N_CLOCKED), None)))
        report("diffusion_mnist_seconds", time.perf_counter() - began, "s")
        for _ in range(N_IMAGES // AT_ONCE):
            state = at_once(to_the_end(made.walk(made.model.noise(AT_ONCE), None, heun)))
            parts.append(made.model.outward(state.x).clamp(0, 1))
    found, known = (feature_net.features("mnist", each) for each in (torch.cat(parts), real))
    report("diffusion_mnist_fid", frechet_distance(found, known), "unit of the net")
    for name, value in at_once(clouds.overlap(found, known)).items():
        report(f"diffusion_mnist_{name}", value, "share")
