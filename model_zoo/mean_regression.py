"""The average answer: a net that is trained on the squared error, and so learns a mean.

Of all answers to an image c, the mean E[x|c] has the least squared error. Where several answers
are possible it is none of them, but their blurred sum.
"""

import torch
from torch import Tensor

from model_zoo.base import Conditional, Losses, device_of
from model_zoo.conditional import GivenImage
from model_zoo.u_net import UNet


class MeanRegression(Conditional):
    """One image of what is given: an estimate of E[x|c].

    Args:
        shape: shape of one image, (C, H, W); pixels lie in [0, 1].
        n_given: maps of the image that is given; 0 for none, and then it learns E[x].
        features: feature maps of the net at full size.
    """

    def __init__(self, shape: tuple[int, ...], n_given: int = 0, features: int = 16) -> None:
        if len(shape) != 3:
            raise ValueError(f"shape must be that of an image, (C, H, W), got {shape!r}")
        super().__init__(shape)
        self.n_given = n_given
        self.seen = GivenImage(n_given, shape[1:])
        self.net = UNet((max(1, n_given), *shape[1:]), shape[0], features)

    def mean(self, given: Tensor) -> Tensor:
        """Return the answers to what its net sees, (B, max(1, n_given), H, W) -> (B, C, H, W)."""
        answers: Tensor = self.net(given)
        return answers

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return the mean squared error of a number."""
        return {"loss": (self.mean(self.seen(x, context)) - x).square().mean()}

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Return the one answer that it has, (n, C, H, W); there is nothing to draw."""
        return self.mean(self.seen(torch.empty(n, device=device_of(self)), context)).clamp(0, 1)
