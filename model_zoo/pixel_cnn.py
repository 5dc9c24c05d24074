"""PixelCNN: all conditionals at once, by convolutions that cannot see the future.

A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016,
https://arxiv.org/abs/1601.06759
"""

from torch import Tensor, nn

from model_zoo.autoregressive import (
    AutoregressiveModel,
    Layers,
    MaskedConv2d,
    Memory,
    Place,
    cross_levels,
    to_unit,
)


class ResidualBlock(nn.Module):
    """x + conv(relu(conv(relu(conv(relu(x)))))), 2h features, h inside; figure 5 of the paper."""

    def __init__(self, hidden: int, channels: int) -> None:
        super().__init__()
        sizes = ((2 * hidden, hidden, 1), (hidden, hidden, 3), (hidden, 2 * hidden, 1))
        self.layers: Layers[MaskedConv2d] = Layers(
            MaskedConv2d(n_in, n_out, (size, size), channels, sees_itself=True)
            for n_in, n_out, size in sizes)

    def forward(self, x: Tensor) -> Tensor:
        """Go through whole feature maps."""
        y = x
        for layer in self.layers:
            y = layer(y.relu())
        return x + y

    def at(self, memory: Memory, v: Tensor, place: Place, shape: tuple[int, ...]) -> Tensor:
        """Go through one pixel's features (B, 2h)."""
        y = v
        for layer in self.layers:
            y = layer.at(memory, y.relu(), place, shape)
        return v + y


class PixelCNN(AutoregressiveModel):
    """Masked convolutions: one 7 x 7 (mask A), residual blocks (mask B), and two 1 x 1.

    It has a blind spot: masked kernels on top of each other never reach some pixels above and to
    the right (`GatedPixelCNN` has none).

    Args:
        shape: shape of one image, (C, H, W).
        levels: how many values a pixel can have.
        hidden: h; the blocks have 2h features outside and h inside; a multiple of C.
        layers: number of residual blocks.
        kernel: side of the first kernel, odd.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2, hidden: int = 32,
                 layers: int = 4, kernel: int = 7) -> None:
        super().__init__(shape, levels)
        channels = shape[0]
        if hidden % channels:
            raise ValueError(f"hidden must be a multiple of {channels} colours, got {hidden!r}")
        self.first = MaskedConv2d(channels, 2 * hidden, (kernel, kernel), channels,
                                  sees_itself=False)
        self.blocks: Layers[ResidualBlock] = Layers(
            ResidualBlock(hidden, channels) for _ in range(layers))
        self.last: Layers[MaskedConv2d] = Layers(
            MaskedConv2d(2 * hidden, n_out, (1, 1), channels, sees_itself=True)
            for n_out in (2 * hidden, channels * levels))

    def logits(self, x: Tensor) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W, L), in one pass."""
        y = self.first(to_unit(x))
        for block in self.blocks:
            y = block(y)
        for layer in self.last:
            y = layer(y.relu())
        return cross_levels(y, self.shape, self.levels)

    def logits_at(self, memory: Memory, x: Tensor, place: Place) -> Tensor:
        """Return the logits at one place, (B, L), computing nothing again of the places before."""
        if place.channel == 0:
            self._remember_pixel_before(memory, x, place)
        y = self.first.at(memory, to_unit(x[:, :, place.row, place.column]), place, self.shape)
        for block in self.blocks:
            y = block.at(memory, y, place, self.shape)
        for layer in self.last:
            y = layer.at(memory, y.relu(), place, self.shape)
        return y.unflatten(1, (self.shape[0], self.levels))[:, place.channel]

    def _remember_pixel_before(self, memory: Memory, x: Tensor, place: Place) -> None:
        """Write into the first layer's memory what was drawn last: later pixels look at it."""
        before = place.row * self.shape[2] + place.column - 1
        if before >= 0:
            row, column = divmod(before, self.shape[2])
            self.first.at(memory, to_unit(x[:, :, row, column]), Place(0, row, column), self.shape)
