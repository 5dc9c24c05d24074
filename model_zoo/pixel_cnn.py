"""PixelCNN: all conditionals at once, by convolutions that cannot see the future.

A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016,
https://arxiv.org/abs/1601.06759
"""

from torch import Tensor, nn

from model_zoo.autoregressive import Layers, Memory, Place
from model_zoo.conditional import ClassBias
from model_zoo.tower import Block, MaskedConv2d, Tower


class ResidualBlock(Block):
    """y + conv(relu(conv(relu(conv(relu(y)))))), 2h features, h inside; figure 5 of the paper.

    The class, where there is one, adds to the h features inside, after the first convolution.
    """

    def __init__(self, hidden: int, channels: int, n_classes: int) -> None:
        super().__init__()
        sizes = ((2 * hidden, hidden, 1), (hidden, hidden, 3), (hidden, 2 * hidden, 1))
        self.layers: Layers[MaskedConv2d] = Layers(
            MaskedConv2d(n_in, n_out, (size, size), channels, sees_itself=True)
            for n_in, n_out, size in sizes)
        self.told: nn.Module = ClassBias(n_classes, hidden)

    def forward(self, y: Tensor, x: Tensor, context: Tensor | None) -> Tensor:
        """Go through whole feature maps."""
        narrow, look, widen = self.layers
        z = self.told(narrow(y.relu()), context)
        return y + widen(look(z.relu()).relu())

    def at(self, memory: Memory, v: Tensor, x: Tensor, place: Place,
           context: Tensor | None) -> Tensor:
        """Go through one pixel's features (B, 2h)."""
        narrow, look, widen = self.layers
        shape = x.shape[1:]
        z = self.told(narrow.at(memory, v.relu(), place, shape), context)
        z = look.at(memory, z.relu(), place, shape)
        return v + widen.at(memory, z.relu(), place, shape)


class PixelCNN(Tower):
    """A tower of masked convolutions.

    It has a blind spot: masked kernels on top of each other never reach some pixels above and to
    the right (`GatedPixelCNN` has none).
    """

    def block(self, hidden: int, channels: int) -> ResidualBlock:
        """Return a residual block."""
        return ResidualBlock(hidden, channels, self.n_classes)
