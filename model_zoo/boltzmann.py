"""Restricted Boltzmann machines of any kind: chains between two layers, and learning by them.

P. Smolensky, "Information processing in dynamical systems: foundations of harmony theory", 1986
G. Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", 2002,
https://www.cs.toronto.edu/~hinton/absps/nccd.pdf
T. Tieleman, "Training Restricted Boltzmann Machines using Approximations to the Likelihood
Gradient", 2008, https://www.cs.toronto.edu/~tijmen/pcd/pcd.pdf
"""

import math
from abc import abstractmethod
from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor, nn

from model_zoo.base import (
    Autoencoder,
    GenerativeModel,
    HasPath,
    Losses,
    Player,
    State,
    last,
)
from model_zoo.tempering import ladder, swapped

RULES = ("cd", "pcd", "tempered")
SMALL = 0.4  # deviation of the weights at the start, times the root of the visible units


class Restricted(GenerativeModel, HasPath, Autoencoder):
    """Visible units v and hidden ones h, 0 or 1, with p(v, h) = exp(-E(v, h)) / Z.

    No weight joins two units of a layer, so that given one layer the units of the other are
    independent, and all drawn at once.

    Args:
        shape: of a datum.
        n_hidden: how many hidden units.
        rule: where the fantasies of the gradient come from: "cd", each step anew from the data
            (contrastive divergence); "pcd", from chains that go on (persistent); or "tempered",
            from chains that go on at several temperatures and swap places.
        k: Gibbs steps of the fantasies in each update.
        n_chains: how many chains go on, at each temperature.
        n_temperatures: how many temperatures, of tempered ones.
        decay: weight of half the squared weights in the loss.
        n_steps: Gibbs steps from noise to a sample.

    Attributes:
        axes: how many a datum has: 3 of pictures, (C, H, W), 1 of points.
        weights: W, (V, H).
        visible, hidden: the biases b, (V,), and c, (H,).
        base: the biases b of a machine without weights, (V,), fitted to data by `start_at`.
        chains: the visible units of chains that go on, (n_chains, V), or (T, n_chains, V) at the
            inverse temperatures `ladder(T)`.
        swaps: share of the swaps between neighbouring temperatures that were taken in the last
            update, (T - 1,).

    Raises:
        ValueError: there is no such rule, or a datum has another number of axes.
    """

    axes: int
    weights: nn.Parameter
    chains: Tensor
    swaps: Tensor
    base: Tensor

    def __init__(self, shape: tuple[int, ...], n_hidden: int = 16, *, rule: str = "cd", k: int = 1,
                 n_chains: int = 64, n_temperatures: int = 10, decay: float = 0.0,
                 n_steps: int = 100) -> None:
        super().__init__(shape)
        if len(shape) != self.axes:
            raise ValueError(f"shape must have {self.axes} axes, got {shape!r}")
        if rule not in RULES:
            raise ValueError(f"rule must be one of {RULES!r}, got {rule!r}")
        self.rule, self.k, self.decay, self.n_steps = rule, k, decay, n_steps
        n_visible = math.prod(shape)
        scale = SMALL / math.sqrt(n_visible)
        self.weights = nn.Parameter(scale * torch.randn(n_visible, n_hidden))
        self.visible = nn.Parameter(torch.zeros(n_visible))
        self.hidden = nn.Parameter(torch.zeros(n_hidden))
        rungs = n_temperatures if rule == "tempered" else 1
        noise = self.noise(rungs * n_chains).view(rungs, n_chains, n_visible)
        self.register_buffer("chains", noise if rule == "tempered" else noise[0])
        self.register_buffer("base", torch.zeros(n_visible))
        self.register_buffer("swaps", torch.zeros(rungs - 1), persistent=False)

    # --- what a kind of machine is

    @abstractmethod
    def start_at(self, x: Tensor) -> None:
        """Fit the visible units alone to data (N, *shape), before any training."""

    @abstractmethod
    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """Return E(v, h) in nats, (...), of visible units (..., V) and hidden ones (..., H)."""

    @abstractmethod
    def free_energy(self, v: Tensor) -> Tensor:
        """Return F(v) = -log sum_h exp(-E(v, h)) in nats, (B,), of visible units (B, V)."""

    @abstractmethod
    def hidden_chances(self, v: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Return p(h = 1 | v), (..., H), of visible units (..., V)."""

    @abstractmethod
    def visible_means(self, h: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Return the means of v given h, (..., V), of hidden units (..., H)."""

    @abstractmethod
    def draw_visible(self, means: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Draw visible units with these means, (..., V)."""

    @abstractmethod
    def noise(self, n: int) -> Tensor:
        """Return visible units that know nothing, (n, V): where chains start."""

    # --- chains

    @torch.no_grad()
    def gibbs(self, v: Tensor, temperature: float | Tensor = 1.0, held: Tensor | None = None,
              ) -> Iterator[tuple[Tensor, Tensor]]:
        """Go on for ever from visible units (..., V): draw all hidden units, then all visible.

        Args:
            v: where the chains start.
            temperature: what the energy is divided by; 1 for the model itself.
            held: which visible units stay as they are, (V,) of 1 and 0; none if not given.

        Yields:
            After each step the visible units, (..., V), and their means, (..., V).
        """
        given = v
        while True:
            h = torch.bernoulli(self.hidden_chances(v, temperature))
            means = self.visible_means(h, temperature)
            v = self.draw_visible(means, temperature)
            if held is not None:
                v, means = (torch.where(held > 0, given, each) for each in (v, means))
            yield v, means

    @torch.no_grad()
    def tempered(self, v: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Go on for ever with chains at several temperatures that swap places after each step.

        A hot chain gets about and a cold one draws from the model: by swaps what the hot ones
        find comes down to where the temperature is 1.

        Args:
            v: where the chains start, (T, N, V), at the inverse temperatures `ladder(T)`.

        Yields:
            After each step the visible units, (T, N, V), those of the model itself first, and
            which neighbours swapped, (T - 1, N) of 1 and 0.
        """
        inverse = ladder(len(v), v.device)
        temperatures = (1 / inverse).view(-1, 1, 1)
        while True:
            h = torch.bernoulli(self.hidden_chances(v, temperatures))
            v = self.draw_visible(self.visible_means(h, temperatures), temperatures)
            v, taken = swapped(v, self.energy(v, h), inverse)
            yield v, taken

    def after(self, v: Tensor, n: int, temperature: float = 1.0) -> Tensor:
        """Return visible units (B, V) after n Gibbs steps."""
        chains = self.gibbs(v, temperature)
        for _step in range(n):
            v, _means = next(chains)
        return v

    def path(self, n: int) -> Iterator[State]:
        """Walk from noise to samples by `n_steps` Gibbs steps, of which each is shown.

        What is drawn follows the model only as far as so many steps forget the noise.
        """
        for _step, (v, _means) in zip(range(self.n_steps), self.gibbs(self.noise(n)),
                                      strict=False):
            yield State(v.view(n, *self.shape))

    def sample(self, n: int) -> Tensor:
        """Draw n new data, (n, *shape)."""
        return last(self.path(n))

    def encode(self, x: Tensor) -> Tensor:
        """Return the chances of the hidden units, (B, H), of data (B, *shape)."""
        return self.hidden_chances(x.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        """Return the means of data, (B, *shape), of hidden units (B, H)."""
        return self.visible_means(z).view(-1, *self.shape)

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
        """Return data that the model has dreamt up, (M, V), for an update by data (B, V).

        By "pcd" they are the persistent chains, which go on; by "tempered" the coldest of them.
        """
        if self.rule == "cd":
            return self.after(v, self.k)
        if self.rule == "pcd":
            self.chains.copy_(self.after(self.chains, self.k))
            return self.chains.clone()
        steps = list(islice(self.tempered(self.chains), self.k))
        self.chains.copy_(steps[-1][0])
        self.swaps.copy_(torch.cat([taken for _v, taken in steps], 1).mean(1))
        return self.chains[0].clone()
