"""p(x|z): what a decoder's numbers say about a datum.

A decoder returns some numbers for each number of the datum; a likelihood reads them as a
distribution, independent for each number of the datum.
"""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.log_prob import Measure

LOWEST_LOG_SIGMA, HIGHEST_LOG_SIGMA = -4.0, 2.0


def draw_level(chances: Tensor) -> Tensor:
    """Draw one of L levels by their chances, (..., L) -> (...), int64.

    The smallest of exponential times, each at the rate of its level's chance, is that level's
    with just this chance. torch.multinomial does the same; but on a GPU it waits to check the
    chances, and some that are NaN end the process there.
    """
    return (chances / torch.empty_like(chances).exponential_()).argmax(-1)


class Likelihood(nn.Module, ABC):
    """A distribution over data (..., D), told by numbers (..., D * per_number).

    Attributes:
        per_number: how many numbers the decoder gives for each number of the datum.
        over: what p(x|z) is: a probability, over "levels", or a density, over "reals".
    """

    per_number = 1
    over: Measure

    @abstractmethod
    def log_prob(self, x: Tensor, told: Tensor) -> Tensor:
        """Return log p(x|z) in nats, summed over the datum: (..., D), (..., D * n) -> (...)."""

    @abstractmethod
    def mean(self, told: Tensor) -> Tensor:
        """Return the mean of each number of the datum, (..., D)."""

    @abstractmethod
    def draw(self, told: Tensor) -> Tensor:
        """Draw each number of the datum, (..., D)."""


class Bernoulli(Likelihood):
    """Pixels that are 0 or 1: one probability per pixel, given by its logit.

    Where a logit is NaN a pixel is drawn as 0: a GPU that is given such a chance is lost.
    """

    over = "levels"

    def log_prob(self, x: Tensor, told: Tensor) -> Tensor:
        """Return log p(x|z); for grey values, the same formula, which is no likelihood then."""
        return -F.binary_cross_entropy_with_logits(
            told, x.expand_as(told), reduction="none"
        ).sum(-1)

    def mean(self, told: Tensor) -> Tensor:
        """Return the probability that each pixel is 1."""
        return told.sigmoid()

    def draw(self, told: Tensor) -> Tensor:
        """Draw pixels, each 0 or 1."""
        return torch.bernoulli(told.sigmoid().nan_to_num())


class Categorical(Likelihood):
    """Pixels of several levels 0, 1 / (L - 1) ... 1: a choice among L, given by L logits.

    Args:
        n_levels: L, 2 or more.
    """

    over = "levels"

    def __init__(self, n_levels: int) -> None:
        super().__init__()
        self.per_number = n_levels

    def log_prob(self, x: Tensor, told: Tensor) -> Tensor:
        """Return log p(x|z) of the level that is nearest to each pixel."""
        logits = told.unflatten(-1, (-1, self.per_number)).log_softmax(-1)  # (..., D, L)
        level = (x * (self.per_number - 1)).round().long().unsqueeze(-1)
        return logits.gather(-1, level.expand(*logits.shape[:-1], 1)).squeeze(-1).sum(-1)

    def mean(self, told: Tensor) -> Tensor:
        """Return the mean level, between 0 and 1."""
        chances = told.unflatten(-1, (-1, self.per_number)).softmax(-1)
        return chances @ torch.linspace(0, 1, self.per_number, device=told.device)

    def draw(self, told: Tensor) -> Tensor:
        """Draw a level for each pixel."""
        chances = told.unflatten(-1, (-1, self.per_number)).softmax(-1)
        return draw_level(chances) / (self.per_number - 1)


class Gaussian(Likelihood):
    """Real numbers: a mean for each, and one learned standard deviation for all."""

    over = "reals"

    def __init__(self) -> None:
        super().__init__()
        self.log_sigma: Tensor = nn.Parameter(torch.tensor(-1.0))

    def split(self, told: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log of the standard deviation."""
        return told, self.log_sigma

    def log_prob(self, x: Tensor, told: Tensor) -> Tensor:
        """Return log p(x|z)."""
        mean, log_sigma = self.split(told)
        scaled = (x - mean) * torch.exp(-log_sigma)
        return (-0.5 * scaled**2 - log_sigma - 0.5 * math.log(2 * math.pi)).sum(-1)

    def mean(self, told: Tensor) -> Tensor:
        """Return the means themselves."""
        return self.split(told)[0]

    def draw(self, told: Tensor) -> Tensor:
        """Draw each number around its mean."""
        mean, log_sigma = self.split(told)
        return mean + log_sigma.exp() * torch.randn_like(mean)


class FixedGaussian(Gaussian):
    """Real numbers: a mean for each, and a standard deviation that is not learned.

    A small one makes errors dear and the codes precise, as a small beta does.

    Args:
        sigma: the standard deviation.
    """

    def __init__(self, sigma: float) -> None:
        nn.Module.__init__(self)
        self.register_buffer("log_sigma", torch.tensor(math.log(sigma)))


class FreeGaussian(Gaussian):
    """Real numbers: the decoder tells a mean and a standard deviation for each.

    The standard deviation is kept between exp(-4) and exp(2): where a number never varies, the
    likelihood would grow without end.
    """

    per_number = 2

    def __init__(self) -> None:
        nn.Module.__init__(self)

    def split(self, told: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log of the standard deviation, each (..., D)."""
        mean, log_sigma = told.unflatten(-1, (-1, 2)).unbind(-1)
        return mean, log_sigma.clamp(LOWEST_LOG_SIGMA, HIGHEST_LOG_SIGMA)
