"""Generative adversarial networks: a game of two nets, whatever nets they are.

Ian Goodfellow et al., "Generative Adversarial Nets", 2014, https://arxiv.org/abs/1406.2661
"""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from model_zoo.base import Conditional, GenerativeModel, Losses, Player, device_of
from model_zoo.games import GAMES

PRIORS = ("gaussian", "uniform")


class AdversarialModel(Conditional, GenerativeModel):
    """A generator that turns noise into data, and a discriminator that tells them from real data.

    There is no density and no bound: only the discriminator's scores tell the generator where to
    go. The attributes that are numbers may change while it trains.

    Args:
        shape: shape of one datum, (D,) or (C, H, W); pixels lie in [0, 1].
        latent_dim: numbers of noise for one sample.
        game: what the players want, one of `GAMES`.
        prior: of the noise: "gaussian", or "uniform" in [-1, 1].
        pack: data that the discriminator sees at once, all real or all fake (Zinan Lin et al.,
            "PacGAN", 2018, https://arxiv.org/abs/1712.04086).
        n_classes: how many classes both players are told of; 0 for none.

    Attributes:
        generator, discriminator: the two nets; a subclass makes them.
    """

    generator: nn.Module
    discriminator: nn.Module

    def __init__(self, shape: tuple[int, ...], latent_dim: int, *, game: str = "non_saturating",
                 prior: str = "gaussian", pack: int = 1, n_classes: int = 0) -> None:
        super().__init__(shape)
        if game not in GAMES:
            raise ValueError(f"game must be one of {', '.join(GAMES)}, got {game!r}")
        if prior not in PRIORS:
            raise ValueError(f"prior must be one of {', '.join(PRIORS)}, got {prior!r}")
        if pack < 1 or (pack > 1 and n_classes):
            raise ValueError(f"pack must be >= 1, and 1 if there are classes, got {pack!r}")
        self.latent_dim, self.prior, self.pack = latent_dim, prior, pack
        self.n_classes = n_classes
        self.game_name, self.game = game, GAMES[game]
        self.smoothing = 1.0  # target of real data; below 1 it is label smoothing
        self.r1 = 0.0  # weight of the penalty on the slope at real data
        self.gradient_penalty = 0.1  # weight of the penalty of WGAN-GP
        self.clip = 0.1  # largest weight of the critic of a Wasserstein GAN
        self.instance_noise = 0.0  # standard deviation of what is added before D looks

    @abstractmethod
    def decode(self, z: Tensor, context: Tensor | None = None) -> Tensor:
        """Turn noise (B, Z) into samples (B, *shape)."""

    @abstractmethod
    def judge(self, packs: Tensor, context: Tensor | None) -> Tensor:
        """Return a score for each pack, (B, pack * D) or (B, pack * C, H, W) -> (B,)."""

    def players(self) -> list[Player]:
        """Return the discriminator, who moves first, and the generator."""
        return [Player("discriminator", list(self.discriminator.parameters()),
                       self.discriminator_loss),
                Player("generator", list(self.generator.parameters()), self.loss)]

    def draw_noise(self, n: int) -> Tensor:
        """Draw noise, (n, Z)."""
        device = device_of(self)
        if self.prior == "uniform":
            return 2 * torch.rand(n, self.latent_dim, device=device) - 1
        return torch.randn(n, self.latent_dim, device=device)

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw `n` new data, (n, *shape)."""
        return self.decode(self.draw_noise(n), context)

    def score(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the discriminator's score of each pack of data, (B, *shape) -> (B // pack,)."""
        if self.pack == 1:
            return self.judge(x, context)
        n = len(x) // self.pack
        packs = x[: n * self.pack].reshape(n, self.pack * self.shape[0], *self.shape[1:])
        return self.judge(packs, context)

    def score_alone(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the score of each datum, (B,); a discriminator of packs sees it several times."""
        return self.score(x.repeat_interleave(self.pack, 0), context)

    def discriminator_loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return what the discriminator pays for a batch of data and as many samples."""
        if self.game_name == "wasserstein":
            self._clip_weights()
        with torch.no_grad():
            fake = self.sample(len(x), context)
        real = self._blur(x)
        if self.r1:
            real.requires_grad_()
        fake = self._blur(fake)
        score, fake_score = self.score(real, context), self.score(fake, context)
        loss = self.game.real(score, self.smoothing).mean() + self.game.fake(fake_score).mean()
        parts = {"score_real": score.mean(), "score_fake": fake_score.mean()}
        if self.r1:
            parts["r1"] = _slopes(score, real).square().sum(1).mean()
            loss = loss + self.r1 / 2 * parts["r1"]
        if self.game_name == "wgan_gp":
            parts["penalty"] = self._penalty(real.detach(), fake, context)
            loss = loss + self.gradient_penalty * parts["penalty"]
        return {"loss": loss, **parts}

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return what the generator pays for as many samples as there are data."""
        fake = self._blur(self.sample(len(x), context))
        return {"loss": self.game.generator(self.score(fake, context)).mean()}

    def push(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return where the discriminator pushes samples (B, *shape): -dL_G/dx of each one alone.

        The generator moves its samples along these arrows: the discriminator's slope, as the
        generator's loss sees it.
        """
        x = x.detach().requires_grad_()
        with torch.enable_grad():
            paid = self.game.generator(self.score_alone(x, context)).sum()
            return -torch.autograd.grad(paid, x)[0]

    def _blur(self, x: Tensor) -> Tensor:
        """Add instance noise (Casper Kaae Sonderby et al., 2017).

        https://arxiv.org/abs/1610.04490
        """
        if not self.instance_noise:
            return x
        return x + self.instance_noise * torch.randn_like(x)

    def _penalty(self, real: Tensor, fake: Tensor, context: Tensor | None) -> Tensor:
        """The mean of (slope - 1)^2 on the way from data to samples; equation 3 of WGAN-GP."""
        share = torch.rand(len(real), *(1,) * (real.ndim - 1), device=real.device)
        between = (share * real + (1 - share) * fake).requires_grad_()
        return (_slopes(self.score(between, context), between).norm(dim=1) - 1).square().mean()

    @torch.no_grad()
    def _clip_weights(self) -> None:
        for parameter in self.discriminator.parameters():
            parameter.clamp_(-self.clip, self.clip)


def _slopes(score: Tensor, x: Tensor) -> Tensor:
    """The gradient of each pack's score by its data, (B // pack, pack * D)."""
    slopes = torch.autograd.grad(score.sum(), x, create_graph=True)[0]
    per_pack = len(x) // len(score)
    return slopes[: len(score) * per_pack].reshape(len(score), -1)
