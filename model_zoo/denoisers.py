"""Denoisers: what was the datum, given one with noise? All of diffusion is made of the answer.

A denoiser maps x_t and t to E[x_0 | x_t]. That is as good as the noise or the score
(M. C. K. Tweedie's formula): x_t = alpha x_0 + sigma epsilon, score = -epsilon / sigma.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from model_zoo.noise_schedules import Schedule
from model_zoo.ode import Field, along

Denoiser = Callable[[Tensor, Tensor], Tensor]  # (x_t (B, ...), t (B,)) -> x_0 (B, ...)


def noise_in(denoised: Tensor, x: Tensor, t: Tensor, schedule: Schedule) -> Tensor:
    """Return the epsilon that goes with a denoised x_0, (B, ...)."""
    return (x - along(schedule.alpha(t), x) * denoised) / along(schedule.sigma(t), x)


def score(denoise: Denoiser, schedule: Schedule) -> Denoiser:
    """Return the slope of log p_t(x) by x, as a function of x and t."""
    def slope(x: Tensor, t: Tensor) -> Tensor:
        return -noise_in(denoise(x, t), x, t, schedule) / along(schedule.sigma(t), x)
    return slope


def flow(denoise: Denoiser, schedule: Schedule) -> Field:
    """Return the field whose ODE has the marginals of the noised data: where x_t is going.

    Y. Song, J. Sohl-Dickstein, D. P. Kingma, A. Kumar, S. Ermon, B. Poole, "Score-Based
    Generative Modeling through Stochastic Differential Equations", 2021, section 4.3,
    https://arxiv.org/abs/2011.13456
    """
    def field(t: Tensor, x: Tensor) -> Tensor:
        clean = denoise(x, t)
        return (along(schedule.alpha_slope(t), x) * clean
                + along(schedule.sigma_slope(t), x) * noise_in(clean, x, t, schedule))
    return field


class Ideal:
    """The denoiser of data that are drawn around known points, exactly.

    With no spread these are the training set itself: the answer is their mean, weighted by a
    softmax, and can do nothing but give back what it was trained on.

    Args:
        points: (K, *shape).
        schedule: of the noise.
        spread: standard deviation of the data around each of them; 0 for the points alone.
    """

    def __init__(self, points: Tensor, schedule: Schedule, spread: float = 0.0) -> None:
        self.points, self.schedule, self.spread = points, schedule, spread

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        """x_t (B, *shape), t (B,) -> E[x_0 | x_t]."""
        weights = self.weights(x, t)
        centers = self.points.flatten(1)
        mean = (weights @ centers).view_as(x)
        if not self.spread:
            return mean
        alpha, sigma = (along(part(t), x) for part in (self.schedule.alpha, self.schedule.sigma))
        pull = alpha * self.spread**2 / ((alpha * self.spread) ** 2 + sigma**2)
        return mean + pull * (x - alpha * mean)

    def weights(self, x: Tensor, t: Tensor) -> Tensor:
        """Return how likely each of the points is behind x_t, (B, K)."""
        alpha, sigma = self.schedule.alpha(t)[:, None], self.schedule.sigma(t)[:, None]
        variance = (alpha * self.spread) ** 2 + sigma**2
        centers, flat = self.points.flatten(1), x.flatten(1)
        away = (-2 * alpha * flat @ centers.T + alpha**2 * centers.square().sum(1))
        return (-away / (2 * variance)).softmax(1)


class Counted:
    """A denoiser that counts how often a net was asked.

    Attributes:
        evaluations: up to now.
    """

    def __init__(self, denoise: Denoiser, each: int = 1) -> None:
        self.denoise, self.each, self.evaluations = denoise, each, 0

    def __call__(self, x: Tensor, t: Tensor) -> Tensor:
        """Denoise."""
        self.evaluations += self.each
        return self.denoise(x, t)


def clipped(denoise: Denoiser, low: float, high: float) -> Denoiser:
    """Return the denoiser with its answer kept within what a datum can be.

    The noise has to be found anew from what was clipped; all samplers here do.
    """
    return lambda x, t: denoise(x, t).clamp(low, high)


def without_gradients(denoise: Denoiser) -> Denoiser:
    """Return the denoiser for drawing alone."""
    return torch.no_grad()(denoise)
