"""A small diffusion transformer: patches of a picture look at each other, and are told the time.

W. Peebles, S. Xie, "Scalable Diffusion Models with Transformers", 2023,
https://arxiv.org/abs/2212.09748
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.time_nets import TimeAndClass, TimeNet

N_HEADS = 4
MOST_PATCHES = 8  # along a side


class TimeTransformer(TimeNet):
    """Every patch is a word; blocks begin as the identity, since their gates begin at 0.

    Args:
        shape: of a picture, (C, H, W) with H = W.
        width: features of a patch, a multiple of 4.
        blocks: layers of attention.
        n_classes, n_times: see `TimeAndClass`.
    """

    def __init__(self, shape: tuple[int, ...], width: int = 96, blocks: int = 4,
                 n_classes: int = 0, n_times: int = 1) -> None:
        super().__init__()
        n_maps, side, _ = shape
        patch = next(size for size in range(2, side + 1)
                     if side % size == 0 and side // size <= MOST_PATCHES)
        self.n_classes, self.patch = n_classes, patch
        self.told = TimeAndClass(width, n_classes, n_times)
        self.look = nn.Conv2d(n_maps, width, patch, stride=patch)
        self.places = nn.Parameter(0.02 * torch.randn((side // patch) ** 2, width))
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.adapt = nn.Linear(width, 2 * width)
        self.paint = nn.ConvTranspose2d(width, n_maps, patch, stride=patch)
        nn.init.zeros_(self.paint.weight)

    def forward(self, x: Tensor, t: Tensor, context: Tensor | None = None) -> Tensor:
        """Pictures (B, C, H, W), times and classes -> (B, C, H, W)."""
        told = F.silu(self.told(t, context))
        patches = self.look(x)  # (B, width, h, w)
        y = patches.flatten(2).mT + self.places  # (B, h w, width)
        for block in self.blocks:
            y = block(y, told)
        scale, shift = self.adapt(told)[:, None].chunk(2, 2)
        y = self.norm(y) * (1 + scale) + shift
        painted: Tensor = self.paint(y.mT.unflatten(2, patches.shape[2:]))
        return painted


class Block(nn.Module):
    """Attention, then two layers for each patch; the time stretches, shifts and gates both."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.adapt = nn.Linear(width, 6 * width)
        self.ask = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(),
                                   nn.Linear(4 * width, width))
        nn.init.zeros_(self.adapt.weight)
        nn.init.zeros_(self.adapt.bias)

    def forward(self, y: Tensor, told: Tensor) -> Tensor:
        """(B, T, width) and features of the time (B, width) -> (B, T, width)."""
        a, b, c, d, e, f = self.adapt(told)[:, None].chunk(6, 2)
        h = self.ask(self.norm(y) * (1 + a) + b).unflatten(2, (3, N_HEADS, -1))
        query, key, value = h.permute(2, 0, 3, 1, 4)  # (B, heads, T, width / heads) each
        seen = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        y = y + c * self.join(seen)
        changed: Tensor = y + f * self.think(self.norm(y) * (1 + d) + e)
        return changed
