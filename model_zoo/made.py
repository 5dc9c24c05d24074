"""The smallest autoregressive models: every pixel by a net that sees the pixels before it.

B. J. Frey, "Graphical Models for Machine Learning and Digital Communication", 1998 (FVSBN);
H. Larochelle, I. Murray, "The Neural Autoregressive Distribution Estimator", 2011 (NADE);
M. Germain, K. Gregor, I. Murray, H. Larochelle, "MADE: Masked Autoencoder for Distribution
Estimation", 2015, https://arxiv.org/abs/1502.03509
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.autoregressive import AutoregressiveModel, Layers, Memory, Place, to_unit
from model_zoo.conditional import ClassBias


def in_order(x: Tensor) -> Tensor:
    """Flatten images (B, C, H, W) to (B, D) in the order of drawing."""
    return to_unit(x).movedim(1, -1).flatten(1)


class MaskedLinear(nn.Linear):
    """A linear layer in which an output sees some inputs only.

    Args:
        sees: which inputs (columns) each output (row) sees, (n_out, n_in) bool.
    """

    def __init__(self, sees: Tensor) -> None:
        super().__init__(sees.shape[1], sees.shape[0])
        self.mask: Tensor
        self.register_buffer("mask", sees.float(), persistent=False)
        with torch.no_grad():  # as large as if the hidden inputs were not there
            n_seen = sees.sum(1, keepdim=True).clamp(min=1)
            self.weight *= (sees.shape[1] / n_seen).sqrt()

    def forward(self, x: Tensor) -> Tensor:
        """(B, n_in) -> (B, n_out)."""
        return F.linear(x, self.weight * self.mask, self.bias)

    def some(self, x: Tensor, outputs: slice) -> Tensor:
        """Some outputs alone, from the first inputs alone: (B, n) -> (B, n_chosen)."""
        n = x.shape[1]
        weight = self.weight[outputs, :n] * self.mask[outputs, :n]
        return F.linear(x, weight, self.bias[outputs])


class MADE(AutoregressiveModel):
    """An autoencoder whose weights are masked so that no pixel sees itself or its future.

    Each hidden unit has a degree d and sees the first d numbers of the image alone; the i-th
    output sees hidden units of degrees below i alone. Without hidden layers it is FVSBN, one
    logistic regression for each pixel.

    Args:
        shape: shape of one image, (C, H, W).
        levels: how many values a pixel can have.
        hidden: widths of the hidden layers.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2,
                 hidden: tuple[int, ...] = (256, 256), n_classes: int = 0) -> None:
        super().__init__(shape, levels, n_classes)
        d = math.prod(shape)
        number = torch.arange(d)  # of a pixel: how many come before it
        # A unit of degree k sees the inputs 0 ... k - 1.
        self.degrees = [torch.linspace(1, max(d - 1, 1), width).floor().long()
                        for width in hidden]
        below, layers = number + 1, []
        for degrees in self.degrees:
            layers.append(MaskedLinear(degrees[:, None] >= below[None]))
            below = degrees
        self.layers: Layers[MaskedLinear] = Layers(layers)
        self.told: Layers[ClassBias] = Layers(ClassBias(n_classes, width)
                                              for width in (*hidden, d * levels))
        outputs = number.repeat_interleave(levels)
        self.out = MaskedLinear(outputs[:, None] >= below[None]) if hidden else None
        self.direct = MaskedLinear(outputs[:, None] >= (number + 1)[None])

    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W, L), in one pass."""
        flat = y = in_order(x)
        *told, told_last = self.told
        for layer, tell in zip(self.layers, told, strict=True):
            y = tell(layer(y), context).relu()
        logits = (self.out(y) if self.out else 0) + self.direct(flat)
        return _to_places(told_last(logits, context), self.shape, self.levels)

    def logits_at(self, memory: Memory, x: Tensor, place: Place,
                  context: Tensor | None = None) -> Tensor:
        """Return the logits at one place, (B, L); each hidden unit is computed once."""
        i = _number_of(place, self.shape)
        known = in_order(x)[:, :i]
        outputs = slice(i * self.levels, (i + 1) * self.levels)
        *told, told_last = self.told
        logits = told_last(self.direct.some(known, outputs), context, outputs)
        if not self.out:
            return logits
        y = known
        for layer, tell, degrees in zip(self.layers, told, self.degrees, strict=True):
            # The units are sorted by degree, so those that are ready now follow those before.
            ready = int((degrees <= i).sum())
            before = memory.get(layer, [x.new_zeros(len(x), 0)])[0]
            if ready > before.shape[1]:
                fresh = slice(before.shape[1], ready)
                new = tell(layer.some(y, fresh), context, fresh).relu()
                before = torch.cat([before, new], 1)
            memory[layer] = [before]
            y = before
        return logits + self.out.some(y, outputs)


class RunningSums(nn.Module):
    """The hidden units of NADE: to each pixel, what the pixels before it have added up to.

    Args:
        d: numbers of an image.
        hidden: units.
        n_classes: how many classes it is told of.
    """

    def __init__(self, d: int, hidden: int, n_classes: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.randn(d, hidden) / d**0.5)
        self.c = nn.Parameter(torch.zeros(hidden))
        self.told = ClassBias(n_classes, hidden)

    def forward(self, x: Tensor, context: Tensor | None) -> Tensor:
        """(B, D) -> (B, D, hidden), all pixels at once."""
        parts = x[:, :, None] * self.w  # what each pixel adds
        return (parts.cumsum(1) - parts + self.start(len(x), context)[:, None]).sigmoid()

    def start(self, n: int, context: Tensor | None) -> Tensor:
        """The sums before the first pixel, (n, hidden)."""
        return self.told(self.c.expand(n, -1), context)


class PixelReadouts(nn.Module):
    """The outputs of NADE: each pixel reads the hidden units with weights of its own.

    Args:
        d: numbers of an image.
        levels: how many values a pixel can have.
        hidden: units.
    """

    def __init__(self, d: int, levels: int, hidden: int) -> None:
        super().__init__()
        self.v = nn.Parameter(torch.randn(d, levels, hidden) / hidden**0.5)
        self.b = nn.Parameter(torch.zeros(d, levels))

    def forward(self, hidden: Tensor) -> Tensor:
        """(B, D, hidden) -> logits (B, D, L)."""
        return torch.einsum("bdh,dlh->bdl", hidden, self.v) + self.b

    def one(self, hidden: Tensor, i: int) -> Tensor:
        """The logits of one pixel alone, (B, hidden) -> (B, L)."""
        return hidden @ self.v[i].T + self.b[i]


class NADE(AutoregressiveModel):
    """One hidden layer that all pixels share; each pixel adds its column of weights to it.

    Args:
        shape: shape of one image, (C, H, W).
        levels: how many values a pixel can have.
        hidden: units of the layer.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2, hidden: int = 128,
                 n_classes: int = 0) -> None:
        super().__init__(shape, levels, n_classes)
        d = math.prod(shape)
        self.sums = RunningSums(d, hidden, n_classes)
        self.readouts = PixelReadouts(d, levels, hidden)

    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of all levels at all places, (B, C, H, W, L), in one pass."""
        logits = self.readouts(self.sums(in_order(x), context))
        return _to_places(logits.flatten(1), self.shape, self.levels)

    def logits_at(self, memory: Memory, x: Tensor, place: Place,
                  context: Tensor | None = None) -> Tensor:
        """Return the logits at one place, (B, L), from the running sum of what was drawn."""
        i = _number_of(place, self.shape)
        if i == 0:
            memory[self] = [self.sums.start(len(x), context)]
        else:
            memory[self] = [memory[self][0] + in_order(x)[:, i - 1 : i] * self.sums.w[i - 1]]
        return self.readouts.one(memory[self][0].sigmoid(), i)


def _number_of(place: Place, shape: tuple[int, ...]) -> int:
    return (place.row * shape[2] + place.column) * shape[0] + place.channel


def _to_places(logits: Tensor, shape: tuple[int, ...], levels: int) -> Tensor:
    channels, height, width = shape
    return logits.unflatten(1, (height, width, channels, levels)).movedim(3, 1)
