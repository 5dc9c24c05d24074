"""Nets that read the part of a datum which a coupling keeps, and say how the rest is moved."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.conditional import ClassBias, ClassNumbers, check_context


class Conditioner(nn.Module):
    """A net for numbers (B, n_in): dense layers. At first its outputs are 0.

    Args:
        n_in, n_out: numbers of input and of output.
        hidden: widths of the hidden layers.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, n_in: int, n_out: int, hidden: tuple[int, ...],
                 n_classes: int = 0) -> None:
        super().__init__()
        self.told = ClassNumbers(n_classes)
        widths = (n_in + n_classes, *hidden)
        self.hidden = nn.ModuleList(nn.Linear(a, b)
                                    for a, b in zip(widths, widths[1:], strict=False))
        self.out = _silent(nn.Linear(widths[-1], n_out))

    def forward(self, x: Tensor, context: Tensor | None) -> Tensor:
        """(B, n_in) -> (B, n_out)."""
        y = self.told(x, context)
        for layer in self.hidden:
            y = F.silu(layer(y))
        out: Tensor = self.out(y)
        return out


class ConvConditioner(nn.Module):
    """A net for maps (B, n_in, H, W): convolutions, with layers between them that look at single
    pixels, which is what costs least. At first its outputs are 0.

    What it adds at each place is learned, too: it knows where the border is.

    Args:
        n_in, n_out: maps of input and of output.
        features: maps of the hidden layers.
        blocks: residual layers between the two convolutions.
        size: (H, W).
        n_classes: how many classes it is told of; 0 for none.
        n_given: maps of an image that it is given; it may be larger than the input by a whole
            factor, and `n_given` counts the maps of the input's size into which that is folded.
    """

    def __init__(self, n_in: int, n_out: int, features: int, blocks: int = 1, *,
                 size: tuple[int, int], n_classes: int = 0, n_given: int = 0) -> None:
        super().__init__()
        self.n_given = n_given
        self.start = nn.Conv2d(n_in + n_given, features, 3, padding=1, bias=False)
        self.place = nn.Parameter(torch.zeros(features, *size))
        self.told = ClassBias(n_classes, features)
        self.blocks = nn.ModuleList(nn.Conv2d(features, features, 1) for _ in range(blocks))
        self.out = _silent(nn.Conv2d(features, n_out, 3, padding=1))

    def forward(self, x: Tensor, context: Tensor | None) -> Tensor:
        """(B, n_in, H, W) -> (B, n_out, H, W)."""
        if self.n_given:
            x = self._beside(x, context)
            context = None
        y = self.told(self.start(x) + self.place, context)
        for block in self.blocks:
            y = y + block(F.silu(y))
        out: Tensor = self.out(F.silu(y))
        return out

    def _beside(self, x: Tensor, context: Tensor | None) -> Tensor:
        check_context(context, self.n_given, "maps")
        assert context is not None
        folded = F.pixel_unshuffle(context, context.shape[-1] // x.shape[-1])
        return torch.cat([x, folded], 1)


def _silent(layer: nn.Linear | nn.Conv2d) -> nn.Linear | nn.Conv2d:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
