"""What every model here can do, and the small capabilities that some have."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Player:
    """Who is trained, and by which loss.

    Attributes:
        name: what the loss curves call it.
        parameters: what this player may change.
        loss: maps a batch of data, and for a `Conditional` model that knows classes their labels,
            to named scalars, of which `"loss"` is minimised.
    """

    name: str
    parameters: list[nn.Parameter]
    loss: Callable[..., Losses]


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
        return [Player("model", list(self.parameters()), self.loss)]


class GenerativeModel(Model):
    """A model that can draw new data."""

    @abstractmethod
    def sample(self, n: int) -> Tensor:
        """Draw `n` new data, (n, *shape)."""


class HasLogProb(ABC):
    """A model that knows the exact density of a datum."""

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) in nats, (B,)."""


class HasBound(ABC):
    """A model that knows a lower bound of the log density of a datum."""

    @abstractmethod
    def log_prob_bound(self, x: Tensor, n_samples: int) -> Tensor:
        """Return a lower bound of log p(x) in nats, (B,); more samples make it tighter."""


class Autoencoder(ABC):
    """A model with a code for each datum."""

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """Return the codes (B, Z) of data (B, *shape)."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """Return the data (B, *shape) that codes (B, Z) stand for."""


class Conditional(ABC):
    """A model that may be told the class of each datum: it learns p(x | class).

    Whatever it can do with data or draw takes the classes as `labels`, (B,) int64. They must be
    given if it knows classes, and must not if it knows none.

    Attributes:
        n_classes: how many classes it knows; 0 for a model of p(x).
    """

    n_classes: int

    @abstractmethod
    def loss(self, x: Tensor, labels: Tensor | None = None) -> Losses:
        """Return named scalars for a batch (B, *shape) of these classes."""

    @abstractmethod
    def sample(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Draw `n` new data (n, *shape), each of its class."""


class ConditionalOnImage(Conditional):
    """A model that may be given an image for each datum: it learns p(x | image).

    Wherever a `Conditional` model takes classes, this one takes images of the size of its data as
    `labels`, (B, n_given, H, W). They must be given if it wants some, and must not if it wants
    none: then it is a model of p(x), and its nets see a white map.

    Attributes:
        n_given: how many maps such an image has; 0 for a model of p(x).
    """

    n_classes = 0
    n_given: int
    shape: tuple[int, ...]

    def seen(self, beside: Tensor, labels: Tensor | None) -> Tensor:
        """Return what the nets see of the images that are given, (B, max(1, n_given), H, W).

        Args:
            beside: what they are seen beside, e.g. codes (B, Z).

        Raises:
            ValueError: the images are missing, or nobody has asked for them.
        """
        if (labels is None) != (self.n_given == 0):
            raise ValueError(f"labels must be images of {self.n_given} maps, None for 0, got "
                             f"{None if labels is None else tuple(labels.shape)!r}")
        if labels is not None:
            return labels
        return torch.ones(len(beside), 1, *self.shape[1:], device=beside.device)


def device_of(model: nn.Module) -> torch.device:
    """Return where a model's parameters live."""
    return next(model.parameters()).device
