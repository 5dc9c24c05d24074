"""Masked convolutions, and the tower of blocks that PixelCNN and PixelRNN have in common.

A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016,
https://arxiv.org/abs/1601.06759
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.autoregressive import AutoregressiveModel, Layers, Memory, Place, to_unit
from model_zoo.conditional import ClassBias


def colour_of(n_features: int, channels: int, parts: int = 1) -> Tensor:
    """Return which colour each of some features belongs to, (n_features,).

    Args:
        parts: into how many equal blocks the features are cut, each with all colours in order.
    """
    block = n_features // parts
    return (torch.arange(n_features) % block) * channels // block


def cross_levels(x: Tensor, shape: tuple[int, ...], levels: int) -> Tensor:
    """Turn feature maps (B, C * L, H, W), colour by colour, into logits (B, C, H, W, L)."""
    return x.unflatten(1, (shape[0], levels)).movedim(2, -1)


class MaskedConv2d(nn.Conv2d):
    """A convolution that sees the rows above, what is left of it, and maybe itself.

    Section 3.4 and figure 2 of the paper.

    Args:
        n_in, n_out: feature maps.
        size: height and width of the kernel, odd.
        channels: colours of the image, among which the features are shared out.
        sees_itself: mask B, for all layers but the first: a colour sees itself and those before it
            in the same pixel. Mask A sees only those before it.
        parts: blocks of the outputs, see `colour_of`.
    """

    def __init__(self, n_in: int, n_out: int, size: tuple[int, int], channels: int, *,
                 sees_itself: bool, parts: int = 1) -> None:
        super().__init__(n_in, n_out, size, padding=(size[0] // 2, size[1] // 2))
        self.up, self.aside = middle, centre = size[0] // 2, size[1] // 2
        self.down = 0  # rows below the middle with an open cell
        mask = torch.zeros(n_out, n_in, *size)
        mask[:, :, :middle] = 1
        mask[:, :, middle, :centre] = 1
        own = colour_of(n_out, channels, parts)[:, None]
        other = colour_of(n_in, channels)[None]
        mask[:, :, middle, centre] = (own >= other if sees_itself else own > other).float()
        self.mask: Tensor
        self.register_buffer("mask", mask, persistent=False)

    def turn(self, row: int, column: int) -> None:
        """Open a cell of the kernel that the mask has closed, or close one that is open.

        With a cell of the future open, training sees what drawing cannot: log p(x) is none then.

        Args:
            row, column: the cell, seen from the middle of the kernel, which is (0, 0).
        """
        cell = self.mask[:, :, row + self.up, column + self.aside]
        cell.fill_(0.0 if row < 0 or (row == 0 and column < 0) else 1.0)
        self.down = max(self.down, row)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve whole images, (B, n_in, H, W) -> (B, n_out, H, W).

        The kernel's closed rows below the middle are left out: a third less work.
        """
        seen = (self.weight * self.mask)[:, :, : self.up + 1 + self.down]
        y = F.conv2d(x, seen, self.bias, padding=(self.up, self.aside))
        return y[:, :, : x.shape[2]]

    def at(self, memory: Memory, v: Tensor, place: Place, shape: tuple[int, ...]) -> Tensor:
        """Compute one pixel's outputs (B, n_out) from its inputs (B, n_in) and those before it.

        What the rows above add is computed once a row; at each pixel only what is beside it.
        """
        assert self.bias is not None
        if not self.aside:
            if self not in memory:
                memory[self] = self._seen()[1]
            return torch.addmm(self.bias, v, memory[self])
        row = self.remember(memory, v, place, shape)
        return torch.addmm(row.above[place.column], row.beside[place.column], row.weights[1])

    def remember(self, memory: Memory, v: Tensor, place: Place, shape: tuple[int, ...]) -> "Row":
        """Keep one pixel's inputs (B, n_in) for later pixels, and return its row."""
        row: Row | None = memory.get(self)
        if row is None or row.number != place.row:
            row = memory[self] = self._begin_row(row, v, place.row, shape)
        row.cells[place.column + self.aside].copy_(v)
        return row

    def _begin_row(self, last: "Row | None", v: Tensor, row: int, shape: tuple[int, ...]) -> "Row":
        up, aside, (height, width) = self.up, self.aside, shape[1:]
        rows = last.rows if last else v.new_zeros(
            len(v), up + height, width + 2 * aside, v.shape[1])
        weights = last.weights if last else self._seen()
        assert self.bias is not None
        above = self.bias.expand(len(v), width, -1)
        if up:
            patches = rows[:, row : row + up].unfold(2, 2 * aside + 1, 1)  # (B, up, W, n, k)
            patches = patches.permute(0, 2, 1, 4, 3).flatten(2)  # (B, W, up * k * n)
            above = torch.addmm(self.bias, patches.flatten(0, 1), weights[0]).view_as(above)
        here = rows[:, row + up]
        beside = here.unfold(1, aside + 1, 1).transpose(2, 3).flatten(2)  # (B, W + aside, ...)
        return Row(row, rows, here.unbind(1), beside.unbind(1), above.unbind(1), weights)

    def _seen(self) -> tuple[Tensor, Tensor]:
        """Weights of what is above and of what is beside, (inputs, n_out) each."""
        seen = (self.weight * self.mask).movedim(1, -1)  # (n_out, rows, columns, n_in)
        above, beside = seen[:, : self.up], seen[:, self.up, : self.aside + 1]
        return above.flatten(1).T.contiguous(), beside.flatten(1).T.contiguous()


@dataclass
class Row:
    """What a masked convolution keeps while images are drawn; parts of `rows` are no copies.

    Attributes:
        number: of this row.
        rows: its inputs in all rows so far, (B, up + H, W + 2 aside, n_in), 0 outside.
        cells: those of this row, one pixel after the other, (B, n_in) each.
        beside: what each pixel sees of this row, itself the last, (B, (aside + 1) n_in) each.
        above: what the bias and the rows above add to each pixel, (B, n_out) each.
        weights: of what is above, and of what is beside, (inputs, n_out) each.
    """

    number: int
    rows: Tensor
    cells: tuple[Tensor, ...]
    beside: tuple[Tensor, ...]
    above: tuple[Tensor, ...]
    weights: tuple[Tensor, Tensor]


class Block(nn.Module, ABC):
    """A part of a tower: from features of whole images, or of one pixel, to the next ones."""

    @abstractmethod
    def forward(self, y: Tensor, x: Tensor, context: Tensor | None) -> Tensor:
        """Go through whole feature maps y (B, F, H, W) of images x (B, C, H, W)."""

    @abstractmethod
    def at(self, memory: Memory, v: Tensor, x: Tensor, place: Place,
           context: Tensor | None) -> Tensor:
        """Go through one pixel's features v (B, F), with what is remembered of those before.

        Args:
            x: the images (B, C, H, W), of which only the places before this one are looked at.
        """


class Tower(AutoregressiveModel):
    """A masked convolution (mask A), blocks on top of it, and two convolutions of 1 x 1.

    Table 1 of the paper: PixelCNN, Row LSTM and Diagonal BiLSTM differ in
    their blocks alone.

    Args:
        shape: shape of one image, (C, H, W).
        levels: how many values a pixel can have.
        hidden: h; between the blocks there are 2h features; a multiple of C.
        layers: number of blocks.
        kernel: side of the first kernel, odd.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2, hidden: int = 16,
                 layers: int = 2, kernel: int = 7, n_classes: int = 0) -> None:
        super().__init__(shape, levels, n_classes)
        channels = shape[0]
        if hidden % channels:
            raise ValueError(f"hidden must be a multiple of {channels} colours, got {hidden!r}")
        self.first = MaskedConv2d(channels, 2 * hidden, (kernel, kernel), channels,
                                  sees_itself=False)
        self.told: nn.Module = ClassBias(n_classes, 2 * hidden)
        self.blocks: Layers[Block] = Layers(self.block(hidden, channels) for _ in range(layers))
        self.last: Layers[MaskedConv2d] = Layers(
            MaskedConv2d(2 * hidden, n_out, (1, 1), channels, sees_itself=True)
            for n_out in (2 * hidden, channels * levels))

    @abstractmethod
    def block(self, hidden: int, channels: int) -> Block:
        """Return one block, untrained: 2h features in, 2h features out."""

    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W, L)."""
        y = self.told(self.first(to_unit(x)), context)
        for block in self.blocks:
            y = block(y, x, context)
        for layer in self.last:
            y = layer(y.relu())
        return cross_levels(y, self.shape, self.levels)

    def logits_at(self, memory: Memory, x: Tensor, place: Place,
                  context: Tensor | None = None) -> Tensor:
        """Return the logits at one place, (B, L), computing nothing again of the places before."""
        before = place.row * self.shape[2] + place.column - 1
        if place.channel == 0 and before >= 0:  # what was drawn last: later pixels look at it
            last = Place(0, *divmod(before, self.shape[2]))
            pixel = to_unit(x[:, :, last.row, last.column])
            self.first.remember(memory, pixel, last, self.shape)
        y = self.first.at(memory, to_unit(x[:, :, place.row, place.column]), place, self.shape)
        y = self.told(y, context)
        for block in self.blocks:
            y = block.at(memory, y, x, place, context)
        for layer in self.last:
            y = layer.at(memory, y.relu(), place, self.shape)
        return y.unflatten(1, (self.shape[0], self.levels))[:, place.channel]
