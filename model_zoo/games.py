"""What the two players of a GAN want: six games, each a pair of losses on the scores of D.

Ian Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661
Xudong Mao et al., "Least Squares Generative Adversarial Networks", 2017,
https://arxiv.org/abs/1611.04076
Jae Hyun Lim and Jong Chul Ye, "Geometric GAN" (hinge), 2017, https://arxiv.org/abs/1705.02894
Martin Arjovsky, Soumith Chintala, Leon Bottou, "Wasserstein GAN", 2017,
https://arxiv.org/abs/1701.07875
Ishaan Gulrajani et al., "Improved Training of Wasserstein GANs", 2017,
https://arxiv.org/abs/1704.00028
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Game:
    """A loss for each player, of the discriminator's scores (B,); the mean is minimised.

    Attributes:
        real: what the discriminator pays for the score of a datum, given the target of label
            smoothing (1 for none), which only some games have.
        fake: what it pays for the score of a sample.
        generator: what the generator pays for the score of its sample.
        shown: turns a score into what is shown, e.g. a probability.
    """

    real: Callable[[Tensor, float], Tensor]
    fake: Score
    generator: Score
    shown: Score


def _cross_entropy(score: Tensor, target: float) -> Tensor:
    """-t log D(x) - (1 - t) log(1 - D(x)), with D = sigmoid(score)."""
    if target == 1:
        return F.softplus(-score)
    return target * F.softplus(-score) + (1 - target) * F.softplus(score)


def _same(score: Tensor) -> Tensor:
    return score


def _critic(score: Tensor, _target: float) -> Tensor:
    return -score


GAMES = {
    "minimax": Game(_cross_entropy, F.softplus, lambda s: -F.softplus(s), torch.sigmoid),
    "non_saturating": Game(_cross_entropy, F.softplus, lambda s: F.softplus(-s), torch.sigmoid),
    "least_squares": Game(lambda s, target: (s - target) ** 2 / 2, lambda s: s**2 / 2,
                          lambda s: (s - 1) ** 2 / 2, _same),
    "hinge": Game(lambda s, _target: F.relu(1 - s), lambda s: F.relu(1 + s), lambda s: -s, _same),
    "wasserstein": Game(_critic, _same, lambda s: -s, _same),
    "wgan_gp": Game(_critic, _same, lambda s: -s, _same),
}
