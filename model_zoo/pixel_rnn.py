"""PixelRNN: pixels guessed by LSTMs that walk over the image, row by row or along diagonals.

A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016,
https://arxiv.org/abs/1601.06759
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.autoregressive import Memory, Place, to_unit
from model_zoo.conditional import ClassBias
from model_zoo.tower import Block, MaskedConv2d, Tower

FORGET_BIAS = 1.0


def lstm(gates: Tensor, cell: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """One step of an LSTM: hidden state and cell (equation 3 of the paper).

    Args:
        gates: what the output, forget and input gate and the content are made of, 4h along `dim`.
        cell: the cell before, h along `dim`.
    """
    out, forget, into, content = gates.chunk(4, dim)
    cell = (forget + FORGET_BIAS).sigmoid() * cell + into.sigmoid() * content.tanh()
    return out.sigmoid() * cell.tanh(), cell


class RowLSTMLayer(Block):
    """An LSTM that takes a row at a time, from the top; section 3.1 and figure 4 of the paper.

    A pixel's state comes from the three states above it, so it sees a triangle, not all of the
    past.
    """

    def __init__(self, hidden: int, channels: int, n_classes: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.from_input = MaskedConv2d(2 * hidden, 4 * hidden, (1, 3), channels,
                                       sees_itself=True, parts=4)
        self.from_state = nn.Conv1d(hidden, 4 * hidden, 3, padding=1, bias=False)
        self.told = ClassBias(n_classes, 4 * hidden)
        self.out = MaskedConv2d(hidden, 2 * hidden, (1, 1), channels, sees_itself=True)

    def forward(self, y: Tensor, x: Tensor, context: Tensor | None) -> Tensor:
        """(B, 2h, H, W) -> (B, 2h, H, W), a row after the other."""
        gates = self.told(self.from_input(y), context)
        state = cell = y.new_zeros(len(y), self.hidden, y.shape[3])
        rows = []
        for given in gates.unbind(2):
            state, cell = lstm(given + self.from_state(state), cell, 1)
            rows.append(state)
        return y + self.out(torch.stack(rows, 2))

    def at(self, memory: Memory, v: Tensor, x: Tensor, place: Place,
           context: Tensor | None) -> Tensor:
        """Go through one pixel's features (B, 2h); the row above counts once a row."""
        column, shape = place.column, x.shape[1:]
        if column == 0 and place.channel == 0:
            none = v.new_zeros(len(v), self.hidden, shape[2])
            state, cell = memory[self][:2] if self in memory else (none, none)
            memory[self] = [torch.zeros_like(none), torch.zeros_like(none),
                            self.from_state(state), cell]
        state, cell, above, cell_above = memory[self]
        gates = self.told(self.from_input.at(memory, v, place, shape), context)
        gates = gates + above[:, :, column]
        state[:, :, column], cell[:, :, column] = lstm(gates, cell_above[:, :, column], 1)
        return v + self.out.at(memory, state[:, :, column], place, shape)


class DiagonalLayer(Block):
    """Two LSTMs along the diagonals, from both upper corners; section 3.2 and figure 3.

    A state comes from the pixel before it in its row and the pixel above, so that together both
    scans see the whole past. The second scan runs from right to left; it must not see its own
    row, so its result is moved down by one. For the row below, the pixels that it passes are past,
    so it reads them too: mask A hides each pixel from its own features, and without them the end
    of the row above would be out of sight.
    """

    def __init__(self, hidden: int, channels: int, n_classes: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.from_input = nn.ModuleList(
            MaskedConv2d(2 * hidden, 4 * hidden, (1, 1), channels, sees_itself=True, parts=4)
            for _ in range(2))
        self.from_pixel = nn.Conv2d(channels, 4 * hidden, 1, bias=False)  # second scan alone
        self.told = nn.ModuleList(ClassBias(n_classes, 4 * hidden) for _ in range(2))
        # Of each scan: from the states before and above, (2, 2h, 4h).
        self.from_states = nn.Parameter(torch.empty(2, 2 * hidden, 4 * hidden))
        nn.init.uniform_(self.from_states, -((2 * hidden) ** -0.5), (2 * hidden) ** -0.5)
        self.start = nn.Parameter(torch.zeros(2, 2, hidden))  # of each scan: state and cell
        self.out = MaskedConv2d(hidden, 2 * hidden, (1, 1), channels, sees_itself=True)

    def forward(self, y: Tensor, x: Tensor, context: Tensor | None) -> Tensor:
        """(B, 2h, H, W) -> (B, 2h, H, W), a diagonal after the other."""
        forwards, backwards = self.from_input
        tell_first, tell_second = self.told
        first = tell_first(forwards(y), context)
        second = tell_second(backwards(y) + self.from_pixel(to_unit(x)), context)
        gates = torch.stack([first, second.flip(3)])  # (2, B, 4h, H, W)
        left, right = self._scan(skew(gates), y.shape[3])
        down = F.pad(right.flip(3), (0, 0, 1, 0))[:, :, :-1]
        return y + self.out(left + down)

    def _scan(self, gates: Tensor, width: int) -> Tensor:
        """Walk over skewed gates (2, B, 4h, H, W + H - 1); the states (2, B, h, H, W).

        At a step only the rows from `low` to `high` are inside the image.
        """
        height, n_images = gates.shape[3], gates.shape[1]
        start, first_cell = (self.start[:, i, None, None].expand(-1, n_images, -1, -1)
                             for i in range(2))  # (2, B, 1, h)
        outside = torch.zeros_like(start)  # above the image
        state = cell = start[:, :, :0]
        low = high = 0
        states = []
        for step, given in enumerate(gates.permute(4, 0, 1, 3, 2).unbind()):  # (2, B, H, 4h)
            entering, leaving = int(step < height), int(step >= width)
            above = state[:, :, : high - low - 1 + entering]
            above = above if leaving else torch.cat([outside, above], 2)
            before = torch.cat([state[:, :, leaving:], start[:, :, :entering]], 2)
            cell = torch.cat([cell[:, :, leaving:], first_cell[:, :, :entering]], 2)
            low, high = low + leaving, high + entering
            both = torch.cat([before, above], -1).flatten(1, 2)  # (2, B * rows, 2h)
            fed = torch.bmm(both, self.from_states).view(2, n_images, high - low, -1)
            state, cell = lstm(given[:, :, low:high] + fed, cell, -1)
            states.append(F.pad(state, (0, 0, low, height - high)))
        return unskew(torch.stack(states, 4).permute(0, 1, 3, 2, 4), width)

    def at(self, memory: Memory, v: Tensor, x: Tensor, place: Place,
           context: Tensor | None) -> Tensor:
        """Go through one pixel's features (B, 2h); the second scan runs once a finished row."""
        n, column, shape = len(v), place.column, x.shape[1:]
        if column == 0 and place.channel == 0:
            self._next_row(memory, v, x[:, :, max(0, place.row - 1)], context)
        inputs, left, left_cell, left_above, right_above = memory[self]
        inputs[:, :, column] = v
        before, cell = ((left[:, :, column - 1], left_cell[:, :, column - 1]) if column else
                        (self.start[0, i].expand(n, -1) for i in range(2)))
        gates = self.from_input[0].at(memory, v, place, shape)  # type: ignore[operator]
        gates = self.told[0](gates, context)
        fed = torch.cat([before, left_above[:, :, column]], 1) @ self.from_states[0]
        left[:, :, column], left_cell[:, :, column] = lstm(gates + fed, cell, 1)
        state = left[:, :, column] + right_above[:, :, column]
        return v + self.out.at(memory, state, place, shape)

    def _next_row(self, memory: Memory, v: Tensor, pixels: Tensor,
                  context: Tensor | None) -> None:
        """Scan the finished row (B, C, W) from right to left, and make room for the next one."""
        n, width = len(v), pixels.shape[2]
        blank = v.new_zeros(n, self.hidden, width)
        left, right = blank, blank
        if self in memory:
            inputs, left, _, _, right_above = memory[self]
            gates = self.from_input[1](inputs[:, :, None]) + self.from_pixel(
                to_unit(pixels[:, :, None]))
            gates = self.told[1](gates, context)[:, :, 0]  # (B, 4h, W)
            state, cell = (self.start[1, i].expand(n, -1) for i in range(2))
            right = torch.zeros_like(blank)
            for column in reversed(range(width)):
                fed = torch.cat([state, right_above[:, :, column]], 1) @ self.from_states[1]
                state, cell = lstm(gates[:, :, column] + fed, cell, 1)
                right[:, :, column] = state
        memory[self] = [v.new_zeros(n, v.shape[1], width), torch.zeros_like(blank),
                        torch.zeros_like(blank), left, right]


def skew(x: Tensor) -> Tensor:
    """Move each row right by its number, (..., H, W) -> (..., H, W + H - 1): diagonals stand."""
    height, width = x.shape[-2:]
    flat = F.pad(x, (0, height)).flatten(-2)
    return flat[..., : height * (height + width - 1)].unflatten(-1, (height, height + width - 1))


def unskew(x: Tensor, width: int) -> Tensor:
    """Undo `skew`: (..., H, W + H - 1) -> (..., H, W)."""
    height = x.shape[-2]
    flat = F.pad(x.flatten(-2), (0, height))
    return flat.unflatten(-1, (height, x.shape[-1] + 1))[..., :width]


class RowLSTM(Tower):
    """PixelRNN whose layers walk row by row."""

    def block(self, hidden: int, channels: int) -> RowLSTMLayer:
        """Return a layer that walks over the rows."""
        return RowLSTMLayer(hidden, channels, self.n_classes)


class DiagonalBiLSTM(Tower):
    """PixelRNN whose layers walk along the diagonals from both sides; it sees the whole past."""

    def block(self, hidden: int, channels: int) -> DiagonalLayer:
        """Return a layer of two scans."""
        return DiagonalLayer(hidden, channels, self.n_classes)
