"""The small bijections of which flows are built, and how they are put together.

D. P. Kingma, P. Dhariwal, "Glow: Generative Flow with Invertible 1x1 Convolutions", 2018,
https://arxiv.org/abs/1807.03039 (ActNorm, invertible 1x1 convolutions)
L. Dinh, J. Sohl-Dickstein, S. Bengio, "Density estimation using Real NVP", 2017,
https://arxiv.org/abs/1605.08803 (squeeze, several scales, batch normalisation)
"""

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.base import Bijection, DataDependent


def per_datum(log_slopes: Tensor) -> Tensor:
    """Sum logarithms of slopes (B, ...) of maps of single numbers: log |det|, (B,)."""
    return log_slopes.flatten(1).sum(1)


class Chain(DataDependent):
    """One bijection after the other; the logarithms of their determinants add up.

    Args:
        layers: the first one is next to the data.
    """

    def __init__(self, layers: Iterable[Bijection]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Go from data to codes."""
        total = x.new_zeros(len(x))
        for layer in self.layers:
            x, log_det = layer(x, context)
            total = total + log_det
        return x, total

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Go from codes to data, the last layer first."""
        for layer in reversed(self.layers):
            assert isinstance(layer, Bijection)
            z = layer.inverse(z, context)
        return z

    def start_at(self, x: Tensor, context: Tensor | None = None) -> None:
        """Set the first weights of each layer by what the layers before it make of the data."""
        for layer in self.layers:
            if isinstance(layer, DataDependent):
                layer.start_at(x, context)
            x, _ = layer(x, context)


class Inverted(DataDependent):
    """A bijection whose two directions have changed places.

    Args:
        inner: the bijection.
    """

    def __init__(self, inner: Bijection) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Do what the inner one does backwards."""
        z = self.inner.inverse(x, context)
        _, log_det = self.inner(z, context)
        return z, -log_det

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Do what the inner one does forwards."""
        x, _ = self.inner(z, context)
        return x

    def start_at(self, x: Tensor, context: Tensor | None = None) -> None:
        """Start the inner one as if these were its data."""
        if isinstance(self.inner, DataDependent):
            self.inner.start_at(x, context)


class Reversed(Bijection):
    """The numbers or maps of a datum in the opposite order."""

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Put the last one first."""
        return x.flip(1), x.new_zeros(len(x))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Put the first one last."""
        return z.flip(1)


class ActNorm(DataDependent):
    """Each number, or map, moved and scaled so that the first data have mean 0 and variance 1.

    Then mean and scale are weights like others: a datum's density does not depend on its batch.

    Args:
        n: numbers of a datum (B, n), or maps of an image (B, n, H, W).
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(n))
        self.log_scale = nn.Parameter(torch.zeros(n))

    def start_at(self, x: Tensor, context: Tensor | None = None) -> None:
        """Take mean and deviation of data (B, n, ...)."""
        numbers = x.detach().movedim(1, -1).flatten(0, -2)  # (B H W, n)
        with torch.no_grad():
            self.log_scale.copy_(-numbers.std(0).clamp_min(1e-3).log())
            self.shift.copy_(-numbers.mean(0) * self.log_scale.exp())

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Scale, then move."""
        scale, shift = self._beside(x)
        log_det = self.log_scale.sum() * _places(x)
        return x * scale.exp() + shift, log_det.expand(len(x))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Move and scale back."""
        scale, shift = self._beside(z)
        return (z - shift) * (-scale).exp()

    def _beside(self, x: Tensor) -> tuple[Tensor, Tensor]:
        shape = (-1, *(1,) * (x.dim() - 2))
        return self.log_scale.view(shape), self.shift.view(shape)


class BatchNorm(Bijection):
    """Each number, or map, by mean and variance of its batch while it trains.

    So a datum's density depends on who else is in the batch. Afterwards it uses running means, as
    if they were the batch's own: what was trained and what is used are two models.

    Args:
        n: numbers of a datum, or maps of an image.
        momentum: how much of the running mean each batch replaces.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(self, n: int, momentum: float = 0.1) -> None:
        super().__init__()
        self.momentum = momentum
        self.shift = nn.Parameter(torch.zeros(n))
        self.log_scale = nn.Parameter(torch.zeros(n))
        self.register_buffer("running_mean", torch.zeros(n))
        self.register_buffer("running_variance", torch.ones(n))

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Take the batch's mean away and divide by its deviation; scale and move."""
        mean, variance = self.running_mean, self.running_variance
        if self.training:
            numbers = x.movedim(1, -1).flatten(0, -2)
            mean, variance = numbers.mean(0), numbers.var(0, unbiased=False) + 1e-5
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_variance.lerp_(variance, self.momentum)
        log_slope = self.log_scale - variance.log() / 2
        shape = (-1, *(1,) * (x.dim() - 2))
        z = (x - mean.view(shape)) * log_slope.exp().view(shape) + self.shift.view(shape)
        return z, (log_slope.sum() * _places(x)).expand(len(x))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Go back by the running means."""
        log_slope = self.log_scale - self.running_variance.log() / 2
        shape = (-1, *(1,) * (z.dim() - 2))
        return ((z - self.shift.view(shape)) * (-log_slope).exp().view(shape)
                + self.running_mean.view(shape))


class InvertibleLinear(Bijection):
    """All numbers, or maps, mixed by a matrix: for images an invertible 1x1 convolution.

    The matrix is kept as P L (U + diag s), so that log |det| is the sum of log |s|.

    Args:
        n: numbers of a datum, or maps of an image.
        first: the matrix at first, (n, n); a random rotation if it is None.
    """

    permutation: Tensor
    sign: Tensor

    def __init__(self, n: int, first: Tensor | None = None) -> None:
        super().__init__()
        if first is None:
            first, _ = torch.linalg.qr(torch.randn(n, n))
        permutation, lower, upper = torch.linalg.lu(first)
        diagonal = upper.diagonal()
        self.register_buffer("permutation", permutation)
        self.register_buffer("sign", diagonal.sign())
        self.lower = nn.Parameter(lower)
        self.upper = nn.Parameter(upper)
        self.log_size = nn.Parameter(diagonal.abs().log())

    def matrix(self) -> Tensor:
        """Return the matrix, (n, n)."""
        n = len(self.sign)
        lower = self.lower.tril(-1) + torch.eye(n, dtype=self.lower.dtype, device=self.sign.device)
        upper = self.upper.triu(1) + torch.diag(self.sign * self.log_size.exp())
        return self.permutation @ lower @ upper

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mix."""
        log_det = self.log_size.sum() * _places(x)
        return torch.einsum("ij,bj...->bi...", self.matrix(), x), log_det.expand(len(x))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Take apart again."""
        return torch.einsum("ij,bj...->bi...", torch.linalg.inv(self.matrix()), z)


class Squeeze(Bijection):
    """Squares of four pixels as four maps of half the size: (C, H, W) -> (4 C, H/2, W/2)."""

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Fold."""
        return F.pixel_unshuffle(x, 2), x.new_zeros(len(x))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Unfold."""
        return F.pixel_shuffle(z, 2)


class Split(DataDependent):
    """The second half of the maps are codes as they are; the first goes on to the next scale.

    A coupling before it has moved the second half by what it read from the first: what is let go
    is as good as noise for whoever knows what goes on.

    Args:
        shape: of what comes in, (C, H, W), C even.
        rest: what becomes of the first half.
    """

    def __init__(self, shape: tuple[int, int, int], rest: Bijection) -> None:
        super().__init__()
        channels, height, width = shape
        self.let_go = (channels // 2, height, width)
        self.rest = rest

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) -> (B, C H W): first the codes of this scale, then those of the next."""
        on, here = x.chunk(2, 1)
        deeper, log_det = self.rest(on, context)
        return torch.cat([here.flatten(1), deeper.flatten(1)], 1), log_det

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Put the scales together."""
        here, deeper = z.tensor_split([math.prod(self.let_go)], 1)
        on = self.rest.inverse(deeper, context)
        return torch.cat([on, here.unflatten(1, self.let_go)], 1)

    def start_at(self, x: Tensor, context: Tensor | None = None) -> None:
        """Start what comes behind."""
        if isinstance(self.rest, DataDependent):
            self.rest.start_at(x.chunk(2, 1)[0], context)


class Reshaped(Bijection):
    """The same numbers in another shape.

    Args:
        shape: of a datum that comes in.
        to: of what comes out.
    """

    def __init__(self, shape: tuple[int, ...], to: tuple[int, ...]) -> None:
        super().__init__()
        self.shape, self.to_shape = shape, to

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """(B, *shape) -> (B, *to)."""
        return x.reshape(len(x), *self.to_shape), x.new_zeros(len(x))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """(B, *to) -> (B, *shape)."""
        return z.reshape(len(z), *self.shape)


class Logit(Bijection):
    """Numbers between 0 and 1 as numbers of the whole line, log (y / (1 - y)).

    Args:
        margin: 0 and 1 themselves are moved in by this much first.
    """

    def __init__(self, margin: float = 1e-5) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """From (0, 1) to the line."""
        y = self.margin + (1 - 2 * self.margin) * x
        z = y.log() - torch.log1p(-y)
        return z, per_datum(math.log(1 - 2 * self.margin) - y.log() - torch.log1p(-y))

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """From the line to (0, 1)."""
        return (z.sigmoid() - self.margin) / (1 - 2 * self.margin)


def _places(x: Tensor) -> int:
    """How many pixels a map has; 1 for vectors."""
    return math.prod(x.shape[2:])
