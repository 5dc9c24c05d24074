"""Flows of pixels that have levels: noise between the levels, and what it costs.

L. Theis, A. van den Oord, M. Bethge, "A note on the evaluation of generative models", 2016,
https://arxiv.org/abs/1511.01844 (uniform noise, a bound)
J. Ho, X. Chen, A. Srinivas, Y. Duan, P. Abbeel, "Flow++", 2019, https://arxiv.org/abs/1902.00275
(variational dequantisation)
"""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.base import (
    Autoencoder,
    Bijection,
    Conditional,
    GenerativeModel,
    HasBound,
    Losses,
    device_of,
)
from model_zoo.bijections import per_datum
from model_zoo.flow import Flow
from model_zoo.glow import Glow
from model_zoo.log_prob import Measure


class Noise(nn.Module, ABC):
    """Where within its level each pixel is put: a density q(u | x) of u between 0 and 1."""

    @abstractmethod
    def draw(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Draw u for images (B, C, H, W), of the same shape; also log q(u | x) in nats, (B,)."""


class Uniform(Noise):
    """Everywhere alike."""

    def draw(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Draw u; its density is 1."""
        return torch.rand_like(x), x.new_zeros(len(x))


class Nothing(Noise):
    """No noise at all: each level stays one number.

    Of a density of real numbers there is no bound of a probability then. It rises without end,
    for the model can put spikes onto the levels.
    """

    def draw(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the middle of each level."""
        return torch.full_like(x, 0.5), x.new_zeros(len(x))


class Learned(Noise):
    """Couplings that are given the image learn where within its level a pixel costs least.

    They bend normal numbers, and the logistic function squashes what they make of them:
    u = 1 / (1 + exp(-v)). Nobody asks for the way back, so drawing is all that is computed:

        log q(u | x) = log N(z; 0, I) - log |det dv/dz| - sum of log u (1 - u).

    Args:
        bend: from normal numbers z, (B, C, H, W), to v, given the image.
    """

    def __init__(self, bend: Bijection) -> None:
        super().__init__()
        self.bend = bend

    def draw(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Draw normal numbers, bend them and squash them."""
        z = torch.randn_like(x)
        v, log_det = self.bend(z, x)
        log_normal = -(z.square() + math.log(2 * math.pi)).flatten(1).sum(1) / 2
        log_slopes = F.logsigmoid(v) + F.logsigmoid(-v)
        return v.sigmoid(), log_normal - log_det - per_datum(log_slopes)


class DequantisedFlow(Conditional, GenerativeModel, HasBound, Autoencoder):
    """A model of pixels with levels: noise fills the gaps, and a flow learns the density.

    With y = (k + u) / L for level k of L (equation 2 of Theis et al. and 12 of Ho et al.)

        log P(x) >= E_q [log p(y) - log q(u | x)] - D log L.

    Args:
        shape: of an image, (C, H, W).
        levels: how many values a pixel can have, L; x holds k / (L - 1).
        flow: of images of this shape, with pixels between 0 and 1; a small Glow if it is None.
        noise: how the gaps are filled; everywhere alike if it is None.

    Raises:
        ValueError: no flow of such images can be made.
    """

    over: Measure = "levels"

    def __init__(self, shape: tuple[int, ...], levels: int = 17, *, flow: Flow | None = None,
                 noise: Noise | None = None) -> None:
        super().__init__(shape)
        self.levels = levels
        self.flow = flow if flow is not None else Glow(shape)
        self.noise = noise if noise is not None else Uniform()
        self.n_classes, self.n_given = self.flow.n_classes, self.flow.n_given

    def start_at(self, x: Tensor, context: Tensor | None = None) -> None:
        """Set the first weights by a batch of images (B, C, H, W), where layers want that."""
        y, _cost = self.fill(x)
        self.flow.start_at(y, context)

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return minus the bound in nats, the mean of a batch, and the part of the noise."""
        y, cost = self.fill(x)
        return {"loss": -(self._between(y, context) - cost).mean(), "noise": cost.mean()}

    def log_prob_bound(self, x: Tensor, n_samples: int, context: Tensor | None = None) -> Tensor:
        """Return a bound of log P(x) in nats, (B,): the logarithm of the mean of several draws.

        More draws make it tighter (Y. Burda, R. Grosse, R. Salakhutdinov, "Importance Weighted
        Autoencoders", 2016, https://arxiv.org/abs/1509.00519).
        """
        found = []
        for _ in range(n_samples):
            y, cost = self.fill(x)
            found.append(self._between(y, context) - cost)
        return torch.stack(found).logsumexp(0) - math.log(n_samples)

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw images, each pixel on a level."""
        z = self.flow.base.sample(n, device_of(self))
        return self.on_levels(self.flow.inverse(z, context))

    def fill(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Put noise between the levels: y in (0, 1), and log q(u | x), (B,)."""
        u, cost = self.noise.draw(x)
        return ((x * (self.levels - 1)).round() + u) / self.levels, cost

    def on_levels(self, y: Tensor) -> Tensor:
        """Return the levels within which numbers in (0, 1) lie, as x in [0, 1]."""
        return (y * self.levels).floor().clamp(0, self.levels - 1) / (self.levels - 1)

    def encode(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the codes of images whose pixels are put into the middle of their levels."""
        middle = ((x * (self.levels - 1)).round() + 0.5) / self.levels
        return self.flow.encode(middle, context)

    def decode(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the images that codes (B, D) stand for, on their levels."""
        return self.on_levels(self.flow.decode(z, context))

    def _between(self, y: Tensor, context: Tensor | None) -> Tensor:
        return self.flow.log_prob(y, context) - math.log(self.levels) * y[0].numel()
