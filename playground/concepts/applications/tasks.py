"""What is given of an image, and how one would restore it without a net."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional as F

from playground.concepts.applications.settings import ApplicationsSettings

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue; ITU-R BT.601


class Task(ABC):
    """A part of an image is taken away. All images have the size (C, H, W), pixels in [0, 1]."""

    @abstractmethod
    def take(self, x: Tensor) -> Tensor:
        """Return what is given of images, (B, C, H, W) -> (B, c, h, w)."""

    @abstractmethod
    def enlarge(self, given: Tensor) -> Tensor:
        """Return what is given at the size of the images, as nets see it, (B, c, H, W)."""

    @abstractmethod
    def restore(self, given: Tensor) -> Tensor:
        """Restore images without a net, (B, c, h, w) -> (B, C, H, W)."""


class SuperResolution(Task):
    """From a small image to a large one.

    Args:
        factor: each square of so many pixels a side became one, their mean.
    """

    def __init__(self, factor: int) -> None:
        self.factor = factor

    def take(self, x: Tensor) -> Tensor:
        """Return the small images."""
        return F.avg_pool2d(x, self.factor)

    def enlarge(self, given: Tensor) -> Tensor:
        """Repeat each pixel."""
        return given.repeat_interleave(self.factor, 2).repeat_interleave(self.factor, 3)

    def restore(self, given: Tensor) -> Tensor:
        """Enlarge by bicubic interpolation, cut off at black and white."""
        large = F.interpolate(given, scale_factor=self.factor, mode="bicubic")
        return large.clamp(0, 1)


class Colourisation(Task):
    """From a grey image to one in colour.

    Args:
        known: images in colour (N, 3, H, W) from which the mean colour is learned.

    Attributes:
        mean: red, green and blue of a given white, (3,): the factors on the grey image with the
            least squared error.
    """

    def __init__(self, known: Tensor) -> None:
        given = self.take(known)
        self.mean = (known * given).sum((0, 2, 3)) / given.square().sum().clamp_min(1e-9)

    def enlarge(self, given: Tensor) -> Tensor:
        """Return it as it is: it has the size already."""
        return given

    def restore(self, given: Tensor) -> Tensor:
        """Paint with the mean colour, brighter or darker."""
        return (given * self.mean[:, None, None]).clamp(0, 1)


class FromValue(Colourisation):
    """The grey image is the brightest channel; a pure colour at its full strength is white."""

    def take(self, x: Tensor) -> Tensor:
        """Return the largest of red, green and blue."""
        return x.amax(1, keepdim=True)


class FromLuma(Colourisation):
    """The grey image is a weighted sum of the channels; pure colours differ in it."""

    def take(self, x: Tensor) -> Tensor:
        """Return 0.299 red + 0.587 green + 0.114 blue."""
        weights = torch.tensor(LUMA, device=x.device)
        return (x * weights[:, None, None]).sum(1, keepdim=True)


def make(settings: ApplicationsSettings, known: Tensor) -> Task:
    """Return the task that is chosen.

    Args:
        known: training images, (N, C, H, W).
    """
    if settings.task == "super_resolution":
        return SuperResolution(int(settings.factor))
    return {"value": FromValue, "luma": FromLuma}[settings.grey](known)
