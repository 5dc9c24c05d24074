"""A deep Boltzmann machine: pixels and two layers of hidden units.

R. Salakhutdinov, G. Hinton, "Deep Boltzmann Machines", 2009,
https://proceedings.mlr.press/v5/salakhutdinov09a.html
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from model_zoo.annealing import Annealing, Joined, estimate
from model_zoo.base import (
    Autoencoder,
    GenerativeModel,
    HasEstimate,
    HasPath,
    Losses,
    Player,
    State,
    device_of,
    last,
)
from model_zoo.enumeration import all_states

SMALL = 0.4  # deviation of the weights at the start, times the root of the units that they leave
RAREST = 0.01  # a pixel that is never white is taken for one that seldom is
ROUNDS = 10  # of mean field
TEMPERATURES = 500


class DBM(GenerativeModel, HasEstimate, HasPath, Autoencoder):
    """p(v, h, u) = exp(v.W h + h.U u + b.v + c.h + d.u) / Z, all of v, h and u either 0 or 1.

    Seen from the middle layer it is a restricted machine: given h, the pixels v and the upper
    units u are independent. So all that sums over states or anneals treats h as the one layer,
    and v and u together as the other. But given a picture h is known no more: h and u depend on
    each other, and their posterior is replaced by one of independent units (mean field).

    Args:
        shape: (C, H, W) of the pictures.
        n_hidden: units of the middle layer, h.
        n_upper: units of the upper layer, u.
        k: Gibbs steps of the persistent chains in each update.
        n_chains: how many there are.
        decay: weight of half the squared weights in the loss.
        n_steps: Gibbs steps from noise to a sample.

    Attributes:
        weights, upper_weights: W, (V, H), and U, (H, K).
        visible, hidden, upper: the biases b, (V,), c, (H,), and d, (K,).
        chains: the middle layer of the persistent chains, (n_chains, H).

    Raises:
        ValueError: the data are no pictures.
    """

    over = "levels"
    chains: Tensor
    base: Tensor

    def __init__(self, shape: tuple[int, ...], n_hidden: int = 12, n_upper: int = 8, *, k: int = 1,
                 n_chains: int = 64, decay: float = 0.0, n_steps: int = 100) -> None:
        super().__init__(shape)
        if len(shape) != 3:
            raise ValueError(f"shape must be (C, H, W), got {shape!r}")
        self.k, self.decay, self.n_steps = k, decay, n_steps
        n_visible = math.prod(shape)
        self.weights = nn.Parameter(SMALL / n_visible**0.5 * torch.randn(n_visible, n_hidden))
        self.upper_weights = nn.Parameter(SMALL / n_hidden**0.5 * torch.randn(n_hidden, n_upper))
        self.visible = nn.Parameter(torch.zeros(n_visible))
        self.hidden = nn.Parameter(torch.zeros(n_hidden))
        self.upper = nn.Parameter(torch.zeros(n_upper))
        self.register_buffer("chains", torch.bernoulli(torch.full((n_chains, n_hidden), 0.5)))
        self.register_buffer("base", torch.zeros(n_visible))

    @torch.no_grad()
    def start_at(self, x: Tensor) -> None:
        """Let the pixels' biases be their log-odds in data (N, *shape), before any training."""
        white = x.flatten(1).mean(0).clamp(RAREST, 1 - RAREST)
        self.base.copy_(white.logit())
        self.visible.copy_(self.base)

    def energy(self, v: Tensor, h: Tensor, u: Tensor) -> Tensor:
        """Return E(v, h, u) in nats, (B,); of means, the mean energy of independent units."""
        return -(((v @ self.weights) * h).sum(1) + ((h @ self.upper_weights) * u).sum(1)
                 + v @ self.visible + h @ self.hidden + u @ self.upper)

    # --- chains

    def ends(self, h: Tensor, temperature: float = 1.0) -> tuple[Tensor, Tensor]:
        """Return p(v = 1 | h), (B, V), and p(u = 1 | h), (B, K), of middle units (B, H)."""
        return (torch.sigmoid((h @ self.weights.T + self.visible) / temperature),
                torch.sigmoid((h @ self.upper_weights + self.upper) / temperature))

    def middle(self, v: Tensor, u: Tensor, temperature: float = 1.0) -> Tensor:
        """Return p(h = 1 | v, u), (B, H)."""
        slope = v @ self.weights + u @ self.upper_weights.T + self.hidden
        return torch.sigmoid(slope / temperature)

    @torch.no_grad()
    def gibbs(self, v: Tensor, temperature: float = 1.0, held: Tensor | None = None,
              ) -> Iterator[tuple[Tensor, Tensor]]:
        """Go on for ever from pixels (B, V) and upper units by the toss of a coin.

        Args:
            v: where the chains start.
            temperature: what the energy is divided by; 1 for the model itself.
            held: which pixels stay as they are, (V,) of 1 and 0; none if not given.

        Yields:
            After each step the pixels, (B, V) of 0 and 1, and their chances of white, (B, V).
        """
        given = v
        u = torch.bernoulli(torch.full((len(v), len(self.upper)), 0.5, device=v.device))
        while True:
            h = torch.bernoulli(self.middle(v, u, temperature))
            chances, upper = self.ends(h, temperature)
            v, u = torch.bernoulli(chances), torch.bernoulli(upper)
            if held is not None:
                v, chances = (torch.where(held > 0, given, each) for each in (v, chances))
            yield v, chances

    def noise(self, n: int) -> Tensor:
        """Return pixels by the toss of a coin, (n, V)."""
        return torch.bernoulli(torch.full((n, len(self.visible)), 0.5, device=device_of(self)))

    def path(self, n: int) -> Iterator[State]:
        """Walk from noise to samples by `n_steps` Gibbs steps, of which each is shown."""
        for _step, (v, _chances) in zip(range(self.n_steps), self.gibbs(self.noise(n)),
                                        strict=False):
            yield State(v.view(n, *self.shape))

    def sample(self, n: int) -> Tensor:
        """Draw n pictures, (n, *shape), of 0 and 1."""
        return last(self.path(n))

    # --- mean field

    @torch.no_grad()
    def mean_field(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """Return the means of independent h, (B, H), and u, (B, K), nearest to p(h, u | v).

        Each layer in turn takes what the means of the other ones say: each round raises the
        bound.
        """
        u = torch.full((len(v), len(self.upper)), 0.5, device=v.device)
        for _round in range(ROUNDS):
            h = self.middle(v, u)
            u = torch.sigmoid(h @ self.upper_weights + self.upper)
        return h, u

    @torch.no_grad()
    def bound(self, x: Tensor, log_z: float) -> Tensor:
        """Return a lower bound of log p(x) in nats, (B,): entropy less energy of the mean field.

        It is a bound if log Z is exact; of an estimate it is an estimate of one.
        """
        v = x.flatten(1)
        h, u = self.mean_field(v)
        return _entropy(h) + _entropy(u) - self.energy(v, h, u) - log_z

    def encode(self, x: Tensor) -> Tensor:
        """Return the means of the middle units, (B, H), of pictures (B, *shape)."""
        return self.mean_field(x.flatten(1))[0]

    def decode(self, z: Tensor) -> Tensor:
        """Return the chances of white, (B, *shape), of middle units (B, H)."""
        return self.ends(z)[0].view(-1, *self.shape)

    # --- learning

    def players(self) -> list[Player]:
        """Return the one player, whose loss need not fall."""
        return [Player("model", list(self.parameters()), self.loss, falls=False)]

    def loss(self, x: Tensor) -> Losses:
        """Return a surrogate: the energy at data, with mean field, less that of fantasies.

        Its slope is that of the bound, if the persistent chains have followed the model. Its
        value says nothing.
        """
        v = x.flatten(1)
        gap = self.energy(v, *self.mean_field(v)).mean() - self.energy(*self.fantasies()).mean()
        decay = self.weights.square().sum() + self.upper_weights.square().sum()
        return {"loss": gap + self.decay / 2 * decay}

    @torch.no_grad()
    def fantasies(self) -> tuple[Tensor, Tensor, Tensor]:
        """Take the persistent chains k steps on; return their v, h and u."""
        h = self.chains
        for _step in range(self.k):
            v, u = (torch.bernoulli(chances) for chances in self.ends(h))
            h = torch.bernoulli(self.middle(v, u))
        self.chains.copy_(h)
        return v, h, u

    @torch.no_grad()
    def wrong_pixels(self, x: Tensor) -> Tensor:
        """Return how many pixels of a copy are otherwise, in the mean, (B,), of (B, *shape)."""
        v = x.flatten(1)
        return (v - self.ends(torch.bernoulli(self.mean_field(v)[0]))[0]).abs().sum(1)

    # --- seen from the middle: exact by enumeration, or annealed

    def _seen_from_the_middle(self) -> Joined:
        """Return the restricted machine of h, whose other layer is v and u together."""
        return Joined(*(each.detach().cpu().double() for each in (
            torch.cat([self.weights.T, self.upper_weights], 1), self.hidden,
            torch.cat([self.visible, self.upper]))))

    @torch.no_grad()
    def summing(self) -> Iterator[Tensor]:
        """Sum over all states of the middle layer, at most 20 units, in float64.

        Yields:
            Parts whose logsumexp is log Z, scalars.
        """
        machine = self._seen_from_the_middle()
        for h in all_states(*machine.weights.shape):
            yield machine.log_sums(h, False).logsumexp(0)

    def log_z(self) -> float:
        """Return log Z in nats, exact; see `summing`."""
        return torch.stack(list(self.summing())).logsumexp(0).item()

    @torch.no_grad()
    def summing_given(self, x: Tensor) -> Iterator[Tensor]:
        """Sum over all states of the middle layer that may go with pictures (B, *shape).

        Yields:
            Parts whose logsumexp is log p(x) + log Z, (B,) float64 on the CPU.
        """
        weights, hidden, visible, upper_weights, upper = (
            each.detach().cpu().double() for each in (
                self.weights, self.hidden, self.visible, self.upper_weights, self.upper))
        v = x.flatten(1).cpu().double()
        for h in all_states(len(hidden), len(v)):
            up = softplus(h @ upper_weights + upper).sum(1, keepdim=True)
            yield v @ visible + (h @ (v @ weights + hidden).T + up).logsumexp(0)

    def exact_log_prob(self, x: Tensor, log_z: float) -> Tensor:
        """Return log p(x) in nats, exact, (B,) float64 on the CPU; see `summing_given`.

        Args:
            x: pictures (B, *shape).
            log_z: the machine's `log_z()`.
        """
        return torch.stack(list(self.summing_given(x))).logsumexp(0) - log_z

    @torch.no_grad()
    def annealing(self, n_chains: int, n_temperatures: int = TEMPERATURES) -> Iterator[Tensor]:
        """Estimate log Z: yield the log weights of the chains, (n_chains,); see `Annealing.up`."""
        machine = self._seen_from_the_middle()
        return Annealing(machine, torch.zeros_like(machine.visible)).up(n_chains, n_temperatures)

    def log_prob_estimate(self, x: Tensor, n_samples: int) -> Tensor:
        """Return the mean field's bound of log p(x) in nats, (B,), with log Z as it is annealed.

        Bounds are too low, and what an annealed log Z makes of them too high in the mean.
        """
        *_, log_weights = self.annealing(n_samples)
        return self.bound(x, estimate(log_weights)[0])


def _entropy(chances: Tensor) -> Tensor:
    """Entropy of independent units with these chances of 1, (B, N) -> (B,) nats."""
    return -(torch.xlogy(chances, chances) + torch.xlogy(1 - chances, 1 - chances)).sum(1)
