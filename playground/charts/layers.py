"""Layers as boxes of a scene: what a net is made of, and what it makes of one datum."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from playground.charts.colors import DATA, EMPTY, SAMPLES, rgb
from playground.charts.encode import tile
from playground.charts.scene import NOTHING, Box, Moment, Scene
from playground.language import N_, _

SMALLEST, PER_DOUBLING, LARGEST = 34, 6, 104  # sides of pictures, in pixels of the screen
MOST_CELLS = 1024
PACE, BEATS = 100, 8
KINDS = {
    "Linear": N_("dense"), "MaskedLinear": N_("masked dense"), "Conv2d": N_("convolution"),
    "ParametrizedConv2d": N_("convolution"), "ConvTranspose2d": N_("transposed convolution"),
    "Doubling": N_("transposed convolution"), "Enlarging": N_("enlarge, convolve"),
    "MaskedConv2d": N_("masked convolution"), "Block": N_("residual block"),
    "ResidualBlock": N_("residual block"), "GatedLayer": N_("gated layer"),
    "RowLSTMLayer": N_("Row LSTM"), "DiagonalLayer": N_("Diagonal BiLSTM"),
    "AttentionBlock": N_("attention block"), "RunningSums": N_("running sums"),
    "PixelReadouts": N_("a readout for each pixel"),
}
Layer = Mapping[str, Any]


class Drawing:
    """A drawing that grows: boxes, the arrows between them, and moments in which they fill."""

    def __init__(self) -> None:
        self.boxes: list[Box] = []
        self.arrows: list[tuple[int, int]] = []
        self.moments: list[Moment] = []
        self.states: list[int] = []

    def place(self, box: Box, *sources: int) -> int:
        """Put an empty box there, with arrows from the boxes that it reads; its number."""
        self.boxes.append(box)
        self.states.append(NOTHING)
        number = len(self.boxes) - 1
        self.arrows += [(source, number) for source in sources]
        return number

    def come(self, boxes: Sequence[int], text: str, state: int = 0, beats: int = BEATS) -> None:
        """Add a moment in which some boxes are at work and get a state."""
        for box in boxes:
            self.states[box] = state
        self.moments.append(Moment(text, tuple(self.states), tuple(boxes), beats))

    def add(self, box: Box, text: str, *sources: int) -> int:
        """Put a box there and fill it; its number."""
        number = self.place(box, *sources)
        self.come([number], text)
        return number

    def end(self, text: str, alt: str) -> Scene:
        """Add the moment in which all stands and nothing is at work, at which it rests."""
        self.come((), text)
        n = len(self.boxes)  # a box that came later is empty in the moments before
        moments = [replace(moment, shown=(*moment.shown, *(n - len(moment.shown)) * (NOTHING,)))
                   for moment in self.moments]
        return Scene(self.boxes, moments, alt, arrows=self.arrows, pace=PACE, start=-1)


def box_of(layer: Layer, row: float, column: int, *, title: str = "{layer}", color: str = "",
           pictures: np.ndarray | None = None, orders: Sequence[np.ndarray] = ()) -> Box:
    """A layer, its shape and weights, and what it made of the datum.

    Args:
        layer: as a question returns it.
        row, column: its place.
        title: with a place for the layer's name, translated.
        color: of its edge.
        pictures: (P, H, W, 3), in place of its feature maps.
        orders: see `Box`.
    """
    pictures = cells(layer) if pictures is None else pictures
    notes = [shape_text(layer["shape"]), weights_text(layer["weights"])]
    if kernel := layer["kernel"]:
        notes.insert(0, shape_text(kernel) if max(layer["stride"]) == 1 else _(
            "{kernel}, stride {stride}").format(kernel=shape_text(kernel),
                                                stride=layer["stride"][0]))
    return Box(title.format(layer=_(KINDS[layer["kind"]])), row, column, notes, pictures,
               orders=orders, side=side_of(math.prod(layer["shape"])), color=color)


def datum_box(title: str, x: np.ndarray, row: float, column: int, *, color: str = DATA) -> Box:
    """A datum, (C, H, W) in [0, 1] or (D,)."""
    return Box(title, row, column, [shape_text(x.shape)], picture(x), side=side_of(x.size),
               color=color)


def numbers_box(title: str, values: np.ndarray, row: float, column: int, notes: Sequence[str], *,
                color: str = "") -> Box:
    """Some numbers, (N,) or (N, M), as coloured cells."""
    return Box(title, row, column, notes, signed(in_rows(values))[None],
               side=side_of(values.size), color=color)


def cells(layer: Layer) -> np.ndarray:
    """What a layer made of the datum: its feature maps as tiles, or its numbers, (1, H, W, 3)."""
    values = np.asarray(layer["values"])
    if values.ndim < 3:
        return signed(in_rows(values))[None]
    maps = signed(values).transpose(0, 3, 1, 2)
    return tile(maps, columns=math.ceil(math.sqrt(len(maps))))[None]


def tiled_order(order: np.ndarray, layer: Layer) -> np.ndarray:
    """An order of the places of a map (H, W), for all maps of `cells`."""
    n = len(layer["values"])
    columns = math.ceil(math.sqrt(n))
    lone = np.pad(order, ((0, 1), (0, 1)), constant_values=-1)
    return np.tile(lone, (math.ceil(n / columns), columns))[:-1, :-1]


def picture(x: np.ndarray) -> np.ndarray:
    """A datum as a picture, (1, H, W, 3): grey or in colour, and numbers as coloured cells."""
    if x.ndim == 1:
        return signed(in_rows(x))[None]
    bytes_ = np.rint(255 * np.asarray(x, float).clip(0, 1)).astype(np.uint8)
    return np.broadcast_to(bytes_, (3, *x.shape[1:])).transpose(1, 2, 0)[None]


def signed(values: np.ndarray) -> np.ndarray:
    """Numbers as colours, (..., 3) bytes: blue above 0, orange below, pale at 0."""
    share = np.asarray(values, float) / max(float(np.abs(values).max(initial=0)), 1e-12)
    nothing = np.array(EMPTY)
    ends = np.where(share[..., None] > 0, rgb(DATA), rgb(SAMPLES))
    return np.rint(nothing + np.abs(share)[..., None] * (ends - nothing)).astype(np.uint8)


def in_rows(values: np.ndarray) -> np.ndarray:
    """Numbers (N,) as the cells of a sheet as square as possible; what is two-dimensional stays.

    Of more than `MOST_CELLS` rows or columns only the first are kept.
    """
    values = np.asarray(values)
    if values.ndim == 2:
        return values[:MOST_CELLS, :MOST_CELLS]
    columns = math.ceil(math.sqrt(len(values)))
    rows = math.ceil(len(values) / columns)
    return np.pad(values, (0, rows * columns - len(values))).reshape(rows, columns)


def side_of(n: int) -> int:
    """How large n numbers are drawn: each doubling adds the same."""
    return round(min(SMALLEST + PER_DOUBLING * math.log2(max(n, 1)), LARGEST))


def transforms(layer: Layer) -> str:
    """Say what a layer does."""
    text = (_("{layer}: now {n:,} numbers, by {weights:,} weights.") if len(layer["shape"]) == 1
            else _("{layer}: now {n:,} numbers ({shape}), by {weights:,} weights."))
    return text.format(layer=_(KINDS[layer["kind"]]), n=math.prod(layer["shape"]),
                       shape=shape_text(layer["shape"]), weights=layer["weights"])


def shape_text(shape: Sequence[int]) -> str:
    """Write down a shape, e.g. "32 × 7 × 7"."""
    return " × ".join(map(str, shape))


def weights_text(n: int) -> str:
    """Write down how many weights there are."""
    return _("{n:,} weights").format(n=n)


def total(layers: Sequence[Layer]) -> int:
    """How many weights some layers have together."""
    return sum(layer["weights"] for layer in layers)
