"""Nets whose features measure generated images: one for each set of images, trained once.

`python -m playground.features` trains them all anew, names after it just those. A net that has
learned to tell the classes of all of MNIST, where it is at hand, serves the part that ships too.
"""

import functools
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model_zoo.feature_net import FeatureNet
from playground import datasets
from playground.language import N_
from playground.refusal import Refusal
from playground.runs import weights
from playground.training.batches import Batches
from playground.training.randomness import sow
from playground.training.trainer import from_arrays, to_arrays

FOLDER = Path(__file__).parents[2] / "model_zoo" / "gallery" / "features"
NAMES = ("digits", "mnist_14", "mnist", "fashion_14", "fashion", "sprites", "digits_tinted",
         "mnist_14_tinted", "fashion_14_tinted")
WHOLE = {"mnist_full": "mnist", "fashion_full": "fashion"}
STEPS, BATCH_SIZE, RATE = 3000, 128, 0.002
N_NAMED = 3  # of the sprites' factors: shape, colour and size; of tinted pictures' both
N_AT_ONCE = 1000
ACCURACY = "accuracy"


def key(dataset: str) -> str:
    """Return which of `NAMES` measures images of a data set."""
    return WHOLE.get(dataset, dataset)


@functools.cache
def load(dataset: str) -> FeatureNet:
    """Return the stored net for a data set, ready to be asked.

    Raises:
        ValueError: there is none.
    """
    name = key(dataset)
    if name not in NAMES:
        raise Refusal(N_("data set must be one of {choices}, got {value!r}"), choices=list(NAMES),
                      value=dataset)
    data = datasets.load(name)
    net = FeatureNet(data.shape, _sizes(data))
    kept = weights.load(FOLDER / f"{name}.safetensors")
    kept.pop(ACCURACY)
    from_arrays(net, kept)
    return net.eval().requires_grad_(requires_grad=False)


def accuracy(dataset: str) -> float:
    """Return the share of held-out images whose class the stored net names, 0 to 1."""
    return float(weights.load(FOLDER / f"{key(dataset)}.safetensors")[ACCURACY])


@torch.no_grad()
def features(dataset: str, images: Tensor) -> np.ndarray:
    """Return the features of images (N, C, H, W) in [0, 1], (N, F) float64."""
    net = load(dataset)
    parts = [net.features(part) for part in images.cpu().split(N_AT_ONCE)]
    return torch.cat(parts).double().numpy()


@torch.no_grad()
def classes(dataset: str, images: Tensor) -> np.ndarray:
    """Return the class that the net sees in each image, (N,) int64."""
    net = load(dataset)
    return torch.cat([net.classify(part) for part in images.cpu().split(N_AT_ONCE)]).numpy()


def train(name: str) -> FeatureNet:
    """Train the net of one data set, on all of it where it can be had, and store it."""
    try:
        whole = next((full for full, part in WHOLE.items() if part == name), name)
        data = datasets.load(whole)
    except datasets.DatasetUnavailable:
        data = datasets.load(name)
    sow(0, "cpu")
    net = FeatureNet(data.shape, _sizes(data))
    answers = torch.from_numpy(_answers(data, 0))
    batches = Batches(torch.from_numpy(data.train), BATCH_SIZE, context=answers)
    adam = torch.optim.Adam(net.parameters())
    falling = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, STEPS)
    for _, (images, truth) in zip(range(STEPS), batches.with_context(), strict=False):
        adam.zero_grad()
        net.loss(images, truth).backward()
        adam.step()
        falling.step()
    net.eval()
    net.choose_unit(torch.from_numpy(data.train[:N_AT_ONCE]))
    with torch.no_grad():
        seen = torch.cat([net.classify(part)
                          for part in torch.from_numpy(data.test).split(N_AT_ONCE)])
    right = (seen.numpy() == _answers(data, 1)[:, 0]).mean()
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.safetensors"
    weights.save(to_arrays(net) | {ACCURACY: np.array(right, np.float32)}, path)
    print(f"{name}: {right:.4f} of {len(data.test)} held-out images right", flush=True)
    return net


def _answers(data: datasets.Dataset, part: int) -> np.ndarray:
    """What is to be named, (N, Q): the class, or the factors that do not say where it lies."""
    if data.factors:
        return data.factors[part][:, :N_NAMED]
    return (data.train_labels, data.test_labels)[part][:, None]


def _sizes(data: datasets.Dataset) -> tuple[int, ...]:
    return tuple((_answers(data, 0).max(0) + 1).tolist())


if __name__ == "__main__":
    for each in sys.argv[1:] or NAMES:
        train(each)
