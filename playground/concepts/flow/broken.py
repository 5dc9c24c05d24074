"""Mistakes that can be made with a flow, made on purpose."""

from torch import Tensor

from model_zoo.autoregressive_flow import Autoregressive
from model_zoo.base import Bijection, DataDependent
from model_zoo.flow import Flow
from model_zoo.made import MaskedLinear


class WrongSign(DataDependent):
    """A bijection that says how much it squeezes where it should say how much it stretches.

    Args:
        inner: the bijection.
    """

    def __init__(self, inner: Bijection) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the codes, and minus the logarithm of the determinant."""
        z, log_det = self.inner(x, context)
        return z, -log_det

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Go back as the inner one does."""
        return self.inner.inverse(z, context)

    def start_at(self, x: Tensor, context: Tensor | None = None) -> None:
        """Start the inner one."""
        if isinstance(self.inner, DataDependent):
            self.inner.start_at(x, context)


def with_wrong_sign(flow: Flow) -> None:
    """Let each layer of a flow say the opposite of how much it stretches."""
    layers = flow.chain.layers
    for place, layer in enumerate(layers):
        assert isinstance(layer, Bijection)
        layers[place] = WrongSign(layer)


def scramble(flow: Flow) -> None:
    """Give each masked net of a flow the columns of its first mask in another order."""
    for part in flow.modules():
        if isinstance(part, Autoregressive):
            for layer in (part.net.layers[0], part.net.direct):
                assert isinstance(layer, MaskedLinear)
                layer.mask.copy_(layer.mask.roll(1, 1))
