"""How well flows of images learn: digits against a Gaussian, and the stored run on MNIST.

All of MNIST must be in the folder that `PLAYGROUND_DATA` names, as torchvision stores it; without
it only the figures of the digits are printed, and a line that says what is missing.
"""

import math
import sys
from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks._report import report
from model_zoo.dequantisation import DequantisedFlow, Uniform
from playground import datasets, gallery
from playground.concepts.flow.experiment import FlowExperiment
from playground.concepts.flow.settings import FlowSettings
from playground.training import folder
from playground.training.recipe import trained

DIGITS = FlowSettings(dataset="digits", bend="spline", mix="linear", flow_layers=6, features=32,
                      learning_rate=0.002, schedule="cosine", batch_size=64, steps=600)
MNIST = "flow/mnist"
N_FITTED, N_DRAWS = 50, 20  # draws of noise: to fit the Gaussian, and to score
AT_ONCE = 250

Map = Callable[[Tensor], tuple[Tensor, Tensor]]  # where the Gaussian is fitted, and log |det|


def measure() -> None:
    """Print held-out bits per dimension, all of them bounds.

    The aims: `flow_digits_gain` 0.3, by which `flow_digits_bits` (17 levels, even noise, at most
    60 s of training on two cores) lies below `flow_digits_gaussian_bits`, those of a Gaussian with
    full covariance on the same noisy data, on [0, 1] or on the whole line, whichever is better;
    `flow_mnist_bits` 1.20, of the stored weights, `flow_mnist_weights` many in a file of
    `flow_mnist_megabytes`, with one draw of noise for each of the 10,000 test images.
    """
    measure_digits()
    try:
        FlowExperiment.prepare(gallery_settings())
    except datasets.DatasetUnavailable as missing:
        print(f"no figures of MNIST: {missing}", file=sys.stderr)
        return
    measure_mnist()


def measure_digits() -> None:
    """Train on digits; print the bits of the flow and of the better Gaussian."""
    training = trained("flow", DIGITS)
    run = training.experiment
    assert isinstance(run, FlowExperiment) and isinstance(run.model, DequantisedFlow)
    report("flow_digits_seconds", training.seconds, "s")
    train, test = (torch.from_numpy(part) for part in (run.data.train, run.data.test))
    torch.manual_seed(1)
    bits = sum(bound(run.model, test) for _ in range(N_DRAWS)) / N_DRAWS
    gaussian = min(gaussian_bits(run.model.levels, train.double(), test.double(), to)
                   for to in (itself, logit))
    report("flow_digits_bits", bits, "bits/dim")
    report("flow_digits_gaussian_bits", gaussian, "bits/dim")
    report("flow_digits_gain", gaussian - bits, "bits/dim")


def measure_mnist() -> None:
    """Print the bound of the stored run on all test images, if there is one."""
    path = gallery.FOLDER / MNIST / "weights.safetensors"
    if not path.exists():
        print(f"no figure of MNIST: {MNIST} is not stored", file=sys.stderr)
        return
    _run, run = folder.model(gallery.FOLDER / MNIST, "cpu")
    assert isinstance(run, FlowExperiment) and isinstance(run.model, DequantisedFlow)
    torch.manual_seed(1)
    report("flow_mnist_bits", bound(run.model, torch.from_numpy(run.data.test)), "bits/dim")
    report("flow_mnist_weights", sum(w.numel() for w in run.model.parameters()), "weights")
    report("flow_mnist_megabytes", path.stat().st_size / 1e6, "MB")


def gallery_settings() -> FlowSettings:
    """Return the settings of the stored run on MNIST."""
    settings = gallery.settings(MNIST)
    assert isinstance(settings, FlowSettings)
    return settings


@torch.no_grad()
def bound(model: DequantisedFlow, x: Tensor) -> float:
    """Mean bound of images in bits per dimension, with one draw of noise for each."""
    said = torch.cat([model.log_prob_bound(part, 1) for part in x.split(AT_ONCE)])
    return -said.mean().item() / x[0].numel() / math.log(2)


def itself(y: Tensor) -> tuple[Tensor, Tensor]:
    """Leave numbers (N, D) as they are."""
    return y, torch.zeros(len(y), dtype=y.dtype)


def logit(y: Tensor) -> tuple[Tensor, Tensor]:
    """Spread numbers (N, D) between 0 and 1 over the whole line."""
    return y.logit(), -(y.log() + torch.log1p(-y)).sum(1)


def gaussian_bits(levels: int, train: Tensor, test: Tensor, to: Map) -> float:
    """Mean bound in bits per dimension of a Gaussian with full covariance, with even noise."""
    noise = DequantisedFlow(tuple(train.shape[1:]), levels, noise=Uniform())
    fitted = torch.cat([to(noise.fill(train)[0].flatten(1))[0] for _ in range(N_FITTED)])
    normal = torch.distributions.MultivariateNormal(fitted.mean(0), torch.cov(fitted.T))
    nats = 0.0
    for _ in range(N_DRAWS):
        z, log_det = to(noise.fill(test)[0].flatten(1))
        nats -= (normal.log_prob(z) + log_det).mean().item() / N_DRAWS
    return nats / test[0].numel() / math.log(2) + math.log2(levels)
