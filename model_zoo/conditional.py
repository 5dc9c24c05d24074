"""How a net is told the class of a datum: a learned vector for each class, added to features.

A. van den Oord, N. Kalchbrenner, O. Vinyals, L. Espeholt, A. Graves, K. Kavukcuoglu, "Conditional
Image Generation with PixelCNN Decoders", 2016, section 2.3, https://arxiv.org/abs/1606.05328
"""

import torch
from torch import Tensor, nn

ALL = slice(None)


class ClassBias(nn.Module):
    """What the class of a datum adds to its features; at first nothing.

    Args:
        n_classes: how many classes there are; with 0 it has no weights and changes nothing.
        n_features: how many features there are.
    """

    def __init__(self, n_classes: int, n_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_classes, n_features)) if n_classes else None

    def forward(self, y: Tensor, labels: Tensor | None, features: slice = ALL) -> Tensor:
        """Add to features y (B, F, ...) what their classes `labels` (B,) say.

        Args:
            features: which ones of all the features these are.

        Raises:
            ValueError: labels are missing, or nobody has asked for them.
        """
        if self.weight is None:
            if labels is not None:
                raise ValueError("labels must be None for a model without classes, got some")
            return y
        if labels is None:
            raise ValueError(f"labels must be given to a model of {len(self.weight)} classes, "
                             "got None")
        bias = self.weight[labels][:, features]
        return y + bias.unflatten(1, (-1, *(1,) * (y.ndim - 2)))
