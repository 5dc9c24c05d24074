"""Nets of one number: how high the energy of a datum lies."""

import math

import torch
from torch import Tensor, nn

SPREAD = 1.5  # of the random waves over the plane, radians for each unit
REACH = 4.0  # beyond it the net sees a point of the plane hardly move


class PointEnergyNet(nn.Module):
    """For points: dense layers, which see random waves over the plane beside the point.

    Coordinates are squashed, r * tanh(x / r), so that what the net says is bounded and whatever is
    added to confine the points decides far away. Its last layer starts at 0.

    M. Tancik et al., "Fourier Features Let Networks Learn High Frequency Functions in Low
    Dimensional Domains", 2020, https://arxiv.org/abs/2006.10739

    Args:
        dim: coordinates of a point.
        hidden: units in each layer.
        layers: how many hidden layers.
        n_waves: random waves; 0 for none.
    """

    waves: Tensor

    def __init__(self, dim: int, hidden: int = 64, layers: int = 2, n_waves: int = 32) -> None:
        super().__init__()
        self.register_buffer("waves", SPREAD * torch.randn(dim, n_waves))
        widths = [dim + 2 * n_waves, *[hidden] * layers]
        parts: list[nn.Module] = []
        for before, after in zip(widths, widths[1:], strict=False):
            parts += [nn.Linear(before, after), nn.SiLU()]
        self.net = nn.Sequential(*parts, _flat(hidden))

    def forward(self, x: Tensor) -> Tensor:
        """Points (B, D) -> (B,)."""
        x = REACH * torch.tanh(x / REACH)
        angles = x @ self.waves
        found: Tensor = self.net(torch.cat([x, angles.sin(), angles.cos()], 1))
        return found.squeeze(1)


class PictureEnergyNet(nn.Module):
    """For pictures: convolutions that halve the sides, then a dense layer, then one number.

    Args:
        shape: (C, H, W); the sides must be multiples of 4.
        features: maps of the first convolution; each halving doubles them.
    """

    def __init__(self, shape: tuple[int, ...], features: int = 16) -> None:
        super().__init__()
        channels, height, width = shape
        if height % 4 or width % 4:
            raise ValueError(f"sides must be multiples of 4, got {shape!r}")
        maps = features * 4
        self.net = nn.Sequential(
            nn.Conv2d(channels, features, 3, padding=1), nn.SiLU(),
            nn.Conv2d(features, 2 * features, 4, 2, padding=1), nn.SiLU(),
            nn.Conv2d(2 * features, maps, 4, 2, padding=1), nn.SiLU(),
            nn.Flatten(), nn.Linear(maps * math.prod((height // 4, width // 4)), maps), nn.SiLU(),
            _flat(maps))

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (B, C, H, W) -> (B,)."""
        found: Tensor = self.net(x)
        return found.squeeze(1)


def _flat(n: int) -> nn.Linear:
    """Return a layer to one number, which is 0 at first. It has no bias: E may have any offset."""
    made = nn.Linear(n, 1, bias=False)
    nn.init.zeros_(made.weight)
    return made
