"""The gated PixelCNN: two stacks, so that no pixel of the past is out of sight.

A. van den Oord, N. Kalchbrenner, O. Vinyals, L. Espeholt, A. Graves, K. Kavukcuoglu, "Conditional
Image Generation with PixelCNN Decoders", 2016, https://arxiv.org/abs/1606.05328
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.autoregressive import AutoregressiveModel, Layers, Memory, Place, to_unit
from model_zoo.conditional import ClassBias
from model_zoo.tower import MaskedConv2d, cross_levels


def gate(x: Tensor) -> Tensor:
    """tanh of the first half of the features times sigmoid of the second."""
    a, b = x.chunk(2, dim=1)
    return a.tanh() * b.sigmoid()


class RowsAbove(nn.Conv2d):
    """A convolution over rows above; of the current row it sees what `shift` says.

    Args:
        n_in, n_out: feature maps.
        size: columns of the kernel, odd; it has half as many rows, rounded up.
        shift: how many rows up the kernel is moved: 1 for the image itself, whose current row is
            not known yet; 0 for features that know the rows above alone.
    """

    def __init__(self, n_in: int, n_out: int, size: int, *, shift: int) -> None:
        super().__init__(n_in, n_out, (size // 2 + 1, size))
        self.up, self.aside = size // 2 + shift, size // 2

    def forward(self, x: Tensor) -> Tensor:
        """Convolve whole images."""
        height = x.shape[2]
        padded = F.pad(x, (self.aside, self.aside, self.up, 0))
        return super().forward(padded)[:, :, :height]

    def row(self, memory: Memory, v: Tensor, row: int, shape: tuple[int, ...]) -> Tensor:
        """Compute one row (B, n_out, 1, W); v (B, n_in, 1, W) is the newest row of the input."""
        rows = self.kernel_size[0]
        if self not in memory:
            size = (len(v), v.shape[1], shape[1] + rows, shape[2] + 2 * self.aside)
            memory[self] = [v.new_zeros(size)]
        padded = memory[self][0]
        newest = row + rows - 1
        padded[:, :, newest, self.aside : self.aside + shape[2]] = v[:, :, 0]
        return super().forward(padded[:, :, row : row + rows])


class GatedLayer(nn.Module):
    """One layer of both stacks; figure 2 of the paper.

    The vertical stack knows the rows above, whole. The horizontal one knows what is left in its
    own row, and takes from the vertical one what lies above. The class, where there is one, moves
    the gates of both (equation 4).
    """

    def __init__(self, n_in: int, hidden: int, channels: int, size: int, *, first: bool,
                 n_classes: int) -> None:
        super().__init__()
        self.residual = not first
        self.vertical = RowsAbove(n_in, 2 * hidden, size, shift=int(first))
        self.down = nn.Conv2d(2 * hidden, 2 * hidden, 1)
        self.horizontal = MaskedConv2d(n_in, 2 * hidden, (1, size), channels,
                                       sees_itself=not first, parts=2)
        self.out = MaskedConv2d(hidden, hidden, (1, 1), channels, sees_itself=True)
        self.told_vertical, self.told_horizontal = (ClassBias(n_classes, 2 * hidden)
                                                    for _ in range(2))

    def forward(self, v: Tensor, h: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the next features of both stacks, (B, hidden, H, W) each."""
        above = self.told_vertical(self.vertical(v), context)
        new = self.out(gate(self.told_horizontal(self.horizontal(h) + self.down(above), context)))
        return gate(above), h + new if self.residual else new

    def at(self, memory: Memory, above: Tensor, h: Tensor, place: Place,
           shape: tuple[int, ...], context: Tensor | None) -> Tensor:
        """Return one pixel's next horizontal features; `above` (B, 2h) is what comes down."""
        new = self.horizontal.at(memory, h, place, shape) + above
        new = self.out.at(memory, gate(self.told_horizontal(new, context)), place, shape)
        return h + new if self.residual else new


class GatedPixelCNN(AutoregressiveModel):
    """PixelCNN with a vertical and a horizontal stack of gated convolutions.

    Args:
        shape: shape of one image, (C, H, W).
        levels: how many values a pixel can have.
        hidden: features of each stack, a multiple of C.
        layers: number of layers after the first.
        kernel: side of the first kernel, odd; the others have 3.
        dropout: share of the last features that are dropped in training.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2, hidden: int = 24,
                 layers: int = 4, kernel: int = 7, dropout: float = 0.0,
                 n_classes: int = 0) -> None:
        super().__init__(shape, levels, n_classes)
        channels = shape[0]
        if hidden % channels:
            raise ValueError(f"hidden must be a multiple of {channels} colours, got {hidden!r}")
        self.layers: Layers[GatedLayer] = Layers(
            [GatedLayer(channels, hidden, channels, kernel, first=True, n_classes=n_classes)]
            + [GatedLayer(hidden, hidden, channels, 3, first=False, n_classes=n_classes)
               for _ in range(layers)])
        self.dropout = nn.Dropout2d(dropout)
        self.last: Layers[MaskedConv2d] = Layers(
            MaskedConv2d(hidden, n_out, (1, 1), channels, sees_itself=True)
            for n_out in (hidden, channels * levels))

    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W, L), in one pass."""
        v = h = to_unit(x)
        for layer in self.layers:
            v, h = layer(v, h, context)
            h = self.dropout(h)
        for last in self.last:
            h = last(h.relu())
        return cross_levels(h, self.shape, self.levels)

    def logits_at(self, memory: Memory, x: Tensor, place: Place,
                  context: Tensor | None = None) -> Tensor:
        """Return the logits at one place, (B, L): the vertical stack once a row, the rest here."""
        if place.column == 0 and place.channel == 0:
            memory[self] = self._rows_above(memory, x, place.row, context)
        above = memory[self]
        if place.channel == 0 and place.column > 0:
            before = Place(0, place.row, place.column - 1)
            self._horizontal_input(memory, x, before)
        h = to_unit(x[:, :, place.row, place.column])
        for layer, features in zip(self.layers, above, strict=True):
            h = layer.at(memory, features[:, :, place.column], h, place, self.shape, context)
        for last in self.last:
            h = last.at(memory, h.relu(), place, self.shape)
        return h.unflatten(1, (self.shape[0], self.levels))[:, place.channel]

    def _rows_above(self, memory: Memory, x: Tensor, row: int,
                    context: Tensor | None) -> list[Tensor]:
        """What comes down to this row in each layer, (B, 2h, W) each; keeps it for later rows."""
        v = to_unit(x[:, :, row - 1 : row]) if row else torch.zeros_like(x[:, :, :1])
        down = []
        for layer in self.layers:
            above = layer.vertical.row(memory, v, row, self.shape)
            above = layer.told_vertical(above, context)
            down.append(layer.down(above)[:, :, 0])
            v = gate(above)
        return down

    def _horizontal_input(self, memory: Memory, x: Tensor, place: Place) -> None:
        pixel = to_unit(x[:, :, place.row, place.column])
        next(iter(self.layers)).horizontal.remember(memory, pixel, place, self.shape)
