"""A VQ-VAE whose words get a prior that is learned after it, place by place.

A. van den Oord, O. Vinyals, K. Kavukcuoglu, "Neural Discrete Representation Learning", 2017,
section 3.3, https://arxiv.org/abs/1711.00937
"""

import torch
from torch import Tensor, nn

from model_zoo.autoregressive import AutoregressiveModel, Layers
from model_zoo.base import Autoencoder, GenerativeModel, Losses, Player, device_of
from model_zoo.coders import doubling
from model_zoo.conditional import check_context
from model_zoo.gated_pixel_cnn import GatedLayer
from model_zoo.likelihoods import Likelihood
from model_zoo.tower import MaskedConv2d, cross_levels
from model_zoo.vq_vae import VQVAE

SMALL = 4  # side of a grid of words at most
SHARP = 10.0


class WordCNN(AutoregressiveModel):
    """A gated PixelCNN over words: their numbers mean nothing, so each has a vector of its own.

    Args:
        shape: (1, H, W), of the grid; its places hold k / (levels - 1) for word k.
        levels: words.
        hidden: features of each stack, and numbers of a word's vector.
        layers: after the first.
        dropout: share of the numbers of words' vectors, and of the last features, that are
            dropped in training.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2, hidden: int = 32,
                 layers: int = 2, dropout: float = 0.0) -> None:
        super().__init__(shape, levels)
        if shape[0] != 1:
            raise ValueError(f"shape must be (1, H, W), got {shape!r}")
        self.vectors = nn.Embedding(levels, hidden)
        self.dropout = nn.Dropout(dropout)
        self.layers: Layers[GatedLayer] = Layers(
            GatedLayer(hidden, hidden, 1, 5 if number == 0 else 3, first=number == 0, n_classes=0)
            for number in range(layers + 1))
        self.last: Layers[MaskedConv2d] = Layers(
            MaskedConv2d(hidden, n_out, (1, 1), 1, sees_itself=True)
            for n_out in (hidden, levels))

    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the logits of all words at all places, (B, 1, H, W, L), in one pass."""
        words = self.dropout(self.vectors(self.to_levels(x)[:, 0]))
        v = h = words.movedim(-1, 1)  # (B, hidden, H, W)
        for layer in self.layers:
            v, h = layer(v, h, context)
        h = self.dropout(h)
        for last in self.last:
            h = last(h.relu())
        return cross_levels(h, self.shape, self.levels)


class WordTable(AutoregressiveModel):
    """Words that know nothing of each other: a table of chances for each place.

    Its entries count ten times in the logits, so that they learn as fast as a net does.

    Args:
        shape: (1, H, W), of the grid.
        levels: words.
    """

    def __init__(self, shape: tuple[int, ...], levels: int = 2) -> None:
        super().__init__(shape, levels)
        self.table = nn.Parameter(torch.zeros(*shape, levels))

    def logits(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the table for each grid, (B, 1, H, W, L)."""
        check_context(context, 0, "classes")
        return SHARP * self.table.expand(len(x), *self.table.shape)


class GridVQVAE(VQVAE):
    """A VQ-VAE whose words lie on a small grid: each says what is at its place.

    Args:
        shape: of one image, (C, H, W).
        latent_dim: numbers in a word.
        n_words: words in the codebook.
        features: maps of its convolutions.
        likelihood: p(x|words), see `VQVAE`.

    Raises:
        ValueError: the data are no images.
    """

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 8, n_words: int = 32,
                 features: int = 24, *, likelihood: Likelihood | None = None) -> None:
        if len(shape) != 3:
            raise ValueError(f"shape must be that of an image, (C, H, W), got {shape!r}")
        sizes = [(shape[1], shape[2])]
        while max(sizes[-1]) > SMALL:
            height, width = sizes[-1]
            sizes.append(((height + 1) // 2, (width + 1) // 2))
        grid = sizes[-1]
        super().__init__(shape, latent_dim, (1,), grid[0] * grid[1], n_words,
                         likelihood=likelihood)
        self.grid = (1, *grid)
        down: list[nn.Module] = [nn.Unflatten(1, shape),
                                 nn.Conv2d(shape[0], features, 3, padding=1), nn.ReLU()]
        for _ in sizes[1:]:
            down += [nn.Conv2d(features, features, 3, stride=2, padding=1), nn.ReLU()]
        self.encoder = nn.Sequential(*down, nn.Conv2d(features, latent_dim, 1), PlacesFirst())
        up: list[nn.Module] = [PlacesLast(latent_dim, grid),
                               nn.Conv2d(latent_dim, features, 3, padding=1), nn.ReLU()]
        for small, large in zip(sizes[:0:-1], sizes[-2::-1], strict=True):
            up += [doubling(features, features, small, large), nn.ReLU()]
        per_pixel = self.likelihood.per_number
        self.decoder = nn.Sequential(
            *up, nn.Conv2d(features, shape[0] * per_pixel, 3, padding=1),
            nn.Unflatten(1, (shape[0], per_pixel)), PixelsFirst())


class PixelsFirst(nn.Module):
    """What is told of pixels (B, C, n, H, W), the numbers of each together, (B, C * H * W * n)."""

    def forward(self, x: Tensor) -> Tensor:
        """Put a pixel's numbers together."""
        return x.movedim(2, -1).flatten(1)


class PlacesFirst(nn.Module):
    """Maps (B, Z, H, W) as the vectors of all places one after the other, (B, H * W * Z)."""

    def forward(self, x: Tensor) -> Tensor:
        """Put the vector of a place together."""
        return x.flatten(2).mT.flatten(1)


class PlacesLast(nn.Module):
    """The other way round.

    Args:
        n: Z, numbers of a vector.
        grid: (H, W).
    """

    def __init__(self, n: int, grid: tuple[int, ...]) -> None:
        super().__init__()
        self.n, self.grid = n, grid

    def forward(self, x: Tensor) -> Tensor:
        """(B, H * W * Z) -> (B, Z, H, W)."""
        return x.unflatten(1, (-1, self.n)).mT.unflatten(2, self.grid)


class WordPrior(GenerativeModel, Autoencoder):
    """A VQ-VAE, and a prior of its words: two players; the second never moves the first.

    The encoder makes one choice, so log p(x) >= log p(x|words) + log p(words), the latter exact.

    Args:
        shape: of one image, (C, H, W).
        latent_dim, n_words: numbers in a word, words in the codebook.
        alone: whether the prior takes each word by itself.
        dropout: of the PixelCNN.
        likelihood: p(x|words), see `VQVAE`.

    Attributes:
        learns: 1 once it is the prior's turn, by `hand_over`; 0 before.
    """

    learns: Tensor

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 8, n_words: int = 32, *,
                 alone: bool = False, dropout: float = 0.0,
                 likelihood: Likelihood | None = None) -> None:
        super().__init__(shape)
        self.vq = GridVQVAE(shape, latent_dim, n_words, likelihood=likelihood)
        self.prior: WordTable | WordCNN = (
            WordTable(self.vq.grid, n_words) if alone else
            WordCNN(self.vq.grid, n_words, dropout=dropout))
        self.register_buffer("learns", torch.zeros(()))

    def players(self) -> list[Player]:
        """Return the VQ-VAE and the prior."""
        return [Player("vae", list(self.vq.parameters()), self.vq.loss),
                Player("prior", list(self.prior.parameters()), self.prior_loss)]

    def loss(self, x: Tensor) -> Losses:
        """Return both losses, and their sum; each moves its own player's weights alone."""
        vq, prior = self.vq.loss(x), self.prior_loss(x)["loss"]
        return vq | {"loss": vq["loss"] + prior, "prior": prior}

    def prior_loss(self, x: Tensor) -> Losses:
        """Return -log p of the words of images, nats per image."""
        return {"loss": -self.prior.log_prob(self.grids(x)).mean()}

    @torch.no_grad()
    def hand_over(self, x: Tensor) -> None:
        """Let the prior begin; how often each word stands where is counted in these data.

        Every word counts as seen once more than it was.
        """
        words = self.vq.words(self.vq.vectors(x))  # (N, S)
        seen = nn.functional.one_hot(words, self.vq.n_words).sum(0) + 1
        self.vq.usage.copy_(seen / (len(x) + self.vq.n_words))
        self.learns.fill_(1.0)

    @torch.no_grad()
    def grids(self, x: Tensor) -> Tensor:
        """Return the words of images as the prior is shown them, (B, 1, H, W) in [0, 1]."""
        words = self.vq.words(self.vq.vectors(x))
        return words.view(-1, *self.vq.grid) / (self.vq.n_words - 1)

    def decode_grids(self, grids: Tensor) -> Tensor:
        """Return the images of words (B, 1, H, W), (B, *shape): the means of p(x|words)."""
        return self.vq.decode(self._code(grids))

    def bound(self, x: Tensor) -> Tensor:
        """Return log p(x|words) + log p(words) in nats, (B,): a lower bound of log p(x)."""
        return self.prior.log_prob(self.grids(x)) - self.vq.elbo_parts(x)[0]

    def encode(self, x: Tensor) -> Tensor:
        """Return the words' vectors, one after the other, (B, S * Z)."""
        return self.vq.encode(x)

    def decode(self, z: Tensor) -> Tensor:
        """Return the mean of p(x|words), (B, *shape)."""
        return self.vq.decode(z)

    def draw_alone(self, n: int) -> Tensor:
        """Draw words place by place, each as often as it was seen there, (n, 1, H, W)."""
        words = torch.multinomial(self.vq.prior(), n, replacement=True).T
        return words.reshape(n, *self.vq.grid) / (self.vq.n_words - 1)

    def sample(self, n: int) -> Tensor:
        """Draw words from the learned prior, then an image, (n, *shape)."""
        noise = torch.rand(n, *self.vq.grid, device=device_of(self))
        *_, state = self.prior.path(n, noise=noise)
        told = self.vq.decoder(self._code(state.x))
        return self.vq.likelihood.draw(told).unflatten(-1, self.shape)

    def _code(self, grids: Tensor) -> Tensor:
        return self.vq.codebook[self.prior.to_levels(grids).flatten(1)].flatten(1)
