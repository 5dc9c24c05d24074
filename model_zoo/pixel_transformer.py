"""A pixel transformer: each pixel is guessed by attention to those that are drawn already.

M. Chen, A. Radford, R. Child, J. Wu, H. Jun, D. Luan, I. Sutskever, "Generative Pretraining from
Pixels", 2020, https://proceedings.mlr.press/v119/chen20s.html. Attention: A. Vaswani, N. Shazeer,
N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, L. Kaiser, I. Polosukhin, "Attention Is All You
Need", 2017, https://arxiv.org/abs/1706.03762. On pixels: N. Parmar, A. Vaswani, J. Uszkoreit,
L. Kaiser, N. Shazeer, A. Ku, D. Tran, "Image Transformer", 2018, https://arxiv.org/abs/1802.05751
"""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.autoregressive import AutoregressiveModel, Layers, Memory, Place
from model_zoo.conditional import ALL, ClassBias
from model_zoo.pixel_orders import Order, pixels_in

POSITIONS = ("row_column", "each", "none")
THINK = 4  # times as wide as a token is what thinks about it
ALIKE = 0.2  # standard deviation of the first vectors: about as large as those of the levels


@lru_cache(maxsize=32)
def numbered(order: str, shape: tuple[int, ...]) -> Mapping[Place, int]:
    """Return the number of each place, pixel after pixel and within one colour after colour."""
    n_colours, *size = shape
    places = (Place(channel, *pixel) for pixel in pixels_in(order, *size)
              for channel in range(n_colours))
    return {place: number for number, place in enumerate(places)}


class Positions(nn.Module):
    """What a token is told of the place that it is to guess: a sum of vectors.

    Args:
        kind: "row_column" for one vector a row, one a column and one a colour; "each" for one a
            place; "none" for nothing.
        places: of an image, in the order of drawing.
        hidden: numbers of a token.
    """

    where: Tensor

    def __init__(self, kind: str, places: Sequence[Place], hidden: int) -> None:
        super().__init__()
        if kind not in POSITIONS:
            raise ValueError(f"positions must be one of {', '.join(POSITIONS)}, got {kind!r}")
        axes: list[list[int]] = []
        if kind == "each":
            axes = [list(range(len(places)))]
        elif kind == "row_column":
            axes = [[place.row for place in places], [place.column for place in places],
                    [place.channel for place in places]]
        axes = [axis for axis in axes if max(axis)]
        self.tables = nn.ParameterList(ALIKE * torch.randn(max(axis) + 1, hidden) for axis in axes)
        self.register_buffer("where", torch.tensor(axes, dtype=torch.long).view(-1, len(places)),
                             persistent=False)

    def forward(self, tokens: Tensor, which: slice = ALL) -> Tensor:
        """Add to tokens (B, D, F) what they are told; `which` tells which ones of all they are."""
        for table, axis in zip(self.tables, self.where, strict=True):
            tokens = tokens + F.embedding(axis[which], table)
        return tokens


class AttentionBlock(nn.Module):
    """Each token looks at those before it, then thinks by itself; both are added to what it was.

    Norms stand before, on the branches: what is handed on is only added to, never replaced.

    Args:
        hidden: numbers of a token, a multiple of `heads`.
        heads: how many places it may look at independently.
        causal: whether a token sees itself and those before it alone.
        dropout: share of what is added that is left out in training.
    """

    def __init__(self, hidden: int, heads: int, causal: bool, dropout: float) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.norm = nn.LayerNorm(hidden)
        self.ask = nn.Linear(hidden, 3 * hidden)
        self.join = nn.Linear(hidden, hidden)
        self.norm_again = nn.LayerNorm(hidden)
        self.think = nn.Sequential(nn.Linear(hidden, THINK * hidden), nn.GELU(),
                                   nn.Linear(THINK * hidden, hidden))
        self.drop = nn.Dropout(dropout)

    def forward(self, y: Tensor) -> Tensor:
        """(B, D, F) -> (B, D, F)."""
        query, key, value = self.asked(y)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=self.causal)
        return self._answer(y, seen)

    def asked(self, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What tokens look for, what they are found by, and what they tell, (B, heads, D, f)."""
        both = self.ask(self.norm(y)).unflatten(2, (3, self.heads, -1))
        query, key, value = both.permute(2, 0, 3, 1, 4)
        return query, key, value

    def attention(self, y: Tensor) -> Tensor:
        """How much each token looks at each, (B, heads, D, D); the rows sum to 1."""
        query, key, _ = self.asked(y)
        scores = query @ key.mT / math.sqrt(query.shape[-1])
        if self.causal:
            future = torch.ones_like(scores[0, 0], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(future, -math.inf)
        return scores.softmax(-1)

    def at(self, memory: Memory, y: Tensor, number: int, n_tokens: int) -> Tensor:
        """Go on with one token (B, 1, F); keys and values of those before it are remembered."""
        query, key, value = self.asked(y)
        if self not in memory:
            room = key.new_empty(*key.shape[:2], n_tokens, key.shape[3])
            memory[self] = [room, torch.empty_like(room)]
        keys, values = memory[self]
        keys[:, :, number], values[:, :, number] = key[:, :, 0], value[:, :, 0]
        past = slice(number + 1)
        return self._answer(y, F.scaled_dot_product_attention(query, keys[:, :, past],
                                                              values[:, :, past]))

    def _answer(self, y: Tensor, seen: Tensor) -> Tensor:
        y = y + self.drop(self.join(seen.transpose(1, 2).flatten(2)))
        answer: Tensor = y + self.drop(self.think(self.norm_again(y)))
        return answer


class PixelTransformer(AutoregressiveModel):
    """A transformer whose tokens are the pixels before; the first one says "start", or the class.

    Red, green and blue of a pixel are three tokens.

    Args:
        shape, levels, n_classes: see `AutoregressiveModel`.
        hidden: numbers of a token.
        layers: how many blocks of attention there are.
        heads: of attention in each block; `hidden` is rounded up to a multiple.
        order: of the pixels, one of `ORDERS`.
        positions: how a token knows its place, one of `POSITIONS`.
        causal: whether a token sees those before it alone. If not, it sees what it must guess:
            then what it says are no chances.
        dropout: see `AttentionBlock`.
    """

    in_order: Tensor
    in_image: Tensor

    def __init__(self, shape: tuple[int, ...], levels: int = 2, hidden: int = 32, layers: int = 3,
                 heads: int = 2, n_classes: int = 0, *, order: str = "raster",
                 positions: str = "row_column", causal: bool = True,
                 dropout: float = 0.0) -> None:
        super().__init__(shape, levels, n_classes)
        hidden = math.ceil(hidden / heads) * heads
        self.order_name, self.causal = order, causal
        self.tokens = nn.Parameter(torch.randn(levels, hidden) / math.sqrt(hidden))
        self.start = nn.Parameter(ALIKE * torch.randn(hidden))
        self.told = ClassBias(n_classes, hidden)
        places = list(self.places())
        self.positions = Positions(positions, places, hidden)
        self.blocks: Layers[AttentionBlock] = Layers(
            AttentionBlock(hidden, heads, causal, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden)
        self.guess = nn.Linear(hidden, levels)
        in_order = torch.tensor([(place.channel * shape[1] + place.row) * shape[2] + place.column
                                 for place in places])
        self.register_buffer("in_order", in_order, persistent=False)  # (D,), places of flat images
        self.register_buffer("in_image", in_order.argsort(), persistent=False)

    @property
    def order(self) -> Order:
        """Row and column of all pixels, in the order in which they are drawn."""
        return pixels_in(self.order_name, *self.shape[1:])

    @property
    def numbers(self) -> Mapping[Place, int]:
        """The number of each place in the order of drawing, from 0 on."""
        return numbered(self.order_name, self.shape)

    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W) -> (B, C, H, W, L)."""
        y = self._first(x, context)
        for block in self.blocks:
            y = block(y)
        said = self.guess(self.norm(y))  # (B, D, L), in the order of drawing
        return said.index_select(1, self.in_image).unflatten(1, self.shape)

    def logits_at(self, memory: Memory, x: Tensor, place: Place,
                  context: Tensor | None = None) -> Tensor:
        """Return the logits at one place, (B, L): keys and values of all tokens before are kept.

        Without the causal mask earlier tokens change with later ones: then nothing can be kept.
        """
        if not self.causal:
            return super().logits_at(memory, x, place, context)
        number = self.numbers[place]
        if number == 0:
            y = self._begin(len(x), context)
        else:
            before = x.flatten(1)[:, self.in_order[number - 1:number]]
            y = self._embed(before)
        y = self.positions(y, slice(number, number + 1))
        for block in self.blocks:
            y = block.at(memory, y, number, len(self.numbers))
        logits: Tensor = self.guess(self.norm(y))[:, 0]
        return logits

    def attention(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """How much each token looks at each, in each block and head, (layers, B, heads, D, D).

        The i-th row is that of the token that guesses the i-th number in the order of drawing.
        Of the columns, the first is that of the first token, the others those of the numbers from
        the first one on; the rows sum to 1.
        """
        y, found = self._first(x, context), []
        for block in self.blocks:
            found.append(block.attention(y))
            y = block(y)
        return torch.stack(found)

    def _first(self, x: Tensor, context: Tensor | None) -> Tensor:
        """Tokens of images, moved on by one place, (B, D, F): the last pixel is told to nobody."""
        before = x.flatten(1)[:, self.in_order[:-1]]
        told: Tensor = self.positions(torch.cat(
            [self._begin(len(x), context), self._embed(before)], 1))
        return told

    def _begin(self, n: int, context: Tensor | None) -> Tensor:
        return self.told(self.start.expand(n, -1), context)[:, None]

    def _embed(self, x: Tensor) -> Tensor:
        """Tokens of numbers in [0, 1], (B, D) -> (B, D, F): a vector for each level.

        What lies between two levels gets what lies between their vectors, so that there is a slope
        by which one can see what depends on a number.
        """
        x = x * (self.levels - 1)
        lower = x.detach().long().clamp(0, self.levels - 2)
        low, high = F.embedding(lower, self.tokens), F.embedding(lower + 1, self.tokens)
        return low + (x - lower)[..., None] * (high - low)
