"""A picture in, a mask out: a yes or no for each pixel.

J. Long, E. Shelhamer, T. Darrell, "Fully convolutional networks for semantic segmentation", 2015,
https://arxiv.org/abs/1411.4038; the net is a U-Net.
"""

from torch import Tensor, nn

from model_zoo.u_net import UNet


class MaskFinder(nn.Module):
    """The probability of each pixel to belong to the thing.

    Args:
        shape: shape of a picture, (C, H, W).
        features: feature maps of the net at full size.
    """

    def __init__(self, shape: tuple[int, ...], features: int = 8) -> None:
        super().__init__()
        self.net = UNet(shape, 1, features)

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures (B, C, H, W) -> log odds of each pixel, (B, H, W)."""
        odds: Tensor = self.net(pictures)
        return odds[:, 0]

    def loss(self, pictures: Tensor, masks: Tensor) -> Tensor:
        """-log p of the true masks (B, H, W), the mean over all pixels in nats."""
        return nn.functional.binary_cross_entropy_with_logits(self(pictures), masks)
