"""How well autoregressive models learn digits: held-out nats per image, exact.

The small ones are trained here; the stored runs are read and measured again.
"""

import sys
from typing import Any

import torch

from benchmarks._report import report
from playground import datasets, gallery
from playground.concepts.pixel_cnn.settings import PixelCNNSettings
from playground.experiments.autoregressive import AutoregressiveExperiment
from playground.training import folder
from playground.training.recipe import trained

N_DRAWS = 20
N_AT_ONCE = 250
TRAINED = {
    "made": PixelCNNSettings(model="made", steps=2000, hidden=500),
    "pixel_cnn": PixelCNNSettings(features=32),
}
STORED = {
    "digits_gated_nats": "pixel_cnn/gated",
    "digits_diagonal_nats": "pixel_rnn/diagonal",
    "mnist_pixel_cnn_nats": "pixel_cnn/mnist",
    "mnist_diagonal_nats": "pixel_rnn/mnist",
}


def measure() -> None:
    """Print nats per image, dynamic binarisation.

    The 8 x 8 digits have 1,500 images to train and 297 held out, each binarised 20 times here. The
    aims: `digits_pixel_cnn_nats` 23.0 within 30 s, `digits_made_nats` 22.7, `digits_gated_nats`
    22.0, `digits_diagonal_nats` 22.3; independent pixels need 27.3. MNIST has 60,000 and 10,000,
    binarised once: `mnist_pixel_cnn_nats` 86, `mnist_best_nats` 85; without the full set (in
    `PLAYGROUND_DATA`) they are measured on the 1,000 test images that ship, and the unit says so.
    """
    for name, settings in TRAINED.items():
        training = trained("pixel_cnn", settings)
        run = training.experiment
        assert isinstance(run, AutoregressiveExperiment)
        report(f"digits_{name}_seconds", training.seconds, "s")
        report(f"digits_{name}_nats", held_out(run), "nats")
        independent = run.independent
    report("digits_independent_nats", independent, "nats")
    nats = {figure: _stored(figure, name) for figure, name in STORED.items()
            if (gallery.FOLDER / name).exists()}
    for missing in STORED.keys() - nats.keys():
        print(f"no {missing}: {STORED[missing]} is not stored", file=sys.stderr)
    report("mnist_best_nats", min(value for figure, value in nats.items()
                                  if figure.startswith("mnist")), "nats")


def _stored(figure: str, name: str) -> float:
    try:
        _run, run = folder.model(gallery.FOLDER / name, "cpu")
    except datasets.DatasetUnavailable:
        with datasets.stand_ins():
            _run, run = folder.model(gallery.FOLDER / name, "cpu")
    assert isinstance(run, AutoregressiveExperiment)
    torch.set_num_threads(2)
    nats = held_out(run)
    part = f", on {len(run.data.test)} test images" if run.data.part_of else ""
    report(figure, nats, "nats" + part)
    return nats


@torch.no_grad()
def held_out(run: AutoregressiveExperiment[Any]) -> float:
    """Mean -log p over all held-out images; small ones are binarised `N_DRAWS` times."""
    torch.manual_seed(1)
    grey = torch.from_numpy(run.data.test)
    model = run.model.eval()
    n_draws = N_DRAWS if grey[0].numel() < 100 else 1
    draws = [-torch.cat([model.log_prob(torch.bernoulli(part)) for part in grey.split(N_AT_ONCE)])
             for _ in range(n_draws)]
    return torch.cat(draws).mean().item()
