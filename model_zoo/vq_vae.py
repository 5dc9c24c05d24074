"""VQ-VAE: codes that are words from a learned codebook.

Aaron van den Oord, Oriol Vinyals, Koray Kavukcuoglu, "Neural Discrete Representation Learning",
2017, https://arxiv.org/abs/1711.00937; the codebook follows by moving averages (appendix A.1).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from model_zoo.base import Autoencoder, GenerativeModel, Losses
from model_zoo.coders import coders
from model_zoo.likelihoods import Bernoulli, Gaussian, Likelihood

DECAY = 0.99
DEAD = 0.01
A_TENTH, MOST_BATCHES = 0.1, 100
SMOOTHING = 1e-3


class VQVAE(GenerativeModel, Autoencoder):
    """An encoder that fills a few slots, each with the nearest word of one codebook.

    The gradient jumps from the word to the encoder's vector that chose it. Words follow the
    vectors that choose them by a moving average, also within `loss` while the model is in training
    mode; a word that hardly any vector chooses starts again at a random vector of the batch.

    The prior draws the word of each slot on its own, as often as training has seen it there of
    late: in the last tenth of the batches, 100 at most, for the encoder changes its mind. With it,
    and since the encoder makes one choice only,

        log p(x) >= log p(x|words) + log p(words).

    What the slots know of each other is not learned, so samples are worse than copies.

    Args:
        shape: shape of one datum, (D,) or (C, H, W).
        latent_dim: numbers in a word.
        hidden: width of each hidden layer of the encoder; the decoder mirrors them.
        n_slots: words per datum.
        n_words: words in the codebook.
        commitment: weight of the squared distance between vectors and their words.
        kind: of encoder and decoder, see `coders`.
        likelihood: p(x|z); where not given, Bernoulli for images and Gaussian for vectors.
    """

    codebook: Tensor
    counts: Tensor
    sums: Tensor
    usage: Tensor

    def __init__(self, shape: tuple[int, ...], latent_dim: int = 2,
                 hidden: tuple[int, ...] = (256, 256), n_slots: int = 8, n_words: int = 64, *,
                 commitment: float = 1.0, kind: str = "dense",
                 likelihood: Likelihood | None = None) -> None:
        super().__init__(shape)
        self.latent_dim, self.n_slots, self.n_words = latent_dim, n_slots, n_words
        self.commitment = commitment
        self.likelihood = likelihood or (Bernoulli() if len(shape) == 3 else Gaussian())
        size = n_slots * latent_dim
        self.encoder, self.decoder = coders(shape, size, size, kind=kind, hidden=hidden,
                                            per_pixel=self.likelihood.per_number)
        self.register_buffer("codebook", 0.1 * torch.randn(n_words, latent_dim))
        self.register_buffer("counts", torch.ones(n_words))
        self.register_buffer("sums", self.codebook.clone())
        self.register_buffer("usage", torch.zeros(n_slots, n_words))

    def vectors(self, x: Tensor) -> Tensor:
        """Return what the encoder puts into the slots, (B, S, Z)."""
        vectors: Tensor = self.encoder(x.flatten(1))
        return vectors.unflatten(1, (self.n_slots, self.latent_dim))

    def words(self, vectors: Tensor) -> Tensor:
        """Return the number of the nearest word for each vector, (B, S, Z) -> (B, S)."""
        return torch.cdist(vectors.flatten(0, 1), self.codebook).argmin(-1).view(
            vectors.shape[:2])

    def prior(self) -> Tensor:
        """Return the chance of each word in each slot, (S, W)."""
        seen = self.usage.sum(-1, keepdim=True).clamp_min(SMOOTHING)
        kept = self.usage / seen + SMOOTHING / self.n_words
        return kept / kept.sum(-1, keepdim=True)

    def loss(self, x: Tensor) -> Losses:
        """Return reconstruction and cost of the words in nats, and the commitment."""
        vectors = self.vectors(x)
        words = self.words(vectors)
        chosen = self.codebook[words]
        through = vectors + (chosen - vectors).detach()
        reconstruction = -self.likelihood.log_prob(x.flatten(1), self.decoder(through.flatten(1)))
        commitment = (vectors - chosen).square().sum((1, 2)).mean()
        losses = {"loss": reconstruction.mean() + self.commitment * commitment,
                  "reconstruction": reconstruction.mean(), "commitment": commitment,
                  "kl": self._cost(words).sum(-1).mean()}
        if self.training:
            self._follow(vectors.detach(), words)
        return losses

    def elbo_parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return -log p(x|words), (B,); -log p of each slot's word, (B, S); the code, (B, S Z)."""
        words = self.words(self.vectors(x))
        code = self.codebook[words].flatten(1)
        reconstruction = -self.likelihood.log_prob(x.flatten(1), self.decoder(code))
        return reconstruction, self._cost(words), code

    def encode(self, x: Tensor) -> Tensor:
        """Return the words of all slots one after the other, (B, S * Z)."""
        return self.codebook[self.words(self.vectors(x))].flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        """Return the mean of p(x|z) for codes (B, S * Z), shape (B, *shape)."""
        return self.likelihood.mean(self.decoder(z)).unflatten(-1, self.shape)

    def draw_codes(self, n: int) -> Tensor:
        """Draw each slot's word by its frequency there, (n, S * Z)."""
        words = torch.multinomial(self.prior(), n, replacement=True).T  # (n, S)
        return self.codebook[words].flatten(1)

    def sample(self, n: int) -> Tensor:
        """Draw codes, then data from p(x|z), (n, *shape)."""
        told = self.decoder(self.draw_codes(n))
        return self.likelihood.draw(told).unflatten(-1, self.shape)

    def _cost(self, words: Tensor) -> Tensor:
        return -self.prior().log()[torch.arange(self.n_slots, device=words.device), words]

    @torch.no_grad()
    def _follow(self, vectors: Tensor, words: Tensor) -> None:
        chosen = F.one_hot(words, self.n_words).to(vectors.dtype)  # (B, S, W)
        flat = vectors.flatten(0, 1)  # (B * S, Z)
        self._count(chosen.mean(0))
        self.counts.lerp_(chosen.sum((0, 1)), 1 - DECAY)
        self.sums.lerp_(chosen.flatten(0, 1).T @ flat, 1 - DECAY)
        fair = len(flat) / self.n_words
        dead = self.counts < DEAD * fair
        fresh = flat[torch.randint(len(flat), (self.n_words,), device=flat.device)]
        # Not `sums[dead] = ...`: a GPU would be asked how many there are.
        self.sums.copy_(torch.where(dead[:, None], fresh * fair, self.sums))
        self.counts.masked_fill_(dead, fair)
        self.codebook.copy_(self.sums / self.counts[:, None])

    def _count(self, shares: Tensor) -> None:
        """Count in how often a batch has chosen each word, (S, W); older ones count for less.

        `usage` adds up to how many batches count: a tenth more after each one.
        """
        counted = self.usage.sum(-1, keepdim=True)  # (S, 1)
        count = (counted + A_TENTH).clamp(1, MOST_BATCHES)
        self.usage.mul_((count - 1) / counted.clamp_min(1)).add_(shares)
