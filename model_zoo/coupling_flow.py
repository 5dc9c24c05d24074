"""Coupling flows: half of a datum tells how the other half is moved (RealNVP, neural splines).

L. Dinh, J. Sohl-Dickstein, S. Bengio, "Density estimation using Real NVP", 2017,
https://arxiv.org/abs/1605.08803
C. Durkan, A. Bekasov, I. Murray, G. Papamakarios, "Neural Spline Flows", 2019,
https://arxiv.org/abs/1906.04032
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from model_zoo.base import Bijection
from model_zoo.bijections import ActNorm, BatchNorm, Chain, InvertibleLinear, per_datum
from model_zoo.conditioners import Conditioner
from model_zoo.elementwise import Affine, Elementwise, RationalQuadratic
from model_zoo.flow import Flow, base_of

MAPS: dict[str, Callable[[], Elementwise]] = {"affine": Affine, "spline": RationalQuadratic}
NORMS: dict[str, Callable[[int], list[Bijection]]] = {
    "none": lambda n: [], "actnorm": lambda n: [ActNorm(n)], "batch": lambda n: [BatchNorm(n)]}


class Coupling(Bijection):
    """Moves some numbers, or maps, of a datum by what a net reads from those that it keeps.

    The Jacobian is triangular whatever the net is: its determinant is the product of the slopes,
    and the way back needs the same net, not its inverse.

    Args:
        kept: the places along the first axis of a datum that stay as they are.
        moved: those that are moved.
        net: maps what is kept, (B, kept, ...), and the context to the map's parameters,
            (B, moved x P, ...).
        bend: how each number is moved.
    """

    kept: Tensor
    moved: Tensor

    def __init__(self, kept: Sequence[int], moved: Sequence[int], net: nn.Module,
                 bend: Elementwise) -> None:
        super().__init__()
        self.register_buffer("kept", torch.tensor(kept, dtype=torch.long), persistent=False)
        self.register_buffer("moved", torch.tensor(moved, dtype=torch.long), persistent=False)
        self.net, self.bend = net, bend

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Move the numbers; what is kept decides how."""
        z, log_slopes = self.bend.forward(x[:, self.moved], self._form(x, context))
        return x.index_copy(1, self.moved, z), per_datum(log_slopes)

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Move them back: what was kept still says how."""
        x = self.bend.inverse(z[:, self.moved], self._form(z, context))
        return z.index_copy(1, self.moved, x)

    def _form(self, x: Tensor, context: Tensor | None) -> Tensor:
        said: Tensor = self.net(x[:, self.kept], context)
        return said.unflatten(1, (len(self.moved), -1)).movedim(2, -1)


class CouplingFlow(Flow):
    """A flow of couplings on vectors; which half is kept alternates from layer to layer.

    Args:
        shape: of a datum, (D,), with D of at least 2.
        layers: couplings.
        hidden: widths of the hidden layers of their nets.
        bend: how numbers are moved: "affine" or "spline".
        norm: what stands before each coupling: "none", "actnorm" or "batch".
        mix: which half is kept: "alternate"; "same", always the first, so that it is never moved;
            or "linear", the first after a learned matrix has mixed all numbers.
        components: Gaussians in the density of the codes.
        n_classes: how many classes it is told of; 0 for none.

    Raises:
        ValueError: a datum has no two numbers.
    """

    def __init__(self, shape: tuple[int, ...], layers: int = 8, hidden: tuple[int, ...] = (64, 64),
                 *, bend: str = "affine", norm: str = "actnorm", mix: str = "alternate",
                 components: int = 1, n_classes: int = 0) -> None:
        if len(shape) != 1 or shape[0] < 2:
            raise ValueError(f"shape must be (D,) with D of at least 2, got {shape!r}")
        (d,) = shape

        def layer(number: int) -> Bijection:
            halves = list(range(0, d, 2)), list(range(1, d, 2))
            kept, moved = halves if number % 2 == 0 or mix != "alternate" else halves[::-1]
            moves = MAPS[bend]()
            net = Conditioner(len(kept), len(moved) * moves.n_parameters, hidden, n_classes)
            mixing = [InvertibleLinear(d)] if mix == "linear" else []
            return Chain([*NORMS[norm](d), *mixing, Coupling(kept, moved, net, moves)])

        super().__init__([layer(number) for number in range(layers)],
                         base_of(shape, components), n_classes)
