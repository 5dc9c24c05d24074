"""Deeper convolutional encoders and decoders, of residual blocks, mirrored.

Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun, "Identity Mappings in Deep Residual Networks",
2016, https://arxiv.org/abs/1603.05027
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """A narrow 3 x 3 convolution beside the identity: x + W2 relu(W1 relu(x)).

    Args:
        n: feature maps; half as many inside.
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        few = max(1, n // 2)
        self.inside = nn.Sequential(nn.ReLU(), nn.Conv2d(n, few, 3, padding=1), nn.ReLU(),
                                    nn.Conv2d(few, n, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, n, H, W) -> the same."""
        return x + self.inside(x)


class Maps(nn.Unflatten):
    """Numbers as feature maps, those of a pixel side by side, as convolutions here like them."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, n * H * W) -> (B, n, H, W)."""
        return super().forward(x).contiguous(memory_format=torch.channels_last)


class ResidualEncoder(nn.Module):
    """Two convolutions of stride 2, with residual blocks after each, then straight to the code.

    Args:
        shape: shape of one image, (C, H, W).
        n_codes: numbers that it returns.
        width: an eighth of it is the number of feature maps at half the size, a quarter of it at
            a quarter of the size.
        n_inputs: numbers beside the image; they move the feature maps as a whole.
        small: height and width after the convolutions.
    """

    def __init__(self, shape: tuple[int, ...], n_codes: int, width: int, n_inputs: int,
                 small: tuple[int, int]) -> None:
        super().__init__()
        few, many = max(1, width // 8), max(1, width // 4)
        self.shape = shape
        self.convolutions = nn.Sequential(
            nn.Conv2d(shape[0], few, 5, stride=2, padding=2), Block(few), nn.ReLU(),
            nn.Conv2d(few, many, 3, stride=2, padding=1))
        self.beside = nn.Linear(n_inputs, many, bias=False) if n_inputs else None
        self.code = nn.Sequential(Block(many), Block(many), nn.ReLU(), nn.Flatten(),
                                  nn.Linear(many * math.prod(small), n_codes))

    def forward(self, x: Tensor) -> Tensor:
        """(B, D + n_inputs) -> (B, n_codes)."""
        d = math.prod(self.shape)
        features = self.convolutions(x[:, :d].unflatten(1, self.shape))
        if self.beside:
            features = features + self.beside(x[:, d:])[:, :, None, None]
        code: Tensor = self.code(features)
        return code


class ResidualDecoder(nn.Module):
    """The mirror of `ResidualEncoder`.

    Args:
        sizes: height and width of the image, of half of it, of a quarter of it.
        n_colours: colours of the image.
        n_outputs: numbers that it takes.
        width: as in the encoder.
        per_pixel: numbers that it returns for each number of the image.
        double: makes the layer between two sizes, from maps in, maps out, and the sizes.
    """

    def __init__(self, sizes: list[tuple[int, int]], n_colours: int, n_outputs: int, width: int,
                 per_pixel: int, double: Callable[..., nn.Module]) -> None:
        super().__init__()
        few, many, fewest = max(1, width // 8), max(1, width // 4), max(1, width // 16)
        large, middle, small = sizes
        self.n_colours, self.per_pixel = n_colours, per_pixel
        self.layers = nn.Sequential(
            nn.Linear(n_outputs, many * math.prod(small)), Maps(1, (many, *small)),
            Block(many), Block(many), nn.ReLU(), double(many, few, small, middle),
            Block(few), nn.ReLU(), double(few, fewest, middle, large), nn.ReLU(),
            nn.Conv2d(fewest, n_colours * per_pixel, 3, padding=1))

    def forward(self, z: Tensor) -> Tensor:
        """(B, n_outputs) -> (B, per_pixel * D); a pixel's numbers lie together."""
        y = self.layers(z)  # (B, C * per_pixel, H, W)
        return y.unflatten(1, (self.n_colours, self.per_pixel)).movedim(2, -1).flatten(1)
