"""The U-Net: a picture in, a picture out, with a code that joins where the picture is smallest.

O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical Image
Segmentation", 2015, https://arxiv.org/abs/1505.04597
"""

import math

from torch import Tensor, nn

from model_zoo.coders import sides
from model_zoo.dcgan import Doubling


class UNet(nn.Module):
    """Two steps that halve the picture, two that double it, and bridges between equal sizes.

    What happens at half and at quarter size sees far, so that the whole picture fits together;
    the bridges keep the details. The smaller sizes have a residual pair of convolutions each.

    Args:
        shape: shape of the picture that goes in, (C, H, W).
        n_out: maps that come out.
        features: feature maps at full size; there are twice as many at the smaller ones.
        latent_dim: numbers of a code that joins; 0 for none.
    """

    def __init__(self, shape: tuple[int, ...], n_out: int, features: int = 16,
                 latent_dim: int = 0) -> None:
        super().__init__()
        large, middle, small = sides(shape)
        few, many = features, 2 * features
        self.look = nn.Conv2d(shape[0], few, 3, padding=1)
        self.halve = nn.Conv2d(few, many, 3, stride=2, padding=1)
        self.quarter = nn.Conv2d(many, many, 3, stride=2, padding=1)
        self.code = Code(latent_dim, few, many, small) if latent_dim else None
        self.bottom = Pair(many)
        self.up_to_half = Doubling(many, many, middle, bias=True)
        self.at_half = Pair(many)
        self.up = Doubling(many, few, large, bias=True)
        self.paint = nn.Conv2d(few, n_out, 3, padding=1)

    def forward(self, c: Tensor, z: Tensor | None = None) -> Tensor:
        """Pictures (B, C, H, W) and codes (B, Z), if it takes some, -> (B, n_out, H, W)."""
        full = self.look(c)
        half = self.halve(full.relu())
        y = self.quarter(half.relu())
        if self.code is not None and z is not None:
            full, half, y = self.code(z, full, half, y)
        y = self.up_to_half(self.bottom(y).relu()) + half
        y = self.up(self.at_half(y).relu()) + full
        painted: Tensor = self.paint(y.relu())
        return painted


class Code(nn.Module):
    """How a code joins: a map of its own at quarter size, one number for each map elsewhere.

    What the code says is a matter of the whole picture, a colour or a kind of digit: it must
    reach everywhere.
    """

    def __init__(self, latent_dim: int, few: int, many: int, small: tuple[int, int]) -> None:
        super().__init__()
        self.at_full = nn.Linear(latent_dim, few)
        self.at_half = nn.Linear(latent_dim, many)
        self.at_quarter = nn.Linear(latent_dim, many * math.prod(small))

    def forward(self, z: Tensor, full: Tensor, half: Tensor,
                quarter: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Add what codes (B, Z) say to the features at full, at half and at quarter size."""
        return (full + self.at_full(z)[:, :, None, None],
                half + self.at_half(z)[:, :, None, None],
                quarter + self.at_quarter(z).view_as(quarter))


class Pair(nn.Module):
    """y + conv(relu(conv(relu(y)))): it changes the features, and keeps their shape."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.one, self.two = (nn.Conv2d(features, features, 3, padding=1) for _ in range(2))

    def forward(self, y: Tensor) -> Tensor:
        """(B, F, H, W) -> (B, F, H, W)."""
        changed: Tensor = self.two(self.one(y.relu()).relu())
        return y + changed
