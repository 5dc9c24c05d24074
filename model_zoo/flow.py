"""Normalizing flows: a simple density, bent by a chain of bijections.

E. G. Tabak, C. V. Turner, "A Family of Nonparametric Density Estimation Algorithms", 2013;
D. J. Rezende, S. Mohamed, "Variational Inference with Normalizing Flows", 2015,
https://arxiv.org/abs/1505.05770
G. Papamakarios, E. Nalisnick, D. J. Rezende, S. Mohamed, B. Lakshminarayanan, "Normalizing Flows
for Probabilistic Modeling and Inference", 2021, https://arxiv.org/abs/1912.02762
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from model_zoo.base import (
    Autoencoder,
    Bijection,
    Conditional,
    GenerativeModel,
    HasLogProb,
    HasPath,
    Losses,
    State,
    device_of,
)
from model_zoo.bijections import Chain
from model_zoo.log_prob import Measure


class Base(nn.Module, ABC):
    """The density from which a flow draws its codes.

    Args:
        shape: of a code.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    @abstractmethod
    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z) in nats, (B, *shape) -> (B,)."""

    @abstractmethod
    def sample(self, n: int, device: torch.device) -> Tensor:
        """Draw n codes, (n, *shape)."""


class StandardNormal(Base):
    """Independent numbers of mean 0 and variance 1."""

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log N(z; 0, I)."""
        return -(z.square() + math.log(2 * math.pi)).flatten(1).sum(1) / 2

    def sample(self, n: int, device: torch.device) -> Tensor:
        """Draw noise."""
        return torch.randn(n, *self.shape, device=device)


class GaussianMixture(Base):
    """Several Gaussians side by side, which are learned: codes may lie on islands.

    Args:
        shape: of a code, (D,).
        components: how many Gaussians, K.
    """

    def __init__(self, shape: tuple[int, ...], components: int) -> None:
        super().__init__(shape)
        self.means = nn.Parameter(torch.randn(components, *shape))
        self.log_scales = nn.Parameter(torch.full((components, *shape), -0.5))
        self.logits = nn.Parameter(torch.zeros(components))

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the logarithm of the weighted sum of all Gaussians."""
        scaled = (z[:, None] - self.means) * (-self.log_scales).exp()  # (B, K, D)
        each = -(scaled.square() / 2 + self.log_scales + math.log(2 * math.pi) / 2).sum(-1)
        return (each + self.logits.log_softmax(0)).logsumexp(1)

    def sample(self, n: int, device: torch.device) -> Tensor:
        """Choose a Gaussian for each code, and draw from it."""
        chosen = torch.multinomial(self.logits.softmax(0), n, replacement=True)
        noise = torch.randn(n, *self.shape, device=device)
        return self.means[chosen] + self.log_scales[chosen].exp() * noise


class Flow(Bijection, Conditional, GenerativeModel, HasLogProb, HasPath, Autoencoder):
    """Data whose codes, by a chain of bijections, come from a density that is known.

    What the chain squeezes together becomes denser (the change of variables):

        log p(x) = log p(z) + sum over all layers of log |det dz_k / dz_(k-1)|.

    Args:
        layers: the first one is next to the data.
        base: where codes come from.
        n_classes: how many classes it is told of; 0 for none.
    """

    over: Measure = "reals"

    @abstractmethod  # what its layers are
    def __init__(self, layers: Iterable[Bijection], base: Base, n_classes: int = 0) -> None:
        super().__init__(base.shape)
        self.chain = Chain(layers)
        self.base = base
        self.n_classes = n_classes

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return -log p(x) in nats, the mean of a batch."""
        return {"loss": -self.log_prob(x, context).mean()}

    def log_prob(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return log p(x) in nats, (B,)."""
        return self.log_prob_after(0, x, context)

    def log_prob_after(self, n: int, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the log-density, (B,), of what the first n layers make of data, at places x."""
        total = x.new_zeros(len(x))
        for layer in self.chain.layers[n:]:
            x, log_det = layer(x, context)
            total = total + log_det
        return self.base.log_prob(x) + total

    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return the codes of data, and log |det dz/dx|."""
        z, log_det = self.chain(x, context)
        return z, log_det

    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the data of codes."""
        return self.chain.inverse(z, context)

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw codes, and bend them into data."""
        return self.inverse(self.base.sample(n, device_of(self)), context)

    def start_at(self, x: Tensor, context: Tensor | None = None) -> None:
        """Set the first weights by a batch of data (B, *shape), where layers want that."""
        self.chain.start_at(x, context)

    def there(self, x: Tensor, context: Tensor | None = None
              ) -> Iterator[tuple[Tensor, Tensor]]:
        """Go from data to codes layer by layer.

        Yields:
            After each layer where the data are, (B, ...), and its log |det|, (B,).
        """
        for layer in self.chain.layers:
            x, log_det = layer(x, context)
            yield x, log_det

    def back(self, z: Tensor, context: Tensor | None = None) -> Iterator[Tensor]:
        """Go from codes to data: the codes, and where each layer takes them, (B, ...)."""
        yield z
        for layer in reversed(self.chain.layers):
            assert isinstance(layer, Bijection)
            z = layer.inverse(z, context)
            yield z

    def path(self, n: int) -> Iterator[State]:
        """Draw codes, and bend them layer by layer."""
        return (State(x) for x in self.back(self.base.sample(n, device_of(self))))

    def encode(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the codes of data, (B, *shape) -> (B, D)."""
        z, _ = self(x, context)
        return z.flatten(1)

    def decode(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the data that codes (B, D) stand for."""
        return self.inverse(z.reshape(len(z), *self.shape), context)


def base_of(shape: tuple[int, ...], components: int = 1) -> Base:
    """Return a Gaussian, or a mixture of some, from which a flow draws codes."""
    return StandardNormal(shape) if components == 1 else GaussianMixture(shape, components)
