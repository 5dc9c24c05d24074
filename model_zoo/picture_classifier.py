"""A picture in, a class out: convolutions that look everywhere, and what they saw most clearly.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document
recognition", 1998, https://doi.org/10.1109/5.726791; the maximum over all places is that of
M. Oquab, L. Bottou, I. Laptev, J. Sivic, "Is object localization for free?", 2015,
https://doi.org/10.1109/CVPR.2015.7298668
"""

from torch import Tensor, nn


class PictureClassifier(nn.Module):
    """Scores for each class, from the strongest sign of each feature anywhere in the picture.

    Each channel is scaled to mean 0 and variance 1 first, so that colours do not matter.

    Args:
        channels: of a picture.
        n_classes: how many classes there are.
        features: maps after the first convolution; later ones have twice as many.
    """

    def __init__(self, channels: int, n_classes: int, features: int = 16) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.InstanceNorm2d(channels),
            nn.Conv2d(channels, features, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv2d(features, 2 * features, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv2d(2 * features, 2 * features, 3, padding=1), nn.ReLU())
        self.name = nn.Linear(2 * features, n_classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures (B, C, H, W) -> log probabilities (B, K)."""
        scores: Tensor = self.name(self.look(pictures).amax(dim=(2, 3)))
        return scores.log_softmax(dim=1)

    def loss(self, pictures: Tensor, classes: Tensor) -> Tensor:
        """-log p(class) of the true classes (B,), the mean over the batch in nats."""
        return nn.functional.nll_loss(self(pictures), classes)
