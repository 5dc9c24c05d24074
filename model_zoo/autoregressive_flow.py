"""Autoregressive flows: each number is moved by what a masked net reads from those before it.

G. Papamakarios, T. Pavlakou, I. Murray, "Masked Autoregressive Flow for Density Estimation", 2017,
https://arxiv.org/abs/1705.07057 (MAF)
D. P. Kingma et al., "Improving Variational Inference with Inverse Autoregressive Flow", 2016,
https://arxiv.org/abs/1606.04934 (IAF)
"""

import math

import torch
from torch import Tensor, nn

from model_zoo.base import Bijection
from model_zoo.bijections import Chain, Inverted, Logit, Reshaped, Reversed, per_datum
from model_zoo.coupling_flow import MAPS, NORMS
from model_zoo.elementwise import Elementwise
from model_zoo.flow import Flow, base_of
from model_zoo.made import MADE


class Autoregressive(Bijection):
    """Moves the i-th number by what MADE reads from the numbers before it.

    From data to codes all numbers are moved at once. Back, a number can be moved only when those
    before it are known: one pass of the net for each of them.

    Args:
        d: numbers of a datum.
        hidden: widths of the hidden layers.
        bend: how each number is moved.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, d: int, hidden: tuple[int, ...], bend: Elementwise,
                 n_classes: int = 0) -> None:
        super().__init__()
        self.bend = bend
        # MADE's "levels" of a pixel are here the parameters of the map of a number.
        self.net = MADE((1, 1, d), bend.n_parameters, hidden, n_classes)
        for last in (self.net.direct, self.net.out):
            if last is not None:
                nn.init.zeros_(last.weight)
                nn.init.zeros_(last.bias)

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Move all numbers at once."""
        z, log_slopes = self.bend.forward(x, self._form(x, context))
        return z, per_datum(log_slopes)

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Move them back one after the other."""
        x = z
        for i in range(z.shape[1]):
            parameters = self._form(x, context)[:, i]
            found = self.bend.inverse(z[:, i], parameters)
            x = torch.cat([x[:, :i], found[:, None], x[:, i + 1 :]], 1)
        return x

    def _form(self, x: Tensor, context: Tensor | None) -> Tensor:
        return self.net.logits(x[:, None, None], context)[:, 0, 0]  # (B, D, P)


class MAF(Flow):
    """Masked autoregressive flow: scoring takes one pass, drawing one for each number.

    Args:
        shape: of a datum, (D,); or of an image, (C, H, W), whose pixels lie between 0 and 1.
        layers: autoregressive maps; between two of them the order of the numbers is turned round.
        hidden: widths of the hidden layers of their nets.
        bend, norm, components, n_classes: see `CouplingFlow`.
    """

    def __init__(self, shape: tuple[int, ...], layers: int = 5, hidden: tuple[int, ...] = (64, 64),
                 *, bend: str = "affine", norm: str = "actnorm", components: int = 1,
                 n_classes: int = 0) -> None:
        maps = _maps(math.prod(shape), layers, hidden, bend, norm, n_classes)
        super().__init__(_on_vectors(shape, maps), base_of(shape, components), n_classes)


class IAF(Flow):
    """Inverse autoregressive flow: the same maps the other way round.

    Drawing takes one pass, scoring one for each number.

    Args:
        shape, layers, hidden, bend, norm, components, n_classes: see `MAF`.
    """

    def __init__(self, shape: tuple[int, ...], layers: int = 5, hidden: tuple[int, ...] = (64, 64),
                 *, bend: str = "affine", norm: str = "actnorm", components: int = 1,
                 n_classes: int = 0) -> None:
        maps: list[Bijection] = [
            Inverted(each)
            for each in _maps(math.prod(shape), layers, hidden, bend, norm, n_classes)]
        super().__init__(_on_vectors(shape, maps), base_of(shape, components), n_classes)


def _maps(d: int, layers: int, hidden: tuple[int, ...], bend: str, norm: str,
          n_classes: int) -> list[Bijection]:
    return [Chain([*NORMS[norm](d), Autoregressive(d, hidden, MAPS[bend](), n_classes),
                   Reversed()]) for _ in range(layers)]


def _on_vectors(shape: tuple[int, ...], maps: list[Bijection]) -> list[Bijection]:
    if len(shape) == 1:
        return maps
    flat = (math.prod(shape),)
    return [Logit(), *(Chain([Reshaped(shape, flat), each, Reshaped(flat, shape)])
                       for each in maps)]
