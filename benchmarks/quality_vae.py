"""How well VAEs learn: the 8 x 8 digits, MNIST in grey values, and the stored run on MNIST.

All of MNIST must be in the folder that `PLAYGROUND_DATA` names, as torchvision stores it; without
it only the figures of the digits are printed, and a line that says what is missing.
"""

import sys

import torch
from torch import Tensor

from benchmarks._report import report
from playground import datasets, gallery
from playground.concepts.vae.experiment import VAEExperiment
from playground.concepts.vae.settings import VAESettings
from playground.training import folder
from playground.training.recipe import trained

DIGITS = VAESettings(latent_dim=20, learning_rate=0.005, schedule="cosine", warm_up=1000,
                     steps=2000)
GREY = VAESettings(dataset="mnist_full", likelihood="grey", latent_dim=20, hidden=400, layers=1,
                   batch_size=128, steps=4690, learning_rate=0.002, schedule="cosine")
CONVOLUTIONAL = "vae/mnist"
N_BINARISATIONS = 10
CODES_ON_DIGITS, CODES_ON_MNIST, AT_ONCE = 200, 500, 20


def measure() -> None:
    """Train and print held-out nats per image and seconds of training.

    The aims: `digits_vae_nats` 22.55 within 20 s (the IWAE bound with 200 codes, each held-out
    digit binarised anew 10 times); `mnist_grey_vae_loss` 105.5 within 45 s on two cores (10 epochs
    of 60,000, one code for each of the 10,000 test images); `mnist_conv_vae_nats` 86.0 (the IWAE
    bound with 500 codes on the 10,000 test images, dynamic binarisation, of the stored weights).
    """
    run, seconds = _trained(DIGITS)
    report("digits_vae_seconds", seconds, "s")
    grey = torch.from_numpy(run.data.test)
    torch.manual_seed(1)
    nats = [bound(run, torch.bernoulli(grey), CODES_ON_DIGITS) for _ in range(N_BINARISATIONS)]
    report("digits_vae_nats", sum(nats) / len(nats), "nats")
    try:
        VAEExperiment.prepare(GREY)
    except datasets.DatasetUnavailable as missing:
        print(f"no figures of MNIST: {missing}", file=sys.stderr)
        return
    measure_grey()
    measure_stored()


def measure_grey() -> None:
    """Train the usual 784-400-20 net and print its test loss."""
    run, seconds = _trained(GREY)
    report("mnist_grey_vae_seconds", seconds, "s")
    test = torch.from_numpy(run.data.test)
    with torch.no_grad():
        report("mnist_grey_vae_loss", run.model.loss(test)["loss"].item(), "nats")


def measure_stored() -> None:
    """Print the bound of the stored convolutional VAE, if there is one."""
    path = gallery.FOLDER / CONVOLUTIONAL / "weights.safetensors"
    if not path.exists():
        print(f"no figure of the convolutional VAE: {CONVOLUTIONAL} is not stored",
              file=sys.stderr)
        return
    _run, run = folder.model(gallery.FOLDER / CONVOLUTIONAL, "cpu")
    assert isinstance(run, VAEExperiment)
    torch.set_num_threads(run.threads)
    torch.manual_seed(1)
    x = torch.bernoulli(torch.from_numpy(run.data.test))
    report("mnist_conv_vae_nats", bound(run, x, CODES_ON_MNIST), "nats")


def _trained(settings: VAESettings) -> tuple[VAEExperiment, float]:
    """Train a run to its end; return it and the seconds of its steps."""
    training = trained("vae", settings)
    assert isinstance(training.experiment, VAEExperiment)
    return training.experiment, training.seconds


@torch.no_grad()
def bound(run: VAEExperiment, x: Tensor, n_samples: int) -> float:
    """Mean upper bound of -log p(x) in nats, with so many codes per image."""
    model = run.the_vae()
    parts = [model.log_prob_bound(part, n_samples) for part in x.split(AT_ONCE)]
    return -torch.cat(parts).mean().item()
