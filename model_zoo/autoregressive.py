"""What all models share that write p(x) as a product, one pixel after the other.

The chain rule of probability holds for every distribution and every order:

    p(x) = p(x_1) p(x_2 | x_1) p(x_3 | x_1, x_2) ...

Here the order is that of reading, unless a model says otherwise: row by row from the top, left to
right; within a pixel red, then green, then blue.
"""

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from model_zoo.base import (
    Conditional,
    GenerativeModel,
    HasLogProb,
    HasPath,
    Losses,
    State,
    device_of,
    in_full,
    last,
)
from model_zoo.pixel_orders import Order, pixels_in

Memory = dict[nn.Module, Any]
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
class Drawn(State):
    """The images after one place more; what is not drawn yet is 0.

    Attributes:
        place: what has just been drawn.
        probabilities: of each level there, (n, L), as the model says (at temperature 1).
    """

    place: Place
    probabilities: Tensor


class AutoregressiveModel(Conditional, GenerativeModel, HasLogProb, HasPath):
    """A model that gives each pixel a distribution over levels, given the pixels before it.

    Args:
        shape: shape of one image, (C, H, W). A pixel is k / (levels - 1) for some k.
        levels: how many values a pixel can have, 2 to 256.
        n_classes: how many classes it is told of; 0 for none.
    """

    over = "levels"

    def __init__(self, shape: tuple[int, ...], levels: int = 2, n_classes: int = 0) -> None:
        super().__init__(shape)
        if len(shape) != 3:
            raise ValueError(f"shape must be that of an image, (C, H, W), got {shape!r}")
        if not 2 <= levels <= 256:
            raise ValueError(f"levels must be between 2 and 256, got {levels!r}")
        self.levels = levels
        self.n_classes = n_classes

    @abstractmethod
    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W) -> (B, C, H, W, L).

        Those of a place depend on the places before it alone.
        """

    def logits_at(self, memory: Memory, x: Tensor, place: Place,
                  context: Tensor | None = None) -> Tensor:
        """Return the logits at one place, (B, L), for a caller that goes through all in order.

        Whatever is worth keeping for later places is kept in `memory`, which is empty at first.
        This one keeps nothing and computes everything anew.

        Args:
            x: images (B, C, H, W), of which only the places before this one are looked at.
        """
        return self.logits(x, context)[:, place.channel, place.row, place.column]

    def log_probs(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return log p(x_i | x_1 ... x_{i-1}) in nats at each place, (B, C, H, W)."""
        chosen = self.to_levels(x).unsqueeze(-1)
        return in_full(self.logits(x, context)).log_softmax(-1).gather(-1, chosen).squeeze(-1)

    def log_prob(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return log p(x) in nats, (B,): the sum over all places, exact."""
        return self.log_probs(x, context).flatten(1).sum(1)

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return -log p(x): the mean in nats per image, and in bits per dimension."""
        nats = -self.log_prob(x, context).mean()
        return {"loss": nats, "bits_per_dim": nats.detach() / math.prod(self.shape) / math.log(2)}

    @property
    def order(self) -> Order:
        """Row and column of all pixels, in the order in which they are drawn."""
        return pixels_in("raster", *self.shape[1:])

    def places(self) -> Iterator[Place]:
        """Go through all places in order."""
        for row, column in self.order:
            for channel in range(self.shape[0]):
                yield Place(channel, row, column)

    @torch.no_grad()
    def path(self, n: int, context: Tensor | None = None, *, noise: Tensor | None = None,
             x: Tensor | None = None, known: Tensor | None = None,
             temperature: float = 1.0) -> Iterator[Drawn]:
        """Draw `n` images place by place.

        Args:
            noise: numbers between 0 and 1, (n, C, H, W), that alone decide what is drawn; new
                ones where they are not given.
            x, known: images (n, C, H, W), and where (H, W) they are to stay as they are.
            temperature: above 1 more even, below 1 more certain; 1 samples from the model.
        """
        if noise is None:
            noise = torch.rand(n, *self.shape, device=device_of(self))
        known = torch.zeros(self.shape[1:], dtype=torch.bool) if known is None else known
        drawn = torch.zeros_like(noise) if x is None else x * known.to(x.device)
        stays = known.tolist()
        pixels, chance = parts(drawn), parts(noise[..., None])
        memory: Memory = {}
        for place in self.places():
            logits = self.logits_at(memory, drawn, place, context)
            probabilities = logits.softmax(-1)
            channel, row, column = place.channel, place.row, place.column
            if not stays[row][column]:
                chances = probabilities if temperature == 1 else (logits / temperature).softmax(-1)
                cumulated = chances[:, :-1].cumsum(-1)  # the last one is what remains
                level = (cumulated < chance[channel][row][column]).sum(-1)
                pixels[channel][row][column].copy_(level.to(drawn.dtype) / (self.levels - 1))
            yield Drawn(drawn, place, probabilities)

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw `n` new images, (n, C, H, W)."""
        return last(self.path(n, context))

    def complete(self, x: Tensor, known: Tensor, context: Tensor | None = None) -> Tensor:
        """Draw the rest of images of which a part is known.

        Places after a gap do not pull on it: what is drawn follows the model exactly only where
        all that is known comes first.

        Args:
            x: images, (B, C, H, W).
            known: where they are to stay as they are, (H, W) bool.
        """
        return last(self.path(len(x), context, noise=torch.rand_like(x), x=x, known=known))

    def to_levels(self, x: Tensor) -> Tensor:
        """Return the level of each pixel, 0 to L - 1, int64."""
        return (x * (self.levels - 1)).round().long()


def parts(x: Tensor) -> list[list[tuple[Tensor, ...]]]:
    """Return all numbers of images (B, C, H, W, ...), by channel, row and column, (B, ...) each.

    They are no copies: whoever changes one changes the images.
    """
    return [[row.unbind(1) for row in channel.unbind(1)] for channel in x.unbind(1)]


def to_unit(x: Tensor) -> Tensor:
    """Move pixels from [0, 1] to [-1, 1], which nets like better."""
    return 2 * x - 1
