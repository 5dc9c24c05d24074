"""Generative stochastic networks: denoising autoencoders whose chains draw.

Corrupt a datum, let a net say what it may have been, draw one of its answers, and go on from
there. If the net's answers are right, p(x | corrupted x), the chain visits data as often as they
are likely. Nowhere is a p(x) written down.

Y. Bengio, L. Yao, G. Alain, P. Vincent, "Generalized Denoising Auto-Encoders as Generative
Models", 2013, https://arxiv.org/abs/1305.6663; Y. Bengio, E. Laufer, G. Alain, J. Yosinski, "Deep
Generative Stochastic Networks Trainable by Backprop", 2014, https://arxiv.org/abs/1306.1091
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.base import GenerativeModel, HasPath, Losses, State, device_of, last

LOG_SD = (-5.0, 2.0)  # the least and the most that the net can say
WIDE = 2.0  # standard deviation of points of which nothing is known


class Corruption(nn.Module, ABC):
    """What is done to a datum before the net must say what it was."""

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """Corrupt data, (B, *shape) -> (B, *shape)."""

    @abstractmethod
    def log_prob(self, corrupted: Tensor, x: Tensor) -> Tensor:
        """Return log C(corrupted | x) in nats of each pair, (B, *shape), (N, *shape) -> (B, N)."""

    @abstractmethod
    def noise(self, n: int, shape: tuple[int, ...]) -> Tensor:
        """Return what n data may look like of which nothing is left, (n, *shape)."""


class AddedNoise(Corruption):
    """Gaussian noise on each number.

    Args:
        sigma: its standard deviation.
    """

    sigma: Tensor

    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.register_buffer("sigma", torch.tensor(sigma))

    def forward(self, x: Tensor) -> Tensor:
        """Add noise."""
        return x + self.sigma * torch.randn_like(x)

    def log_prob(self, corrupted: Tensor, x: Tensor) -> Tensor:
        """Return the log-density of the noise between them."""
        z = torch.cdist(corrupted.flatten(1), x.flatten(1)) / self.sigma
        d = x[0].numel()
        return -z.square() / 2 - d * (self.sigma.log() + math.log(2 * math.pi) / 2)

    def noise(self, n: int, shape: tuple[int, ...]) -> Tensor:
        """Draw wide noise."""
        return WIDE * torch.randn(n, *shape, device=self.sigma.device)


class ReplacedPixels(Corruption):
    """Some pixels become black or white by the throw of a coin: salt and pepper.

    Args:
        share: of the pixels, 0 to 1.
    """

    share: Tensor

    def __init__(self, share: float) -> None:
        super().__init__()
        self.register_buffer("share", torch.tensor(share))

    def forward(self, x: Tensor) -> Tensor:
        """Replace pixels."""
        return torch.where(torch.rand_like(x) < self.share, _coins(x), x)

    def log_prob(self, corrupted: Tensor, x: Tensor) -> Tensor:
        """A pixel is another one with the chance of `share` / 2."""
        a, b = corrupted.flatten(1), x.flatten(1)
        differ = a.sum(1)[:, None] + b.sum(1) - 2 * a @ b.T
        other = self.share / 2
        return differ * other.log() + (x[0].numel() - differ) * (1 - other).log()

    def noise(self, n: int, shape: tuple[int, ...]) -> Tensor:
        """Throw a coin for each pixel."""
        return _coins(torch.empty(n, *shape, device=self.share.device))


def _coins(x: Tensor) -> Tensor:
    return (torch.rand_like(x) < 0.5).to(x.dtype)


class Reconstruction(ABC):
    """What the net says of data, given corrupted ones: a distribution for each."""

    @property
    @abstractmethod
    def mean(self) -> Tensor:
        """(B, *shape)."""

    @abstractmethod
    def draw(self) -> Tensor:
        """Draw a datum from each, (B, *shape)."""

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x | corrupted x) in nats, (B,), of data (B, *shape)."""


@dataclass(frozen=True)
class PointReconstruction(Reconstruction):
    """A mixture of Gaussians for each point.

    Attributes:
        log_weights: (B, K), of each Gaussian.
        means, log_sds: (B, K, D).
    """

    log_weights: Tensor
    means: Tensor
    log_sds: Tensor

    @property
    def mean(self) -> Tensor:
        """The mean of the mixture, (B, D)."""
        return (self.log_weights.exp()[..., None] * self.means).sum(1)

    def draw(self) -> Tensor:
        """Draw a Gaussian by its weight, and a point from it, (B, D)."""
        gumbel = -(-torch.rand_like(self.log_weights).clamp(1e-20, 1 - 1e-7).log()).log()
        chosen = (self.log_weights + gumbel).argmax(1)[:, None, None]
        chosen = chosen.expand(-1, 1, self.means.shape[2])
        mean, log_sd = (part.gather(1, chosen)[:, 0] for part in (self.means, self.log_sds))
        return mean + log_sd.exp() * torch.randn_like(mean)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p of points (B, D), (B,)."""
        z = (x[:, None] - self.means) * torch.exp(-self.log_sds)
        each = -(z.square() / 2 + self.log_sds + math.log(2 * math.pi) / 2).sum(2)
        return (self.log_weights + each).logsumexp(1)


@dataclass(frozen=True)
class PictureReconstruction(Reconstruction):
    """A chance of white for each pixel, each by itself.

    Attributes:
        logits: (B, C, H, W).
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The chances, (B, C, H, W)."""
        return self.logits.sigmoid()

    def draw(self) -> Tensor:
        """Throw each pixel's coin, (B, C, H, W)."""
        return torch.bernoulli(self.mean)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p of pictures of 0 and 1, (B,)."""
        return -F.binary_cross_entropy_with_logits(
            self.logits, x, reduction="none").flatten(1).sum(1)


class Denoiser(nn.Module, ABC):
    """A net that is shown a corrupted datum and says what it may have been."""

    @abstractmethod
    def forward(self, corrupted: Tensor) -> Reconstruction:
        """Say it of each, (B, *shape)."""


class PointDenoiser(Denoiser):
    """For points: where the datum was, as a mixture of Gaussians.

    Args:
        dim: coordinates of a point.
        hidden, layers: units of each hidden layer, and how many there are.
        components: Gaussians of a reconstruction, K.
    """

    def __init__(self, dim: int, hidden: int = 128, layers: int = 2, components: int = 8) -> None:
        super().__init__()
        self.dim, self.components = dim, components
        self.net = _mlp(dim, hidden, layers, components * (1 + 2 * dim))

    def forward(self, corrupted: Tensor) -> PointReconstruction:
        """Points (B, D) -> what they may have been."""
        said = self.net(corrupted).view(-1, self.components, 1 + 2 * self.dim)
        weights, moved, log_sds = said.split([1, self.dim, self.dim], -1)
        return PointReconstruction(weights[..., 0].log_softmax(1), corrupted[:, None] + moved,
                                   log_sds.clamp(*LOG_SD))


class PictureDenoiser(Denoiser):
    """For black and white pictures: how likely each pixel was white.

    Args:
        shape: of a picture, (C, H, W).
        hidden, layers: as in `PointDenoiser`.
    """

    def __init__(self, shape: tuple[int, ...], hidden: int = 512, layers: int = 2) -> None:
        super().__init__()
        self.shape = shape
        self.net = _mlp(math.prod(shape), hidden, layers, math.prod(shape))

    def forward(self, corrupted: Tensor) -> PictureReconstruction:
        """Pictures (B, C, H, W) -> what they may have been."""
        return PictureReconstruction(self.net(2 * corrupted.flatten(1) - 1).view(-1, *self.shape))


def _mlp(n_in: int, hidden: int, layers: int, n_out: int) -> nn.Sequential:
    sizes = [n_in, *[hidden] * layers]
    inner = [part for a, b in zip(sizes, sizes[1:], strict=False)
             for part in (nn.Linear(a, b), nn.SiLU())]
    return nn.Sequential(*inner, nn.Linear(hidden, n_out))


@dataclass(frozen=True)
class Visited(State):
    """Where chains are after a step.

    Attributes:
        mean: what the net thought of, (n, *shape): of pictures the chances of white.
    """

    mean: Tensor


class GSN(GenerativeModel, HasPath):
    """A chain of corruption and denoising.

    Args:
        shape: of one datum.
        corruption: what is done to it; noise on points and replaced pixels, if not given.
        denoiser: the net that says what it was; one for points or for pictures, if not given.
        walk_back: how many steps of its own chain the net is led away from a datum in training,
            and asked from each what the datum was: "walkback" in the first paper. 0 trains a
            denoising autoencoder.
        n_steps: of the chains that samples come from.
        draws: whether chains go on from a draw of the reconstruction; else from its mean, and
            then they are no chains of p(x): they shrink.
    """

    def __init__(self, shape: tuple[int, ...], *, corruption: Corruption | None = None,
                 denoiser: Denoiser | None = None, walk_back: int = 0, n_steps: int = 100,
                 draws: bool = True) -> None:
        super().__init__(shape)
        is_image = len(shape) > 1
        self.corruption = corruption or (ReplacedPixels(0.3) if is_image else AddedNoise(0.5))
        self.denoiser = denoiser or (PictureDenoiser(shape) if is_image else
                                     PointDenoiser(*shape))
        self.walk_back, self.n_steps, self.draws = walk_back, n_steps, draws

    def loss(self, x: Tensor) -> Losses:
        """Return -log p(x | corrupted x) in nats, the mean over a batch (B, *shape) and its walk.

        `"first"` is that of the first corruption alone, without any walk.
        """
        corrupted, found = self.corruption(x), []
        for step in range(self.walk_back + 1):
            said: Reconstruction = self.denoiser(corrupted)
            found.append(-said.log_prob(x).mean())
            if step < self.walk_back:
                with torch.no_grad():
                    corrupted = self.corruption(said.draw())
        return {"loss": torch.stack(found).mean(), "first": found[0].detach()}

    def step(self, x: Tensor) -> Visited:
        """Go a step of the chain from data (B, *shape)."""
        said: Reconstruction = self.denoiser(self.corruption(x))
        mean = said.mean
        return Visited(said.draw() if self.draws else mean, mean)

    @torch.no_grad()
    def path(self, n: int, start: Tensor | None = None) -> Iterator[Visited]:
        """Walk `n_steps` steps; from where nothing is known if no `start` (n, *shape) is given."""
        if start is None:
            start = self.corruption.noise(n, self.shape).to(device_of(self))
        x = start
        for _step in range(self.n_steps):
            state = self.step(x)
            x = state.x
            yield state

    def sample(self, n: int) -> Tensor:
        """Draw n data, (n, *shape): where chains are after `n_steps` steps."""
        return last(self.path(n))
