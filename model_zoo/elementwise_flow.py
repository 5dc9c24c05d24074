"""The smallest flow: each number is bent by a rising curve of its own."""

import torch
from torch import Tensor, nn

from model_zoo.base import Bijection
from model_zoo.bijections import ActNorm, Chain, per_datum
from model_zoo.conditional import ClassBias
from model_zoo.coupling_flow import MAPS
from model_zoo.elementwise import Elementwise
from model_zoo.flow import Flow, base_of


class Curve(Bijection):
    """A rising curve for each number, whose parameters are weights.

    Args:
        d: numbers of a datum.
        bend: the form of the curves.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, d: int, bend: Elementwise, n_classes: int = 0) -> None:
        super().__init__()
        self.bend = bend
        self.parameters_of_all = nn.Parameter(torch.zeros(d * bend.n_parameters))
        self.told = ClassBias(n_classes, d * bend.n_parameters)

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Bend each number."""
        z, log_slopes = self.bend.forward(x, self._form(x, context))
        return z, per_datum(log_slopes)

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Unbend each number."""
        return self.bend.inverse(z, self._form(z, context))

    def _form(self, x: Tensor, context: Tensor | None) -> Tensor:
        every = self.told(self.parameters_of_all.expand(len(x), -1), context)
        return every.unflatten(1, (-1, self.bend.n_parameters))


class ElementwiseFlow(Flow):
    """On a line any density, by one rising curve; on a plane only independent coordinates.

    Args:
        shape: of a datum, (D,).
        layers: curves, one after the other.
        bend: their form, "affine" or "spline".
        components: Gaussians in the density of the codes.
        n_classes: how many classes it is told of; 0 for none.

    Raises:
        ValueError: a datum is no vector.
    """

    def __init__(self, shape: tuple[int, ...], layers: int = 2, *, bend: str = "spline",
                 components: int = 1, n_classes: int = 0) -> None:
        if len(shape) != 1:
            raise ValueError(f"shape must be (D,), got {shape!r}")
        (d,) = shape
        super().__init__([Chain([ActNorm(d), Curve(d, MAPS[bend](), n_classes)])
                          for _ in range(layers)], base_of(shape, components), n_classes)
