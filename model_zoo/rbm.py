"""A restricted Boltzmann machine: binary pixels and binary hidden units, joined by weights.

P. Smolensky, "Information processing in dynamical systems: foundations of harmony theory", 1986
G. Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", 2002,
https://www.cs.toronto.edu/~hinton/absps/nccd.pdf
T. Tieleman, "Training Restricted Boltzmann Machines using Approximations to the Likelihood
Gradient", 2008, https://www.cs.toronto.edu/~tijmen/pcd/pcd.pdf
"""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from model_zoo.annealing import Joined, annealed, estimate
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

RULES = ("cd", "pcd")
MOST_ENUMERATED = 20
NUMBERS_AT_ONCE = 2**20
TEMPERATURES = 500
SMALL = 0.1  # deviation of the weights at the start
RAREST = 0.01  # a pixel that is never white is taken for one that seldom is


class Moments(NamedTuple):
    """Means that the gradient is made of: its slopes of log p are those of data less the model's.

    Attributes:
        vh: of each pixel times each hidden unit, (V, H).
        v: of the pixels, (V,).
        h: of the hidden units, (H,).
    """

    vh: Tensor
    v: Tensor
    h: Tensor


def total(parts: Iterable[Moments]) -> Moments:
    """Return the sum of some parts, one or more."""
    vh, v, h = (torch.stack(each).sum(0) for each in zip(*parts, strict=True))
    return Moments(vh, v, h)


class RBM(GenerativeModel, HasEstimate, HasPath, Autoencoder):
    """p(v, h) = exp(v.W h + b.v + c.h) / Z, with all v and h either 0 or 1.

    Given the pixels, hidden units are independent, and the other way round: both are drawn at
    once. Z sums over all states, so log p(v) = -F(v) - log Z is known where the smaller layer has
    few units, and else is estimated by annealed importance sampling.

    Args:
        shape: (C, H, W) of the pictures.
        n_hidden: how many hidden units.
        rule: where the fantasies of the gradient come from: "cd", each step anew from the data
            (contrastive divergence), or "pcd", from chains that go on (persistent).
        k: Gibbs steps of the fantasies in each update.
        n_chains: how many persistent chains.
        decay: weight of half the squared weights in the loss.
        n_steps: Gibbs steps from noise to a sample.

    Attributes:
        weights: W, (V, H).
        visible, hidden: the biases b, (V,), and c, (H,).
        chains: the pixels of the persistent chains, (n_chains, V).
        base: log-odds of white of each pixel alone, (V,): where annealing starts.

    Raises:
        ValueError: the data are no pictures, or there is no such rule.
    """

    over = "levels"
    weights: nn.Parameter
    chains: Tensor
    base: Tensor

    def __init__(self, shape: tuple[int, ...], n_hidden: int = 16, *, rule: str = "cd",
                 k: int = 1, n_chains: int = 64, decay: float = 0.0, n_steps: int = 100) -> None:
        super().__init__(shape)
        if len(shape) != 3:
            raise ValueError(f"shape must be (C, H, W), got {shape!r}")
        if rule not in RULES:
            raise ValueError(f"rule must be one of {RULES!r}, got {rule!r}")
        self.rule, self.k, self.decay, self.n_steps = rule, k, decay, n_steps
        n_visible = math.prod(shape)
        self.weights = nn.Parameter(SMALL * torch.randn(n_visible, n_hidden))
        self.visible = nn.Parameter(torch.zeros(n_visible))
        self.hidden = nn.Parameter(torch.zeros(n_hidden))
        self.register_buffer("chains", torch.bernoulli(torch.full((n_chains, n_visible), 0.5)))
        self.register_buffer("base", torch.zeros(n_visible))

    @torch.no_grad()
    def start_at(self, x: Tensor) -> None:
        """Let the pixels' biases be their log-odds in data (N, *shape), before any training."""
        white = x.flatten(1).mean(0).clamp(RAREST, 1 - RAREST)
        self.base.copy_(white.logit())
        self.visible.copy_(self.base)

    # --- energies and chances

    def free_energy(self, v: Tensor) -> Tensor:
        """Return F(v) = -log sum_h exp(-E(v, h)) in nats, (B,), of pixels (B, V)."""
        return -v @ self.visible - softplus(v @ self.weights + self.hidden).sum(1)

    def hidden_chances(self, v: Tensor, temperature: float = 1.0) -> Tensor:
        """Return p(h = 1 | v), (B, H), of pixels (B, V)."""
        return torch.sigmoid((v @ self.weights + self.hidden) / temperature)

    def visible_chances(self, h: Tensor, temperature: float = 1.0) -> Tensor:
        """Return p(v = 1 | h), (B, V), of hidden units (B, H)."""
        return torch.sigmoid((h @ self.weights.T + self.visible) / temperature)

    # --- chains

    @torch.no_grad()
    def gibbs(self, v: Tensor, temperature: float = 1.0, held: Tensor | None = None,
              ) -> Iterator[tuple[Tensor, Tensor]]:
        """Go on for ever from pixels (B, V): draw all hidden units, then all pixels, and so on.

        Args:
            v: where the chains start.
            temperature: what the energy is divided by; 1 for the model itself.
            held: which pixels stay as they are, (V,) of 1 and 0; none if not given.

        Yields:
            After each step the pixels, (B, V) of 0 and 1, and their chances of white, (B, V).
        """
        given = v
        while True:
            h = torch.bernoulli(self.hidden_chances(v, temperature))
            chances = self.visible_chances(h, temperature)
            v = torch.bernoulli(chances)
            if held is not None:
                v, chances = (torch.where(held > 0, given, each) for each in (v, chances))
            yield v, chances

    def after(self, v: Tensor, n: int, temperature: float = 1.0) -> Tensor:
        """Return pixels (B, V) after n Gibbs steps."""
        chains = self.gibbs(v, temperature)
        for _step in range(n):
            v, _chances = next(chains)
        return v

    def noise(self, n: int) -> Tensor:
        """Return pixels by the toss of a coin, (n, V)."""
        return torch.bernoulli(torch.full((n, len(self.visible)), 0.5, device=device_of(self)))

    def path(self, n: int) -> Iterator[State]:
        """Walk from noise to samples by `n_steps` Gibbs steps, of which each is shown.

        What is drawn follows the model only as far as so many steps forget the noise.
        """
        for _step, (v, _chances) in zip(range(self.n_steps), self.gibbs(self.noise(n)),
                                        strict=False):
            yield State(v.view(n, *self.shape))

    def sample(self, n: int) -> Tensor:
        """Draw n pictures, (n, *shape), of 0 and 1."""
        return last(self.path(n))

    def encode(self, x: Tensor) -> Tensor:
        """Return the chances of the hidden units, (B, H), of pictures (B, *shape)."""
        return self.hidden_chances(x.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        """Return the chances of white, (B, *shape), of hidden units (B, H)."""
        return self.visible_chances(z).view(-1, *self.shape)

    # --- learning

    def players(self) -> list[Player]:
        """Return the one player, whose loss need not fall."""
        return [Player("model", list(self.parameters()), self.loss, falls=False)]

    def loss(self, x: Tensor) -> Losses:
        """Return a surrogate whose gradient is that of contrastive divergence.

        It is the free energy of data less that of fantasies, which are held fixed: the slope of
        -log p at the data, with the model's mean taken over the fantasies. Its value says
        nothing.
        """
        v = x.flatten(1)
        gap = self.free_energy(v).mean() - self.free_energy(self.fantasies(v)).mean()
        return {"loss": gap + self.decay / 2 * self.weights.square().sum()}

    @torch.no_grad()
    def fantasies(self, v: Tensor) -> Tensor:
        """Return pixels that the model has dreamt up, (M, V), for an update by data (B, V).

        By "pcd" they are the persistent chains, which go on.
        """
        if self.rule == "cd":
            return self.after(v, self.k)
        self.chains.copy_(self.after(self.chains, self.k))
        return self.chains.clone()

    @torch.no_grad()
    def wrong_pixels(self, x: Tensor) -> Tensor:
        """Return how many pixels of a copy are otherwise, in the mean, (B,), of (B, *shape).

        The copy is one step up to the hidden units, and one down.
        """
        v = x.flatten(1)
        back = self.visible_chances(torch.bernoulli(self.hidden_chances(v)))
        return (v - back).abs().sum(1)

    @torch.no_grad()
    def moments(self, v: Tensor) -> Moments:
        """Return the means over pixels (B, V), and hidden units by their chances."""
        h = self.hidden_chances(v)
        return Moments(v.T @ h / len(v), v.mean(0), h.mean(0))

    # --- exact, by enumeration

    @torch.no_grad()
    def summing(self) -> Iterator[Tensor]:
        """Sum over all states of the smaller layer, in float64.

        Yields:
            Parts whose logsumexp is log Z, scalars.

        Raises:
            ValueError: it has more than 20 units.
        """
        joined = self._joined()
        for states in self._all_states():
            yield joined.log_sums(states, self._fewer_are_hidden).logsumexp(0)

    def log_z(self) -> float:
        """Return log Z in nats, exact; see `summing`."""
        return torch.stack(list(self.summing())).logsumexp(0).item()

    @torch.no_grad()
    def exact_log_prob(self, x: Tensor, log_z: float) -> Tensor:
        """Return log p(x) in nats, exact, (B,) float64 on the CPU.

        Args:
            x: pictures (B, *shape).
            log_z: the machine's `log_z()`.
        """
        return self._joined().log_sums(x.flatten(1).cpu().double(), False) - log_z

    @torch.no_grad()
    def averaging(self, log_z: float) -> Iterator[Moments]:
        """Sum over the same states: yield parts whose sum is the model's own means, exact.

        Args:
            log_z: the machine's `log_z()`.
        """
        joined = self._joined()
        for states in self._all_states():
            chances = (joined.log_sums(states, self._fewer_are_hidden) - log_z).exp()  # (N,)
            if self._fewer_are_hidden:
                h, v = states, torch.sigmoid(states @ joined.weights.T + joined.visible)
            else:
                v, h = states, torch.sigmoid(states @ joined.weights + joined.hidden)
            yield Moments((v * chances[:, None]).T @ h, chances @ v, chances @ h)

    def exact_moments(self) -> Moments:
        """Return the model's own means, exact, float64 on the CPU; see `averaging`."""
        return total(self.averaging(self.log_z()))

    @property
    def _fewer_are_hidden(self) -> bool:
        return len(self.hidden) <= len(self.visible)

    def _joined(self) -> Joined:
        return Joined(*(each.detach().cpu().double()
                        for each in (self.weights, self.visible, self.hidden)))

    def _all_states(self) -> Iterator[Tensor]:
        """Yield all states of the smaller layer in float64, (N, n) each."""
        n, width = sorted((len(self.hidden), len(self.visible)))
        if n > MOST_ENUMERATED:
            raise ValueError(f"the smaller layer must have at most {MOST_ENUMERATED} units to sum "
                             f"over all of its states, got {n}")
        places = torch.arange(n)
        for numbers in torch.arange(2**n).split(max(1, NUMBERS_AT_ONCE // width)):
            yield (numbers[:, None] >> places & 1).double()

    # --- estimated

    @torch.no_grad()
    def annealing(self, n_chains: int, n_temperatures: int = TEMPERATURES) -> Iterator[Tensor]:
        """Estimate log Z: yield the log weights of the chains, (n_chains,), see `annealed`."""
        return annealed(self._joined(), self.base.cpu().double(), n_chains, n_temperatures)

    def log_prob_estimate(self, x: Tensor, n_samples: int) -> Tensor:
        """Return log p(x) in nats, (B,), by log Z as `n_samples` annealed chains estimate it.

        Their log Z is too low in the mean, so this is too high.
        """
        *_, log_weights = self.annealing(n_samples)
        return -self.free_energy(x.flatten(1)) - estimate(log_weights)[0]
