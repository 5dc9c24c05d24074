"""Annealed importance sampling, there and back: log Z of a Boltzmann machine, and log p of data.

R. Salakhutdinov, I. Murray, "On the Quantitative Analysis of Deep Belief Networks", 2008,
https://www.cs.toronto.edu/~rsalakhu/papers/dbn_ais.pdf
Y. Burda, R. Grosse, R. Salakhutdinov, "Accurate and Conservative Estimates of MRF Log-likelihood
using Reverse Annealing", 2015, https://arxiv.org/abs/1412.8566
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus


class Joined(NamedTuple):
    """The numbers of a machine in float64 on the CPU, where sums of many terms are safe.

    Attributes:
        weights: (V, H).
        visible, hidden: the biases, (V,) and (H,).
    """

    weights: Tensor
    visible: Tensor
    hidden: Tensor

    def log_sums(self, states: Tensor, hidden: bool) -> Tensor:
        """Return log of the sum of exp(-E) over the states of the other layer, (N,).

        Args:
            states: of the hidden units, (N, H), or of the pixels, (N, V).
            hidden: of which.
        """
        own, other = (self.hidden, self.visible) if hidden else (self.visible, self.hidden)
        weights = self.weights.T if hidden else self.weights
        return states @ own + softplus(states @ weights + other).sum(1)


class Annealing(NamedTuple):
    """The way from independent pixels to a machine, by distributions p_t with t from 0 to 1.

    p_t(v) ~ f_t(v) = exp((1 - t) a.v + t b.v) prod_j (1 + exp(t (v.W + c)_j)).

    Attributes:
        machine: where it ends, at t = 1.
        base: log-odds of white of the independent pixels, a, (V,), at t = 0.
    """

    machine: Joined
    base: Tensor

    @property
    def start(self) -> Tensor:
        """log Z of the independent pixels, a scalar: the log of the sum of all f_0."""
        return softplus(self.base).sum() + len(self.machine.hidden) * math.log(2)

    def slopes(self, v: Tensor) -> Tensor:
        """Return what the hidden units feel, v.W + c, (N, H), of pixels (N, V)."""
        return v @ self.machine.weights + self.machine.hidden

    def log_f(self, v: Tensor, slopes: Tensor, t: float) -> Tensor:
        """Return log f_t(v), (N,), of pixels (N, V) and their `slopes`."""
        return v @ ((1 - t) * self.base + t * self.machine.visible) + softplus(t * slopes).sum(1)

    def step(self, slopes: Tensor, t: float) -> Tensor:
        """Return pixels after a Gibbs step that keeps p_t; backwards it is the same step."""
        h = torch.bernoulli(torch.sigmoid(t * slopes))
        up = h @ self.machine.weights.T + self.machine.visible
        return torch.bernoulli(torch.sigmoid((1 - t) * self.base + t * up))

    def up(self, n_chains: int, n_temperatures: int) -> Iterator[Tensor]:
        """Estimate log Z by annealed importance sampling: walk to the machine, and weigh the way.

        A chain draws v at t = 0, where all is known; for each t that follows its log weight grows
        by the log of the ratio of both f at v, and then it makes a Gibbs step.

        Args:
            n_chains: how many chains.
            n_temperatures: how many t; more bring the estimate nearer.

        Yields:
            After each t the log weights so far, (n_chains,) float64, log Z of the start in them:
            at the end the mean of their exponentials is Z, without bias; see `estimate`.
        """
        log_weights = self.start.repeat(n_chains)
        v = torch.bernoulli(torch.sigmoid(self.base).repeat(n_chains, 1))  # (N, V)
        times = torch.linspace(0, 1, n_temperatures + 1, dtype=torch.float64).tolist()
        for before, t in zip(times, times[1:], strict=False):
            slopes = self.slopes(v)
            log_weights = log_weights + self.log_f(v, slopes, t) - self.log_f(v, slopes, before)
            yield log_weights
            v = self.step(slopes, t)

    def down(self, v: Tensor, n_temperatures: int) -> Iterator[Tensor]:
        """Bound log p by the reverse AIS estimator (RAISE): walk from data to independent pixels.

        Let chains draw pixels at t = 0, and make a Gibbs step at each t that follows. Where they
        end is a model of its own, which nears the machine's p with more t. A chain that goes back
        from v has been on one of its ways to v, and weighs how likely that way is: the mean of
        the weights is that model's p(v), without bias, so that the mean of their logarithms is a
        lower bound of its log p(v).

        Args:
            v: pixels, (N, V) float64, of 0 and 1.
            n_temperatures: how many t.

        Yields:
            After each t, from 1 down, the log weights so far, (N,) float64: at the end the bound.
        """
        log_weights, slopes = -self.start.repeat(len(v)), self.slopes(v)
        times = torch.linspace(0, 1, n_temperatures + 1, dtype=torch.float64).tolist()
        for t in reversed(times[1:]):
            log_weights = log_weights + self.log_f(v, slopes, t)
            v = self.step(slopes, t)
            slopes = self.slopes(v)
            log_weights = log_weights - self.log_f(v, slopes, t)
            yield log_weights + self.log_f(v, slopes, 0.0)


def estimate(log_weights: Tensor) -> tuple[float, float]:
    """Return log of the mean weight, (N,) -> nats, and its standard error by the delta method."""
    n = len(log_weights)
    log_mean = log_weights.logsumexp(0) - math.log(n)
    spread = (log_weights - log_mean).exp().std() if n > 1 else torch.tensor(0.0)
    return log_mean.item(), spread.item() / math.sqrt(n)
