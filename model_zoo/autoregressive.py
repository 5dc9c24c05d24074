"""What all models share that write p(x) as a product, one pixel after the other.

The chain rule of probability holds for every distribution and every order:

    p(x) = p(x_1) p(x_2 | x_1) p(x_3 | x_1, x_2) ...

Here the order is that of reading: row by row from the top, left to right; within a pixel red, then
green, then blue.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.base import GenerativeModel, HasLogProb, Losses, device_of

Memory = dict[nn.Module, list[Tensor]]
Layer = TypeVar("Layer", bound=nn.Module)


class Layers(nn.ModuleList, Generic[Layer]):
    """A list of layers of one kind, which the type checker knows."""

    def __iter__(self) -> Iterator[Layer]:
        return super().__iter__()  # type: ignore[return-value]


@dataclass(frozen=True)
class Place:
    """One number of an image: a channel of the pixel in a row and a column."""

    channel: int
    row: int
    column: int


@dataclass(frozen=True)
class Drawn:
    """One step of sampling.

    Attributes:
        place: what has just been drawn.
        probabilities: of each level there, (B, L), as the model says (at temperature 1).
        x: the images so far (B, C, H, W); what is not drawn yet is 0. It is drawn on.
    """

    place: Place
    probabilities: Tensor
    x: Tensor


class AutoregressiveModel(GenerativeModel, HasLogProb):
    """A model that gives each pixel a distribution over levels, given the pixels before it.

    Args:
        shape: shape of one image, (C, H, W). A pixel is k / (levels - 1) for some k.
        levels: how many values a pixel can have, 2 to 256.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2) -> None:
        super().__init__(shape)
        if len(shape) != 3:
            raise ValueError(f"shape must be that of an image, (C, H, W), got {shape!r}")
        if not 2 <= levels <= 256:
            raise ValueError(f"levels must be between 2 and 256, got {levels!r}")
        self.levels = levels

    @abstractmethod
    def logits(self, x: Tensor) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W) -> (B, C, H, W, L).

        Those of a place depend on the places before it alone.
        """

    def logits_at(self, memory: Memory, x: Tensor, place: Place) -> Tensor:
        """Return the logits at one place, (B, L), for a caller that goes through all in order.

        Whatever is worth keeping for later places is kept in `memory`, which is empty at first.
        This one keeps nothing and computes everything anew.

        Args:
            x: images (B, C, H, W), of which only the places before this one are looked at.
        """
        return self.logits(x)[:, place.channel, place.row, place.column]

    def log_probs(self, x: Tensor) -> Tensor:
        """Return log p(x_i | x_1 ... x_{i-1}) in nats at each place, (B, C, H, W)."""
        chosen = self.to_levels(x).unsqueeze(-1)
        return self.logits(x).log_softmax(-1).gather(-1, chosen).squeeze(-1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, (B,): the sum over all places, exact."""
        return self.log_probs(x).flatten(1).sum(1)

    def loss(self, x: Tensor) -> Losses:
        """Return -log p(x): the mean in nats per image, and in bits per dimension."""
        nats = -self.log_prob(x).mean()
        return {"loss": nats, "bits_per_dim": nats.detach() / math.prod(self.shape) / math.log(2)}

    def places(self) -> Iterator[Place]:
        """Go through all places in order."""
        channels, height, width = self.shape
        for row in range(height):
            for column in range(width):
                for channel in range(channels):
                    yield Place(channel, row, column)

    @torch.no_grad()
    def sample_path(self, noise: Tensor, *, x: Tensor | None = None, known: Tensor | None = None,
                    temperature: float = 1.0) -> Iterator[Drawn]:
        """Draw images place by place.

        Args:
            noise: numbers between 0 and 1, (B, C, H, W); they alone decide what is drawn.
            x, known: images (B, C, H, W), and where (H, W) they are to stay as they are.
            temperature: above 1 more even, below 1 more certain; 1 samples from the model.
        """
        known = torch.zeros(self.shape[1:], dtype=torch.bool) if known is None else known
        drawn = torch.zeros_like(noise) if x is None else x * known
        memory: Memory = {}
        for place in self.places():
            logits = self.logits_at(memory, drawn, place)
            probabilities = logits.softmax(-1)
            here = slice(None), place.channel, place.row, place.column
            if not known[place.row, place.column]:
                chances = probabilities if temperature == 1 else (logits / temperature).softmax(-1)
                cumulated = chances[:, :-1].cumsum(-1)  # the last one is what remains
                level = (cumulated < noise[here][:, None]).sum(-1)
                drawn[here] = level.to(drawn.dtype) / (self.levels - 1)
            yield Drawn(place, probabilities, drawn)

    def sample(self, n: int) -> Tensor:
        """Draw `n` new images, (n, C, H, W)."""
        return self._last(torch.rand(n, *self.shape, device=device_of(self)))

    def complete(self, x: Tensor, known: Tensor) -> Tensor:
        """Draw the rest of images of which a part is known.

        Places after a gap do not pull on it: what is drawn follows the model exactly only where
        all that is known comes first.

        Args:
            x: images, (B, C, H, W).
            known: where they are to stay as they are, (H, W) bool.
        """
        return self._last(torch.rand_like(x), x=x, known=known)

    def to_levels(self, x: Tensor) -> Tensor:
        """Return the level of each pixel, 0 to L - 1, int64."""
        return (x * (self.levels - 1)).round().long()

    def _last(self, noise: Tensor, x: Tensor | None = None,
              known: Tensor | None = None) -> Tensor:
        *_, last = self.sample_path(noise, x=x, known=known)
        return last.x


def to_unit(x: Tensor) -> Tensor:
    """Move pixels from [0, 1] to [-1, 1], which nets like better."""
    return 2 * x - 1


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

    A. van den Oord, N. Kalchbrenner, K. Kavukcuoglu, "Pixel Recurrent Neural Networks", 2016,
    section 3.4, https://arxiv.org/abs/1601.06759

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
        mask = torch.zeros(n_out, n_in, *size)
        mask[:, :, :middle] = 1
        mask[:, :, middle, :centre] = 1
        own = colour_of(n_out, channels, parts)[:, None]
        other = colour_of(n_in, channels)[None]
        mask[:, :, middle, centre] = (own >= other if sees_itself else own > other).float()
        self.mask: Tensor
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve whole images, (B, n_in, H, W) -> (B, n_out, H, W).

        The kernel's rows below the middle are closed, so they are left out: a third less work.
        """
        seen = (self.weight * self.mask)[:, :, : self.up + 1]
        y = F.conv2d(x, seen, self.bias, padding=(self.up, self.aside))
        return y[:, :, : x.shape[2]]

    def at(self, memory: Memory, v: Tensor, place: Place, shape: tuple[int, ...]) -> Tensor:
        """Compute one pixel's outputs (B, n_out) from its inputs (B, n_in) and those before it."""
        assert self.bias is not None
        up, aside = self.up, self.aside
        if not aside:
            seen = self._remembered(memory, v, shape)[0]
            return torch.addmm(self.bias, v, seen)
        seen, padded = self.remember(memory, v, place, shape)
        patch = padded[:, :, place.row : place.row + up + 1,
                       place.column : place.column + 2 * aside + 1]
        return torch.addmm(self.bias, patch.flatten(1), seen)

    def remember(self, memory: Memory, v: Tensor, place: Place,
                 shape: tuple[int, ...]) -> list[Tensor]:
        """Keep one pixel's inputs (B, n_in) for later pixels; return all that is kept."""
        kept = self._remembered(memory, v, shape)
        kept[1][:, :, place.row + self.up, place.column + self.aside] = v
        return kept

    def _remembered(self, memory: Memory, v: Tensor, shape: tuple[int, ...]) -> list[Tensor]:
        if self not in memory:
            seen = (self.weight * self.mask)[:, :, : self.up + 1].flatten(1).T.contiguous()
            size = (len(v), v.shape[1], shape[1] + self.up, shape[2] + 2 * self.aside)
            memory[self] = [seen, v.new_zeros(size)]
        return memory[self]


class Block(nn.Module, ABC):
    """A part of a tower: from features of whole images, or of one pixel, to the next ones."""

    @abstractmethod
    def forward(self, y: Tensor, x: Tensor) -> Tensor:
        """Go through whole feature maps y (B, F, H, W) of images x (B, C, H, W)."""

    @abstractmethod
    def at(self, memory: Memory, v: Tensor, x: Tensor, place: Place) -> Tensor:
        """Go through one pixel's features v (B, F), with what is remembered of those before.

        Args:
            x: the images (B, C, H, W), of which only the places before this one are looked at.
        """


class Tower(AutoregressiveModel):
    """A masked convolution (mask A), blocks on top of it, and two convolutions of 1 x 1.

    Table 1 of "Pixel Recurrent Neural Networks": PixelCNN, Row LSTM and Diagonal BiLSTM differ in
    their blocks alone.

    Args:
        shape: shape of one image, (C, H, W).
        levels: how many values a pixel can have.
        hidden: h; between the blocks there are 2h features; a multiple of C.
        layers: number of blocks.
        kernel: side of the first kernel, odd.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2, hidden: int = 16,
                 layers: int = 2, kernel: int = 7) -> None:
        super().__init__(shape, levels)
        channels = shape[0]
        if hidden % channels:
            raise ValueError(f"hidden must be a multiple of {channels} colours, got {hidden!r}")
        self.first = MaskedConv2d(channels, 2 * hidden, (kernel, kernel), channels,
                                  sees_itself=False)
        self.blocks: Layers[Block] = Layers(self.block(hidden, channels) for _ in range(layers))
        self.last: Layers[MaskedConv2d] = Layers(
            MaskedConv2d(2 * hidden, n_out, (1, 1), channels, sees_itself=True)
            for n_out in (2 * hidden, channels * levels))

    @abstractmethod
    def block(self, hidden: int, channels: int) -> Block:
        """Return one block, untrained: 2h features in, 2h features out."""

    def logits(self, x: Tensor) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W, L)."""
        y = self.first(to_unit(x))
        for block in self.blocks:
            y = block(y, x)
        for layer in self.last:
            y = layer(y.relu())
        return cross_levels(y, self.shape, self.levels)

    def logits_at(self, memory: Memory, x: Tensor, place: Place) -> Tensor:
        """Return the logits at one place, (B, L), computing nothing again of the places before."""
        if place.channel == 0:
            self._remember_pixel_before(memory, x, place)
        y = self.first.at(memory, to_unit(x[:, :, place.row, place.column]), place, self.shape)
        for block in self.blocks:
            y = block.at(memory, y, x, place)
        for layer in self.last:
            y = layer.at(memory, y.relu(), place, self.shape)
        return y.unflatten(1, (self.shape[0], self.levels))[:, place.channel]

    def _remember_pixel_before(self, memory: Memory, x: Tensor, place: Place) -> None:
        """Write into the first layer's memory what was drawn last: later pixels look at it."""
        before = place.row * self.shape[2] + place.column - 1
        if before >= 0:
            row, column = divmod(before, self.shape[2])
            pixel = to_unit(x[:, :, row, column])
            self.first.remember(memory, pixel, Place(0, row, column), self.shape)
