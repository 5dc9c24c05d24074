"""How a net is told of a datum: of its class, or of an image that it is given.

A learned vector for each class, added to features: A. van den Oord, N. Kalchbrenner, O. Vinyals,
L. Espeholt, A. Graves, K. Kavukcuoglu, "Conditional Image Generation with PixelCNN Decoders",
2016, section 2.3, https://arxiv.org/abs/1606.05328
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ALL = slice(None)


def check_context(context: Tensor | None, wanted: int, what: str) -> None:
    """Refuse a context that is missing, or that nobody has asked for.

    Args:
        wanted: how many classes or maps a model is told of; 0 for a model of p(x).
        what: these, "classes" or "maps".

    Raises:
        ValueError: it is there and must not, or must be there and is not.
    """
    if (context is None) != (wanted == 0):
        got = None if context is None else tuple(context.shape)
        raise ValueError(f"context must be that of {wanted} {what}, None for 0, got {got!r}")


class ClassBias(nn.Module):
    """What the class of a datum adds to its features; at first nothing.

    Args:
        n_classes: how many classes there are; with 0 it has no weights and changes nothing.
        n_features: how many features there are.
    """

    def __init__(self, n_classes: int, n_features: int) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.weight = nn.Parameter(torch.zeros(n_classes, n_features)) if n_classes else None

    def forward(self, y: Tensor, context: Tensor | None, features: slice = ALL) -> Tensor:
        """Add to features y (B, F, ...) what their classes (B,) say.

        Args:
            features: which ones of all the features these are.

        Raises:
            ValueError: see `check_context`.
        """
        check_context(context, self.n_classes, "classes")
        if self.weight is None:
            return y
        bias = self.weight[context][:, features]
        return y + bias.unflatten(1, (-1, *(1,) * (y.ndim - 2)))


class ClassNumbers(nn.Module):
    """Numbers with the class beside them: 1 at its place, 0 at those of the others.

    Args:
        n_classes: how many classes there are; 0 for none.
    """

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.n_classes = n_classes

    def forward(self, numbers: Tensor, context: Tensor | None) -> Tensor:
        """(..., B, N) and classes (B,) -> (..., B, N + n_classes).

        Raises:
            ValueError: see `check_context`.
        """
        check_context(context, self.n_classes, "classes")
        if context is None:
            return numbers
        told = F.one_hot(context, self.n_classes).to(numbers.dtype)
        return torch.cat([numbers, told.expand(*numbers.shape[:-1], self.n_classes)], -1)


class GivenImage(nn.Module):
    """What nets see of the image that is given; a white map where there is none.

    Args:
        n_given: how many maps it has; 0 for a model of p(x).
        size: (H, W).
    """

    def __init__(self, n_given: int, size: tuple[int, ...]) -> None:
        super().__init__()
        self.n_given, self.size = n_given, size

    def forward(self, beside: Tensor, context: Tensor | None) -> Tensor:
        """Return the images (B, max(1, n_given), H, W) for what they are seen beside, (B, ...).

        Raises:
            ValueError: see `check_context`.
        """
        check_context(context, self.n_given, "maps")
        if context is not None:
            return context
        return torch.ones(len(beside), 1, *self.size, device=beside.device)
