"""A PixelCNN that is given an image: each pixel from those before it, and from all that is given.

A. van den Oord, N. Kalchbrenner, O. Vinyals, L. Espeholt, A. Graves, K. Kavukcuoglu, "Conditional
Image Generation with PixelCNN Decoders", 2016, section 2.3, https://arxiv.org/abs/1606.05328
R. Dahl, M. Norouzi, J. Shlens, "Pixel Recursive Super Resolution", 2017,
https://arxiv.org/abs/1702.00783
"""

from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.autoregressive import Memory, Place
from model_zoo.conditional import GivenImage
from model_zoo.pixel_cnn import PixelCNN
from model_zoo.u_net import UNet


class FeatureBias(nn.Module):
    """What the features of the given image add to the features of a pixel, at the same place."""

    def __init__(self, n_seen: int, n_features: int) -> None:
        super().__init__()
        self.weight = nn.Linear(n_seen, n_features, bias=False)

    def forward(self, y: Tensor, seen: Tensor) -> Tensor:
        """Features (B, F, H, W) and (B, S, H, W), or those of one pixel, (B, F) and (B, S)."""
        if y.ndim == 2:
            return y + F.linear(seen, self.weight.weight)
        return y + F.conv2d(seen, self.weight.weight[:, :, None, None])


class ConditionalPixelCNN(PixelCNN):
    """A tower of masked convolutions, told at every depth what a net sees in the given image.

    The masks hide pixels of x alone: what is given is known from the start, all of it.

    Args:
        shape: shape of one image, (C, H, W). A pixel is k / (levels - 1) for some k.
        n_given: maps of the image that is given; 0 for none, and then it is a PixelCNN of p(x).
        levels, hidden, layers, kernel: see `Tower`.
        features: feature maps of the net that sees what is given.
    """

    def __init__(self, shape: tuple[int, ...], n_given: int = 0, levels: int = 2,
                 hidden: int = 16, layers: int = 2, kernel: int = 7, features: int = 16) -> None:
        super().__init__(shape, levels, hidden, layers, kernel)
        self.n_given = n_given
        self.seen = GivenImage(n_given, shape[1:])
        self.look = UNet((max(1, n_given), *shape[1:]), features, features)
        self.told = FeatureBias(features, 2 * hidden)
        for block in self.blocks:
            block.told = FeatureBias(features, hidden)

    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W, L)."""
        return super().logits(x, self.look(self.seen(x, context)))

    def logits_at(self, memory: Memory, x: Tensor, place: Place,
                  context: Tensor | None = None) -> Tensor:
        """Return the logits at one place, (B, L); what is given is looked at once."""
        if self.look not in memory:
            memory[self.look] = [self.look(self.seen(x, context))]
        seen = memory[self.look][0][:, :, place.row, place.column]
        return super().logits_at(memory, x, place, seen)
