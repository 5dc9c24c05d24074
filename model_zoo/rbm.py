"""A restricted Boltzmann machine: binary pixels and binary hidden units, joined by weights.

What all machines of two layers share, chains and how they learn, is in `model_zoo/boltzmann.py`.

G. Hinton, "A Practical Guide to Training Restricted Boltzmann Machines", 2010,
https://www.cs.toronto.edu/~hinton/absps/guideTR.pdf
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from model_zoo.annealing import Annealing, Joined, estimate
from model_zoo.base import HasEstimate, device_of
from model_zoo.boltzmann import Restricted
from model_zoo.enumeration import all_states

TEMPERATURES = 500
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


class RBM(Restricted, HasEstimate):
    """p(v, h) = exp(v.W h + b.v + c.h) / Z, with all v and h either 0 or 1.

    Z sums over all states, so log p(v) = -F(v) - log Z is known where the smaller layer has
    few units, and else is estimated by annealed importance sampling.

    Annealing starts from `base`, the pixels alone.
    """

    over = "levels"
    axes = 3

    @torch.no_grad()
    def start_at(self, x: Tensor) -> None:
        """Let the pixels' biases be their log-odds in data (N, *shape), before any training."""
        white = x.flatten(1).mean(0).clamp(RAREST, 1 - RAREST)
        self.base.copy_(white.logit())
        self.visible.copy_(self.base)

    # --- energies and chances

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """Return E(v, h) in nats, (...), of pixels (..., V) and hidden units (..., H)."""
        return -((v @ self.weights) * h).sum(-1) - v @ self.visible - h @ self.hidden

    def free_energy(self, v: Tensor) -> Tensor:
        """Return F(v) = -log sum_h exp(-E(v, h)) in nats, (B,), of pixels (B, V)."""
        return -v @ self.visible - softplus(v @ self.weights + self.hidden).sum(1)

    def hidden_chances(self, v: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Return p(h = 1 | v), (..., H), of pixels (..., V)."""
        return torch.sigmoid((v @ self.weights + self.hidden) / temperature)

    def visible_means(self, h: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Return p(v = 1 | h), (..., V), of hidden units (..., H)."""
        return torch.sigmoid((h @ self.weights.T + self.visible) / temperature)

    def draw_visible(self, means: Tensor, temperature: float | Tensor = 1.0) -> Tensor:
        """Draw pixels that are white with these chances, (..., V)."""
        return torch.bernoulli(means)

    def noise(self, n: int) -> Tensor:
        """Return pixels by the toss of a coin, (n, V)."""
        return torch.bernoulli(torch.full((n, len(self.visible)), 0.5, device=device_of(self)))

    @torch.no_grad()
    def wrong_pixels(self, x: Tensor) -> Tensor:
        """Return how many pixels of a copy are otherwise, in the mean, (B,), of (B, *shape).

        The copy is one step up to the hidden units, and one down.
        """
        v = x.flatten(1)
        back = self.visible_means(torch.bernoulli(self.hidden_chances(v)))
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

    def _way(self) -> Annealing:
        return Annealing(self._joined(), self.base.cpu().double())

    def _all_states(self) -> Iterator[Tensor]:
        """Yield all states of the smaller layer in float64, (N, n) each."""
        return all_states(*sorted((len(self.hidden), len(self.visible))))

    # --- estimated

    @torch.no_grad()
    def annealing(self, n_chains: int, n_temperatures: int = TEMPERATURES) -> Iterator[Tensor]:
        """Estimate log Z: yield the log weights of the chains, (n_chains,); see `Annealing.up`."""
        return self._way().up(n_chains, n_temperatures)

    @torch.no_grad()
    def annealing_back(self, x: Tensor, n_temperatures: int = TEMPERATURES) -> Iterator[Tensor]:
        """Bound log p of pictures (B, *shape): yield log weights, (B,); see `Annealing.down`."""
        return self._way().down(x.flatten(1).cpu().double(), n_temperatures)

    def log_prob_estimate(self, x: Tensor, n_samples: int) -> Tensor:
        """Return log p(x) in nats, (B,), by log Z as `n_samples` annealed chains estimate it.

        Their log Z is too low in the mean, so this is too high.
        """
        *_, log_weights = self.annealing(n_samples)
        return -self.free_energy(x.flatten(1)) - estimate(log_weights)[0]
