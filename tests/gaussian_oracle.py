"""Gaussian data N(mu, S), of which every ideal net and every map is a formula.

Independent coordinates: S is a variance for each of them, so that everything is done one by one.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from model_zoo.noise_schedules import Schedule


@dataclass(frozen=True)
class Gaussian:
    """N(mean, variance), both (D,) float64."""

    mean: Tensor
    variance: Tensor

    @classmethod
    def of(cls, mean: list[float], variance: list[float]) -> "Gaussian":
        """Make one of plain numbers."""
        return cls(*(torch.tensor(each, dtype=torch.float64) for each in (mean, variance)))

    def log_prob(self, x: Tensor) -> Tensor:
        """log p of x (B, D), (B,)."""
        away = (x - self.mean).square() / self.variance
        return -(away + self.variance.log() + math.log(2 * math.pi)).sum(1) / 2

    def sample(self, n: int) -> Tensor:
        """Draw n points, (n, D) float64."""
        noise = torch.randn(n, len(self.mean), dtype=torch.float64)
        return self.mean + self.variance.sqrt() * noise

    def denoise(self, schedule: Schedule) -> "Denoise":
        """The ideal denoiser of a noise schedule."""
        return Denoise(self, schedule)

    def straight_velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Flow matching along straight paths, noise at t = 0: v*(x, t), x (B, D), t (B,)."""
        t = t[:, None]
        covariance = t * self.variance - (1 - t)
        return self.mean + covariance / ((1 - t) ** 2 + t**2 * self.variance) * (x - t * self.mean)

    def consistency(self, x: Tensor, sigma: Tensor) -> Tensor:
        """Where the ODE leads from x = datum + sigma noise (B, D), sigma (B,)."""
        shrink = (self.variance / (self.variance + sigma[:, None] ** 2)).sqrt()
        return self.mean + shrink * (x - self.mean)

    def carried(self, x: Tensor, t: Tensor, r: Tensor) -> Tensor:
        """Where the straight-path flow carries x (B, D) from times t (B,) to r."""
        now, then = (((1 - each[:, None]) ** 2 + each[:, None] ** 2 * self.variance).sqrt()
                     for each in (t, r))
        return r[:, None] * self.mean + then / now * (x - t[:, None] * self.mean)

    def mean_velocity(self, x: Tensor, r: Tensor, t: Tensor) -> Tensor:
        """The chord of that flow from t back to r: (x - x_r) / (t - r); at r = t it is v*."""
        chord = (x - self.carried(x, t, r)) / (t - r)[:, None]
        return torch.where((t == r)[:, None], self.straight_velocity(x, t), chord)


@dataclass(frozen=True)
class Denoise:
    """E[x_0 | x_t] of Gaussian data."""

    data: Gaussian
    schedule: Schedule

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        """x_t (B, D), t (B,) -> (B, D)."""
        alpha, sigma = self.schedule.alpha(t)[:, None], self.schedule.sigma(t)[:, None]
        pull = alpha * self.data.variance / (alpha**2 * self.data.variance + sigma**2)
        return self.data.mean + pull * (x - alpha * self.data.mean)


def euler_spread(variance: float, n: int) -> float:
    """The sd after n Euler steps of flow matching on one coordinate, from noise of sd 1."""
    sd, h = 1.0, 1 / n
    for i in range(n):
        t = i * h
        sd *= 1 + h * (t * variance - (1 - t)) / ((1 - t) ** 2 + t**2 * variance)
    return abs(sd)
