"""A small net that names what is in an image; its features measure how alike images are."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

N_FEATURES = 64


class FeatureNet(nn.Module):
    """Convolutions, the mean over all places, and a linear layer for each thing that it names.

    Args:
        shape: shape of one image, (C, H, W).
        sizes: how many classes each question has, e.g. (10,) for digits, or (3, 6, 3) for shape,
            colour and size.
    """

    def __init__(self, shape: tuple[int, ...], sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.sizes = sizes
        halvings = max(1, round(math.log2(min(shape[1:]) / 4)))
        layers: list[nn.Module] = [nn.Conv2d(shape[0], 16, 3, padding=1), nn.ReLU()]
        n_in = 16
        for number in range(halvings):
            n_out = N_FEATURES if number == halvings - 1 else 2 * n_in
            layers += [nn.Conv2d(n_in, n_out, 3, stride=2, padding=1), nn.BatchNorm2d(n_out),
                       nn.ReLU()]
            n_in = n_out
        layers += [nn.Conv2d(n_in, N_FEATURES, 3, padding=1), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.heads = nn.Linear(N_FEATURES, sum(sizes))
        self.unit: Tensor
        self.register_buffer("unit", torch.ones(()))

    def features(self, x: Tensor) -> Tensor:
        """Return what the last layer sees, in its `unit`, (B, C, H, W) -> (B, N_FEATURES)."""
        return self._seen(x) / self.unit

    @torch.no_grad()
    def choose_unit(self, x: Tensor) -> None:
        """Let the mean square of the features of these images be 1."""
        self.unit.copy_(self._seen(x).square().mean().sqrt())

    def classify(self, x: Tensor) -> Tensor:
        """Return the likeliest answer to the first question, (B,) int64."""
        return self.heads(self._seen(x)).split(self.sizes, 1)[0].argmax(1)

    def loss(self, x: Tensor, answers: Tensor) -> Tensor:
        """Return the mean cross-entropy in nats, over all questions; `answers` is (B, Q) int64."""
        logits = self.heads(self._seen(x)).split(self.sizes, 1)
        costs = [F.cross_entropy(part, answers[:, q]) for q, part in enumerate(logits)]
        return sum(costs[1:], costs[0])

    def _seen(self, x: Tensor) -> Tensor:
        features: Tensor = self.body(x).mean((2, 3))
        return features
