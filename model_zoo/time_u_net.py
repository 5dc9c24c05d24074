"""A small U-Net that is told the time: pictures in, pictures out.

J. Ho, A. Jain, P. Abbeel, "Denoising Diffusion Probabilistic Models", 2020, appendix B,
https://arxiv.org/abs/2006.11239
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.conditional import check_context
from model_zoo.time_nets import TimeAndClass, TimeNet

GROUPS = 4
SMALLEST = 4  # a side below which nothing is halved


class TimeUNet(TimeNet):
    """Pictures are halved, twice as many features each time, and doubled again over bridges.

    Args:
        shape: of a picture, (C, H, W); a side may be odd.
        features: feature maps at full size.
        n_classes, n_times: see `TimeAndClass`.
        n_given: maps of a picture of the same size that is given beside each.
    """

    def __init__(self, shape: tuple[int, ...], features: int = 16, n_classes: int = 0,
                 n_times: int = 1, n_given: int = 0) -> None:
        super().__init__()
        self.n_classes, self.n_given = n_classes, n_given
        told = 4 * features
        self.told = TimeAndClass(told, n_classes, n_times)
        self.look = nn.Conv2d(shape[0] + n_given, features, 3, padding=1)
        widths, side = [features], min(shape[1:])
        while side > SMALLEST and len(widths) < 3:
            widths.append(2 * widths[-1])
            side = (side + 1) // 2
        pairs = list(zip(widths, widths[1:], strict=False))
        self.down = nn.ModuleList(Block(few, few, told) for few, _ in pairs)
        self.halve = nn.ModuleList(nn.Conv2d(few, many, 3, stride=2, padding=1)
                                   for few, many in pairs)
        self.bottom = nn.ModuleList(Block(widths[-1], widths[-1], told) for _ in range(2))
        self.up = nn.ModuleList(Block(many + few, few, told) for few, many in pairs)
        self.paint = nn.Sequential(nn.GroupNorm(GROUPS, features), nn.SiLU(),
                                   nn.Conv2d(features, shape[0], 3, padding=1))
        nn.init.zeros_(self.paint[-1].weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
        """Pictures (B, C, H, W), times and classes, or what is given -> (B, C, H, W)."""
        told = F.silu(self.told(t, None if self.n_given else context))
        if self.n_given:
            check_context(context, self.n_given, "maps")
            x = torch.cat([x, *([] if context is None else [context])], 1)
        y, bridges = self.look(x), []
        for down, halve in zip(self.down, self.halve, strict=True):
            y = down(y, told)
            bridges.append(y)
            y = halve(y)
        for block in self.bottom:
            y = block(y, told)
        for up, bridge in zip(reversed(self.up), reversed(bridges), strict=True):
            y = F.interpolate(y, size=bridge.shape[2:])
            y = up(torch.cat([y, bridge], 1), told)
        painted: Tensor = self.paint(y)
        return painted


class Block(nn.Module):
    """Two convolutions beside a shortcut; between them the time stretches and shifts each map."""

    def __init__(self, n_in: int, n_out: int, told: int) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.GroupNorm(GROUPS, n_in), nn.SiLU(),
                                 nn.Conv2d(n_in, n_out, 3, padding=1))
        self.told = nn.Linear(told, 2 * n_out)
        self.norm = nn.GroupNorm(GROUPS, n_out)
        self.two = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.past = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, y: Tensor, told: Tensor) -> Tensor:
        """(B, n_in, H, W) and features of the time (B, told) -> (B, n_out, H, W)."""
        scale, shift = self.told(told)[:, :, None, None].chunk(2, 1)
        h = self.norm(self.one(y)) * (1 + scale) + shift
        changed: Tensor = self.past(y) + self.two(F.silu(h))
        return changed
