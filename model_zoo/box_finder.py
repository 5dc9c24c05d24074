"""A picture in, a box out: which column is the first, which the last, and so for the rows?

Each edge is a choice among all columns or rows, with a probability for each: X. Li et al.,
"Generalized Focal Loss", 2020, https://arxiv.org/abs/2006.04388, which does so for real detectors.
"""

import torch
from torch import Tensor, nn


class BoxFinder(nn.Module):
    """The four edges of a box: first column and row, last column and row, both included.

    What the convolutions see is squeezed onto each axis by its maximum and its mean; a second pair
    of convolutions, along the axis, scores where the thing begins and where it ends. A thing that
    is moved moves its scores along.

    Args:
        channels: of a picture.
        features: maps of all convolutions.
    """

    def __init__(self, channels: int, features: int = 8) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(channels, features, 3, padding=1), nn.ReLU(),
            nn.Conv2d(features, features, 3, padding=1), nn.ReLU())
        self.across, self.down = (nn.Sequential(
            nn.Conv1d(2 * features, features, 5, padding=2), nn.ReLU(),
            nn.Conv1d(features, 2, 5, padding=2)) for _ in range(2))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (B, C, H, W) -> log p of first and last, columns (B, 2, W), rows (B, 2, H)."""
        seen = self.look(pictures)
        squeezed = (torch.cat([seen.amax(axis), seen.mean(axis)], dim=1) for axis in (2, 3))
        columns, rows = (score(part) for score, part in
                         zip((self.across, self.down), squeezed, strict=True))
        return columns.log_softmax(dim=2), rows.log_softmax(dim=2)

    def loss(self, pictures: Tensor, boxes: Tensor) -> Tensor:
        """-log p of the four edges of boxes (B, 4), their sum, the mean over the batch in nats."""
        columns, rows = self(pictures)
        parts = [nn.functional.nll_loss(scores[:, end], boxes[:, 2 * end + axis])
                 for axis, scores in enumerate((columns, rows)) for end in (0, 1)]
        return torch.stack(parts).sum()

    def boxes(self, pictures: Tensor) -> Tensor:
        """The likeliest edges, (B, 4); a box that would end before it begins is turned round."""
        columns, rows = (scores.argmax(dim=2).sort(dim=1).values for scores in self(pictures))
        return torch.stack([columns[:, 0], rows[:, 0], columns[:, 1], rows[:, 1]], dim=1)
