"""Images and what is given of them: what every family learns from."""

import functools
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from playground import datasets
from playground.concepts.applications import tasks
from playground.concepts.applications.settings import ApplicationsSettings
from playground.device import shared

MOST_TRAIN, MOST_TEST = 10_000, 1_000
DIVISOR = 4  # of height and width, so that each factor and each halving comes out even


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images (N, C, H, W) and what is given of each, (N, c, h, w); all on the device.

    Attributes:
        task: how one becomes the other.
        levels: how many values a number of an image can have, from 0 to 1.
        images, given: to learn from.
    """

    task: tasks.Task
    levels: int
    images: Tensor
    given: Tensor

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of an image, (C, H, W)."""
        return tuple(self.images.shape[1:])

    @property
    def n_given(self) -> int:
        """How many maps are given."""
        return self.given.shape[1]


def load(settings: ApplicationsSettings) -> datasets.Dataset:
    """Return the images exactly as used: framed, in levels, not more than a short run can see."""
    return _load(settings.source, settings.levels)


@functools.lru_cache(maxsize=2)
def _load(name: str, levels: int) -> datasets.Dataset:
    whole = datasets.load(name)
    part = whole.pick(np.arange(min(MOST_TRAIN, len(whole.train))),
                      np.arange(min(MOST_TEST, len(whole.test))))
    train, test = (framed(np.rint(x * (levels - 1)) / (levels - 1)).astype(np.float32)
                   for x in (part.train, part.test))
    return replace(part, train=train, test=test)


def framed(x: np.ndarray) -> np.ndarray:
    """Put a black frame around images (N, C, H, W) whose sides four does not divide."""
    rest = [-size % DIVISOR for size in x.shape[2:]]
    return np.pad(x, [(0, 0), (0, 0), *((each // 2, each - each // 2) for each in rest)])


def unframed(x: Tensor, side: int) -> Tensor:
    """Take the frame off again: the middle of images (N, C, H, W), `side` high and wide."""
    top, left = ((size - side) // 2 for size in x.shape[2:])
    return x[:, :, top : top + side, left : left + side]


def make(settings: ApplicationsSettings, data: datasets.Dataset, device: str) -> Pairs:
    """Return the training images and what is given of them."""
    images = shared(data.train, device)
    task = tasks.make(settings, images)
    return Pairs(task, settings.levels, images, task.take(images))
