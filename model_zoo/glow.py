"""Flows of images: couplings on maps, at several scales (RealNVP and Glow in small).

L. Dinh, J. Sohl-Dickstein, S. Bengio, "Density estimation using Real NVP", 2017,
https://arxiv.org/abs/1605.08803
D. P. Kingma, P. Dhariwal, "Glow: Generative Flow with Invertible 1x1 Convolutions", 2018,
https://arxiv.org/abs/1807.03039
"""

import math

import torch

from model_zoo.base import Bijection
from model_zoo.bijections import Chain, InvertibleLinear, Logit, Reshaped, Reversed, Split, Squeeze
from model_zoo.conditioners import ConvConditioner
from model_zoo.coupling_flow import MAPS, NORMS, Coupling
from model_zoo.elementwise import RationalQuadratic
from model_zoo.flow import Flow, StandardNormal

BINS = 4  # of a spline: the net has to say eleven numbers for each pixel, and not 23


class Glow(Flow):
    """A flow of images whose pixels lie between 0 and 1.

    Args:
        shape: of an image, (C, H, W), with even H and W.
        layers, features, scales, bend, norm, mix, blocks, n_given: see `couplings`.
        n_classes: how many classes it is told of; 0 for none.

    Raises:
        ValueError: it cannot be folded.
    """

    def __init__(self, shape: tuple[int, ...], layers: int = 6, features: int = 32, *,
                 scales: int = 2, bend: str = "affine", norm: str = "actnorm",
                 mix: str = "linear", blocks: int = 1, n_classes: int = 0,
                 n_given: int = 0) -> None:
        folded = couplings(shape, layers, features, scales=scales, bend=bend, norm=norm, mix=mix,
                           blocks=blocks, n_classes=n_classes, n_given=n_given)
        super().__init__([Logit(), folded], StandardNormal(shape), n_classes)
        self.n_given = n_given
        self.scales = codes_of(shape, scales)


def couplings(shape: tuple[int, ...], layers: int, features: int, *, scales: int = 2,
              bend: str = "affine", norm: str = "actnorm", mix: str = "linear", blocks: int = 1,
              n_classes: int = 0, n_given: int = 0) -> Bijection:
    """Return couplings at several scales, from images to codes of the same shape.

    Each scale folds squares of four pixels into four maps, mixes the maps by couplings, and lets
    half of them go: these are codes. The deeper ones see more of the image at once.

    Args:
        shape: of an image, (C, H, W), with even H and W; its numbers are of the whole line.
        layers: couplings at each scale.
        features: maps of the hidden layers of their nets, at the first scale; twice as many at
            the deeper ones, which have fewer pixels.
        scales: how often it folds; less where the sides are not even any more.
        bend, norm: see `CouplingFlow`.
        mix: what stands before each coupling: "linear", an invertible 1x1 convolution, which at
            first turns the maps by one less than half of them, so that in time each is in the
            other half than each other one; "alternate", the opposite order of the maps; or
            "same", nothing.
        blocks: residual blocks of each net.
        n_classes: how many classes it is told of; 0 for none.
        n_given: maps of an image of the same size that it is given; 0 for none.

    Raises:
        ValueError: it cannot be folded.
    """
    if len(shape) != 3 or shape[1] % 2 or shape[2] % 2:
        raise ValueError(f"shape must be (C, H, W) with even H and W, got {shape!r}")

    def coupling(channels: int, size: tuple[int, int]) -> Bijection:
        kept, moved = list(range(channels // 2)), list(range(channels // 2, channels))
        moves = RationalQuadratic(BINS) if bend == "spline" else MAPS[bend]()
        shrunk = shape[1] // size[0]
        net = ConvConditioner(len(kept), len(moved) * moves.n_parameters,
                              features if shrunk == 2 else 2 * features, blocks, size=size,
                              n_classes=n_classes, n_given=n_given * shrunk**2)
        turned = torch.eye(channels).roll(channels // 2 - 1, 0)
        mixing: dict[str, list[Bijection]] = {
            "linear": [InvertibleLinear(channels, turned)], "alternate": [Reversed()], "same": []}
        return Chain([*NORMS[norm](channels), *mixing[mix], Coupling(kept, moved, net, moves)])

    def scale(channels: int, height: int, width: int, left: int) -> Bijection:
        channels, height, width = 4 * channels, height // 2, width // 2
        steps = [coupling(channels, (height, width)) for _ in range(layers)]
        if left == 1 or height % 2 or width % 2:
            flat = (channels * height * width,)
            return Chain([Squeeze(), *steps, Reshaped((channels, height, width), flat)])
        rest = scale(channels // 2, height, width, left - 1)
        return Chain([Squeeze(), *steps, Split((channels, height, width), rest)])

    channels, height, width = shape
    return Chain([scale(channels, height, width, scales), Reshaped((math.prod(shape),), shape)])


def codes_of(shape: tuple[int, ...], scales: int) -> list[int]:
    """Return how many numbers of a flat code belong to each scale, the finest first."""
    channels, height, width = shape
    counts: list[int] = []
    while True:
        channels, height, width, scales = 4 * channels, height // 2, width // 2, scales - 1
        if not scales or height % 2 or width % 2:
            return [*counts, channels * height * width]
        channels //= 2
        counts.append(channels * height * width)
