"""What a contestant of the arena of images is given, and what it must be able to do."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground import datasets
from playground.experiments.base import Work
from playground.experiments.contestant import DrawingContestant, Family


@dataclass(frozen=True)
class Images:
    """What every contestant is given, and what judges them.

    Attributes:
        data: the images as they are loaded; grey values are the chances of white where pixels are
            drawn anew in each batch.
        levels: how many values a pixel has.
        change: what each batch, a tensor, goes through, or None.
        learned, held_out: some images of both parts as the models see them, (N, C, H, W), as many
            of one as of the other.
    """

    data: datasets.Dataset
    levels: int
    change: Callable[[Any], Any] | None
    learned: np.ndarray
    held_out: np.ndarray

    @property
    def bits(self) -> float:
        """Bits per dimension that one nat per image makes."""
        return 1 / (math.prod(self.data.shape) * math.log(2))


class ImageContestant(DrawingContestant):
    """One that learns from images (C, H, W), float32 in [0, 1]; it may copy and complete one."""

    @abstractmethod
    def copy(self, image: np.ndarray) -> Work[np.ndarray | None]:
        """Rebuild an image (C, H, W) from the code that it finds for it; None without codes."""

    @abstractmethod
    def complete(self, image: np.ndarray, known: np.ndarray, n: int,
                 seed: int) -> Work[np.ndarray]:
        """Fill in the rest of an image of which a part is known, n times: (n, C, H, W).

        Args:
            image: (C, H, W); what is not known is not looked at.
            known: where it is to stay as it is, (H, W) bool.
        """


@dataclass(frozen=True)
class ImageFamily(Family):
    """A family of the arena of images.

    Attributes:
        copies: one sentence that tells how it finds a code, or why there is none.
        completes: one sentence that tells how it fills in what is missing.
    """

    copies: str = ""
    completes: str = ""
