"""Annealed importance sampling: the log Z of a Boltzmann machine, estimated.

R. Salakhutdinov, I. Murray, "On the Quantitative Analysis of Deep Belief Networks", 2008,
https://www.cs.toronto.edu/~rsalakhu/papers/dbn_ais.pdf
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


def annealed(machine: Joined, base: Tensor, n_chains: int, n_temperatures: int,
             ) -> Iterator[Tensor]:
    """Walk from independent pixels to a machine, and weigh the way.

    Between them lie p_t(v) ~ exp((1 - t) a.v + t b.v) prod_j (1 + exp(t (v.W + c)_j)), for t from
    0 to 1. A chain draws v at t = 0, where all is known; for each t that follows its log weight
    grows by the log of the ratio of both at v, and then it makes a Gibbs step.

    Args:
        base: log-odds of white of the independent pixels, a, (V,).
        n_chains: how many chains.
        n_temperatures: how many t; more bring the estimate nearer.

    Yields:
        After each t the log weights so far, (n_chains,) float64, log Z of the start in them: at
        the end the mean of their exponentials is Z, without bias; see `estimate`.
    """
    weights, visible, hidden = machine
    start = softplus(base).sum() + len(hidden) * math.log(2)
    log_weights = start.repeat(n_chains)
    v = torch.bernoulli(torch.sigmoid(base).repeat(n_chains, 1))  # (N, V)
    times = torch.linspace(0, 1, n_temperatures + 1, dtype=torch.float64).tolist()
    slope = v @ weights + hidden  # (N, H)
    for before, t in zip(times, times[1:], strict=False):
        log_weights = log_weights + (t - before) * (v @ (visible - base)) + (
            softplus(t * slope) - softplus(before * slope)).sum(1)
        yield log_weights
        h = torch.bernoulli(torch.sigmoid(t * slope))
        v = torch.bernoulli(torch.sigmoid((1 - t) * base + t * (h @ weights.T + visible)))
        slope = v @ weights + hidden


def estimate(log_weights: Tensor) -> tuple[float, float]:
    """Return log of the mean weight, (N,) -> nats, and its standard error by the delta method."""
    n = len(log_weights)
    log_mean = log_weights.logsumexp(0) - math.log(n)
    spread = (log_weights - log_mean).exp().std() if n > 1 else torch.tensor(0.0)
    return log_mean.item(), spread.item() / math.sqrt(n)
