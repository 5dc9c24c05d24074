"""PixelCNN: all conditionals at once, by convolutions that cannot see the future.

A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016,
https://arxiv.org/abs/1601.06759
"""

from torch import Tensor

from model_zoo.autoregressive import Block, Layers, MaskedConv2d, Memory, Place, Tower


class ResidualBlock(Block):
    """y + conv(relu(conv(relu(conv(relu(y)))))), 2h features, h inside; figure 5 of the paper."""

    def __init__(self, hidden: int, channels: int) -> None:
        super().__init__()
        sizes = ((2 * hidden, hidden, 1), (hidden, hidden, 3), (hidden, 2 * hidden, 1))
        self.layers: Layers[MaskedConv2d] = Layers(
            MaskedConv2d(n_in, n_out, (size, size), channels, sees_itself=True)
            for n_in, n_out, size in sizes)

    def forward(self, y: Tensor, x: Tensor) -> Tensor:
        """Go through whole feature maps."""
        z = y
        for layer in self.layers:
            z = layer(z.relu())
        return y + z

    def at(self, memory: Memory, v: Tensor, x: Tensor, place: Place) -> Tensor:
        """Go through one pixel's features (B, 2h)."""
        z = v
        for layer in self.layers:
            z = layer.at(memory, z.relu(), place, x.shape[1:])
        return v + z


class PixelCNN(Tower):
    """A tower of masked convolutions.

    It has a blind spot: masked kernels on top of each other never reach some pixels above and to
    the right (`GatedPixelCNN` has none).
    """

    def block(self, hidden: int, channels: int) -> ResidualBlock:
        """Return a residual block."""
        return ResidualBlock(hidden, channels)
