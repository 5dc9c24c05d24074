"""Planar flows: each layer pushes the space along one direction, at one plane.

D. J. Rezende, S. Mohamed, "Variational Inference with Normalizing Flows", 2015, section 4.1 and
appendix A.1, https://arxiv.org/abs/1505.05770
"""

import torch
from torch import Tensor, nn

from model_zoo.base import Bijection
from model_zoo.bijections import ActNorm, Chain
from model_zoo.conditional import ClassBias
from model_zoo.flow import Flow, base_of

HALVINGS = 60


class Planar(Bijection):
    """z = x + u tanh(w x + b), where w u > -1, so that it can be undone.

    The paper pushes codes towards data; here data are pushed towards codes, so that their density
    is a formula. Going back, one number has to be searched for by halving.

    Args:
        d: numbers of a datum.
        n_classes: how many classes it is told of; 0 for none.
    """

    def __init__(self, d: int, n_classes: int = 0) -> None:
        super().__init__()
        self.parameters_of_all = nn.Parameter(torch.randn(2 * d + 1) / d**0.5)
        with torch.no_grad():
            self.parameters_of_all[d : 2 * d] *= 0.1  # u: at first it hardly pushes
        self.told = ClassBias(n_classes, 2 * d + 1)
        self.d = d

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Push."""
        w, u, b = self._read(x, context)
        bent = torch.tanh((w * x).sum(1) + b)
        slope = 1 + (1 - bent.square()) * (w * u).sum(1)
        return x + u * bent[:, None], slope.log()

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Find a = w x, which solves a + (w u) tanh(a + b) = w z, and take the push away."""
        w, u, b = self._read(z, context)
        target, along = (w * z).sum(1), (w * u).sum(1)
        low, high = target - along.abs(), target + along.abs()
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            above = middle + along * torch.tanh(middle + b) > target
            low, high = torch.where(above, low, middle), torch.where(above, middle, high)
        return z - u * torch.tanh((low + high) / 2 + b)[:, None]

    def _read(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        every = self.told(self.parameters_of_all.expand(len(x), -1), context)
        w, u, b = every.split([self.d, self.d, 1], 1)
        along = (w * u).sum(1, keepdim=True)
        most = nn.functional.softplus(along) - 1 - along
        return w, u + most * w / w.square().sum(1, keepdim=True).clamp_min(1e-8), b[:, 0]


class PlanarFlow(Flow):
    """A flow of planar layers.

    Args:
        shape: of a datum, (D,).
        layers: pushes.
        components: Gaussians in the density of the codes.
        n_classes: how many classes it is told of; 0 for none.

    Raises:
        ValueError: a datum is no vector.
    """

    def __init__(self, shape: tuple[int, ...], layers: int = 16, *, components: int = 1,
                 n_classes: int = 0) -> None:
        if len(shape) != 1:
            raise ValueError(f"shape must be (D,), got {shape!r}")
        (d,) = shape
        first = Chain([ActNorm(d), Planar(d, n_classes)])
        super().__init__([first, *(Planar(d, n_classes) for _ in range(layers - 1))],
                         base_of(shape, components), n_classes)
