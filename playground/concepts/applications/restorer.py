"""What a contestant must be able to do: give answers to what is left of an image, rate a truth."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.experiments.base import Work
from playground.experiments.contestant import Contestant, Family

if TYPE_CHECKING:  # pages read families, and never load torch
    from torch import Tensor


@dataclass(frozen=True)
class RestoringFamily(Family):
    """A family that restores images; what it says is log p(x|c).

    Attributes:
        varied: whether it has several answers, or always the same one.
    """

    varied: bool = True


class Restorer(Contestant):
    """A model that learns from images and what is given of them; it answers in pieces."""

    @abstractmethod
    def answer(self, given: "Tensor", n: int, seed: int) -> "Work[Tensor]":
        """Give n answers to each of what is given, (B, c, h, w) -> (B, n, C, H, W) in [0, 1]."""

    @abstractmethod
    def log_prob(self, x: "Tensor", given: "Tensor", n_samples: int) -> "Work[Tensor | None]":
        """log p(x|c) in nats of images (B, C, H, W) and what is given of them, (B,).

        Args:
            n_samples: how hard to try where it is a bound that gets tighter with more samples.

        Returns:
            The exact value or a lower bound, as its family says; None if it cannot say.
        """
