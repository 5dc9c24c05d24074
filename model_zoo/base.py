"""What every model here can do, and the small capabilities that some have."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_zoo.log_prob import Kind, Measure

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Player:
    """Who is trained, and by which loss.

    Attributes:
        name: what the loss curves call it.
        parameters: what this player may change.
        loss: maps a batch of data, and the context of a `Conditional` model that wants one, to
            named scalars, of which `"loss"` is minimised.
        falls: whether a lone player's loss falls as it learns. That of a surrogate need not: its
            gradient is right, its value says nothing, as in contrastive divergence.
    """

    name: str
    parameters: list[nn.Parameter]
    loss: Callable[..., Losses]
    falls: bool = True


class Model(nn.Module, ABC):
    """A model that learns from samples by lowering a loss.

    Args:
        shape: shape of one datum, (D,) or (C, H, W).
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    @abstractmethod
    def loss(self, x: Tensor) -> Losses:
        """Return named scalars for a batch (B, *shape); `"loss"` is the one to minimise."""

    def players(self) -> list[Player]:
        """Return who is trained: one player, unless the model is a game."""
        learning = [weight for weight in self.parameters() if weight.requires_grad]
        return [Player("model", learning, self.loss)]


class GenerativeModel(Model):
    """A model that can draw new data."""

    @abstractmethod
    def sample(self, n: int) -> Tensor:
        """Draw `n` new data, (n, *shape)."""


@dataclass(frozen=True)
class State:
    """What is drawn after a step of drawing.

    Attributes:
        x: the data so far, (n, *shape). They are drawn on: whoever keeps them copies them.
    """

    x: Tensor


class HasPath(ABC):
    """A model that draws in many small steps, each of which can be seen."""

    @abstractmethod
    def path(self, n: int) -> Iterator[State]:
        """Draw `n` new data step by step: at least one state, and the last one is a sample."""


class SaysLogProb(ABC):
    """A model that says something of log p(x): what, its subclasses tell.

    A model that can say it in several ways is rated by that which it names first.

    Attributes:
        kind: "exact"; "bound", of log p from below; or "estimate", which may be too high as well
            as too low.
    """

    kind: Kind

    @property
    @abstractmethod
    def over(self) -> Measure:
        """What p is: a probability, over "levels", or a density, over "reals"."""

    @abstractmethod
    def rate(self, x: Tensor, *context: Tensor, n_samples: int) -> Tensor:
        """Return what it says of log p(x) in nats, (B,).

        Args:
            context: of a `Conditional` model that wants one.
            n_samples: how hard to try where it is a bound or an estimate.
        """


class HasLogProb(SaysLogProb):
    """A model that knows the exact log p of a datum."""

    kind = "exact"

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, (B,)."""

    def rate(self, x: Tensor, *context: Tensor, n_samples: int) -> Tensor:
        """Return log p(x) in nats, (B,)."""
        return self.log_prob(x, *context)


class HasBound(SaysLogProb):
    """A model that knows a lower bound of the log p of a datum."""

    kind = "bound"

    @abstractmethod
    def log_prob_bound(self, x: Tensor, n_samples: int) -> Tensor:
        """Return a lower bound of log p(x) in nats, (B,); more samples make it tighter."""

    def rate(self, x: Tensor, *context: Tensor, n_samples: int) -> Tensor:
        """Return the bound in nats, (B,)."""
        return self.log_prob_bound(x, n_samples, *context)


class HasEstimate(SaysLogProb):
    """A model of which log p can be estimated only, as by annealed importance sampling."""

    kind = "estimate"

    @abstractmethod
    def log_prob_estimate(self, x: Tensor, n_samples: int) -> Tensor:
        """Return an estimate of log p(x) in nats, (B,); more samples bring it nearer."""

    def rate(self, x: Tensor, *context: Tensor, n_samples: int) -> Tensor:
        """Return the estimate in nats, (B,)."""
        return self.log_prob_estimate(x, n_samples, *context)


class Bijection(nn.Module, ABC):
    """A map between data and codes of the same size that can be walked both ways, exactly.

    What it is told of each datum, if anything, is its `context`, as for a `Conditional` model.
    """

    @abstractmethod
    def forward(self, x: Tensor, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return codes and how much it stretches there.

        Returns:
            The codes of data (B, ...), (B, ...), and log |det dz/dx|, (B,).
        """

    @abstractmethod
    def inverse(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the data that have these codes, (B, ...) -> (B, ...)."""


class DataDependent(Bijection):
    """A bijection, or one that holds some, whose first weights are set by data."""

    @abstractmethod
    def start_at(self, x: Tensor, context: Tensor | None = None) -> None:
        """Set the first weights by a batch of data (B, ...), before any training."""


class Autoencoder(ABC):
    """A model with a code for each datum."""

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Return the codes (B, Z) of data (B, *shape)."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """Return the data (B, *shape) that codes (B, Z) stand for."""


class Conditional(Model):
    """A model that may be told something of each datum: it learns p(x | context).

    Whatever it can do with data or draw takes the `context`, an item for each datum: its class,
    (B,) int64, or an image, (B, n_given, H, W). It must be there if the model wants one, and must
    be None if it wants none: then it is a model of p(x).

    Attributes:
        n_classes: how many classes it knows; 0 if it is told none.
        n_given: how many maps an image has that it is given; 0 if it is given none.
    """

    n_classes = 0
    n_given = 0

    @abstractmethod
    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return named scalars for a batch (B, *shape) with its context."""

    @abstractmethod
    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw `n` new data (n, *shape), each to its context."""


def log_prob_kind(model: Model) -> Kind:
    """Return what a model says of log p(x), by `rate`; "none" where it cannot say."""
    return model.kind if isinstance(model, SaysLogProb) else "none"


def last(path: Iterator[State]) -> Tensor:
    """Go to the end of a path; what is drawn there, (n, *shape)."""
    *_, state = path
    return state.x


def in_full(numbers: Tensor) -> Tensor:
    """Return what a net says in 32 bits, where it has computed in 16: sums need more digits."""
    return numbers.to(torch.promote_types(numbers.dtype, torch.float32))


def device_of(model: nn.Module) -> torch.device:
    """Return where a model's parameters live."""
    return next(model.parameters()).device
