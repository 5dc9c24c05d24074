"""Encoders and decoders: from data to a few numbers, and from numbers back to data.

A decoder mirrors its encoder. They serve every model that has a code.
"""

import math

from torch import Tensor, nn

from model_zoo.residual_coders import ResidualDecoder, ResidualEncoder

KINDS = ("dense", "transposed", "upsampling", "residual")
N_HALVINGS = 2


def mlp(*sizes: int) -> nn.Sequential:
    """Return linear layers of these sizes with ReLU between them."""
    layers: list[nn.Module] = []
    for n_in, n_out in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def coders(shape: tuple[int, ...], n_codes: int, n_outputs: int, *, kind: str = "dense",
           hidden: tuple[int, ...] = (256, 256), n_inputs: int = 0,
           per_pixel: int = 1) -> tuple[nn.Module, nn.Module]:
    """Return an encoder and a decoder.

    Args:
        shape: shape of one datum, (D,), or (C, H, W).
        n_codes: numbers that the encoder returns.
        n_outputs: numbers that the decoder takes.
        kind: "dense", or, for images alone, convolutions of stride 2 mirrored by "transposed"
            convolutions or by "upsampling" and plain convolutions.
        hidden: dense layers' widths; of convolutions, the first width is that of the dense layer
            beside the code, and an eighth of it is the number of feature maps.
        n_inputs: numbers that the encoder takes beside the datum, e.g. a class.
        per_pixel: numbers that the decoder returns for each number of the datum.

    Returns:
        The encoder, (B, *shape) flattened with the `n_inputs` after it, (B, D + n_inputs), ->
        (B, n_codes); the decoder, (B, n_outputs) -> (B, per_pixel * D).

    Raises:
        ValueError: the kind is unknown, or does not fit the shape.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS!r}, got {kind!r}")
    if kind == "dense":
        d = math.prod(shape)
        return (mlp(d + n_inputs, *hidden, n_codes),
                mlp(n_outputs, *reversed(hidden), per_pixel * d))
    if len(shape) != 3:
        raise ValueError(f"shape must be that of an image, (C, H, W), got {shape!r}")
    if kind == "residual":
        sizes = sides(shape)
        return (ResidualEncoder(shape, n_codes, hidden[0], n_inputs, sizes[-1]),
                ResidualDecoder(sizes, shape[0], n_outputs, hidden[0], per_pixel, doubling))
    return (ConvEncoder(shape, n_codes, hidden[0], n_inputs),
            ConvDecoder(shape, n_outputs, hidden[0], per_pixel, transposed=kind == "transposed"))


def sides(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return height and width before, between and after the convolutions of stride 2."""
    height, width = shape[1:]
    found = [(height, width)]
    for _ in range(N_HALVINGS):
        height, width = (height + 1) // 2, (width + 1) // 2
        found.append((height, width))
    return found


class ConvEncoder(nn.Module):
    """Two convolutions of stride 2, a dense layer, the code.

    Args:
        shape: shape of one image, (C, H, W).
        n_codes: numbers that it returns.
        width: of the dense layer; the convolutions have width / 8 and width / 4 feature maps.
        n_inputs: numbers that it takes beside the image; they join before the dense layer.
    """

    def __init__(self, shape: tuple[int, ...], n_codes: int, width: int = 256,
                 n_inputs: int = 0) -> None:
        super().__init__()
        self.shape = shape
        few, many = max(1, width // 8), max(1, width // 4)
        height, broad = sides(shape)[-1]
        self.convolutions = nn.Sequential(
            nn.Conv2d(shape[0], few, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(few, many, 3, stride=2, padding=1), nn.ReLU())
        self.features = nn.Linear(many * height * broad, width)
        self.beside = nn.Linear(n_inputs, width, bias=False) if n_inputs else None
        self.code = nn.Linear(width, n_codes)

    def forward(self, x: Tensor) -> Tensor:
        """(B, D + n_inputs) -> (B, n_codes)."""
        d = math.prod(self.shape)
        features = self.features(self.convolutions(x[:, :d].unflatten(1, self.shape)).flatten(1))
        if self.beside:
            features = features + self.beside(x[:, d:])
        return self.code(features.relu())


class ConvDecoder(nn.Module):
    """The mirror of `ConvEncoder`: dense layers, then two steps that double the size.

    Args:
        shape: shape of one image, (C, H, W).
        n_outputs: numbers that it takes.
        width: of the dense layer, as in the encoder.
        per_pixel: numbers that it returns for each number of the image.
        transposed: double by transposed convolutions; else repeat each pixel and convolve.
    """

    def __init__(self, shape: tuple[int, ...], n_outputs: int, width: int = 256,
                 per_pixel: int = 1, *, transposed: bool = True) -> None:
        super().__init__()
        few, many = max(1, width // 8), max(1, width // 4)
        self.per_pixel, self.n_colours = per_pixel, shape[0]
        large, middle, small = sides(shape)
        self.dense = nn.Sequential(
            nn.Linear(n_outputs, width), nn.ReLU(),
            nn.Linear(width, many * math.prod(small)), nn.ReLU(),
            nn.Unflatten(1, (many, *small)))
        double = doubling if transposed else upsampling
        self.convolutions = nn.Sequential(
            double(many, few, small, middle), nn.ReLU(),
            double(few, shape[0] * per_pixel, middle, large))

    def forward(self, z: Tensor) -> Tensor:
        """(B, n_outputs) -> (B, per_pixel * D); a pixel's numbers lie together."""
        y = self.convolutions(self.dense(z))  # (B, C * per_pixel, H, W)
        return y.unflatten(1, (self.n_colours, self.per_pixel)).movedim(2, -1).flatten(1)


def doubling(n_in: int, n_out: int, small: tuple[int, int], large: tuple[int, int]) -> nn.Module:
    """Return a transposed convolution from one size to another, about twice as large."""
    rest = large[0] - (2 * small[0] - 1), large[1] - (2 * small[1] - 1)
    return nn.ConvTranspose2d(n_in, n_out, 3, stride=2, padding=1, output_padding=rest)


class Enlarging(nn.Sequential):
    """An enlargement, each pixel repeated, and a convolution after it."""


def upsampling(n_in: int, n_out: int, small: tuple[int, int], large: tuple[int, int]) -> nn.Module:
    """Return an enlargement, each pixel repeated, and a convolution after it."""
    return Enlarging(nn.Upsample(large), nn.Conv2d(n_in, n_out, 3, padding=1))
