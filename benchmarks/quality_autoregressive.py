"""How well autoregressive models learn the 8 x 8 digits: held-out nats, and what they take."""

import time
from collections.abc import Callable

import torch

from benchmarks._report import report
from playground.experiments.autoregressive import AutoregressiveExperiment
from playground.experiments.pixel_cnn.experiment import PixelCNNExperiment
from playground.experiments.pixel_cnn.settings import PixelCNNSettings
from playground.experiments.pixel_rnn.experiment import PixelRNNExperiment
from playground.experiments.pixel_rnn.settings import PixelRNNSettings

N_DRAWS = 20
RUNS: dict[str, Callable[[], AutoregressiveExperiment]] = {  # type: ignore[type-arg]
    "made": lambda: PixelCNNExperiment(
        PixelCNNSettings(model="made", steps=2000, hidden=500), "cpu"),
    "pixel_cnn": lambda: PixelCNNExperiment(PixelCNNSettings(features=32), "cpu"),
    "gated": lambda: PixelCNNExperiment(
        PixelCNNSettings(model="gated", features=32, steps=2000), "cpu"),
    "diagonal": lambda: PixelRNNExperiment(
        PixelRNNSettings(units=32, layers=2, steps=2000), "cpu"),
}


def measure() -> None:
    """Train and print nats per image, 1500 digits to train, 297 held out, dynamic binarisation.

    The aims: `digits_pixel_cnn_nats` 23.0 within 30 s, `digits_made_nats` 22.7,
    `digits_gated_nats` 22.0, `digits_diagonal_nats` 22.3; independent pixels need 27.3.
    """
    for name, build in RUNS.items():
        torch.manual_seed(0)
        run = build()
        torch.set_num_threads(run.threads)
        began = time.perf_counter()
        steps = run.steps()
        for _ in range(run.total_steps):
            next(steps)
        report(f"digits_{name}_seconds", time.perf_counter() - began, "s")
        report(f"digits_{name}_nats", held_out(run), "nats")
    report("digits_independent_nats", run.independent, "nats")


@torch.no_grad()
def held_out(run: AutoregressiveExperiment) -> float:  # type: ignore[type-arg]
    """Mean -log p over the held-out digits, each binarised `N_DRAWS` times."""
    torch.manual_seed(1)
    grey = torch.from_numpy(run.data.test)
    model = run.model.eval()
    draws = [-model.log_prob(torch.bernoulli(grey)).mean().item() for _ in range(N_DRAWS)]
    return sum(draws) / len(draws)
