"""Denoisers that are pulled somewhere: towards a class, or towards what is known of a datum."""

from collections.abc import Callable

import torch
from torch import Tensor

from model_zoo.denoisers import Denoiser
from model_zoo.diffusion_samplers import Mend
from model_zoo.noise_schedules import Schedule
from model_zoo.ode import along


def guided(told: Denoiser, untold: Denoiser, weight: float, *, low: float = 0.0,
           high: float = 1.0) -> Denoiser:
    """Go beyond what the class says, away from what is said without it.

    J. Ho, T. Salimans, "Classifier-Free Diffusion Guidance", 2022,
    https://arxiv.org/abs/2207.12598. Only within an interval of times: T. Kynkaanniemi et al.,
    "Applying Guidance in a Limited Interval Improves Sample and Distribution Quality in Diffusion
    Models", 2024, https://arxiv.org/abs/2404.07724.

    Args:
        told, untold: with and without the class.
        weight: 0 for `untold`, 1 for `told`, more to go beyond.
        low, high: the times between which it is done; elsewhere `told` answers.
    """
    def denoise(x: Tensor, t: Tensor) -> Tensor:
        here = told(x, t)
        if not low <= t.max().item() <= high:
            return here
        without = untold(x, t)
        return without + weight * (here - without)
    return denoise


def classified(denoise: Denoiser, log_prob: Callable[[Tensor], Tensor], schedule: Schedule,
               scale: float) -> Denoiser:
    """Go where a classifier, or whatever else has a log p(y | x_0), says more of the guess.

    By Tweedie's formula a score moves the guess by sigma^2 / alpha. The slope is taken through
    the denoiser: P. Dhariwal, A. Nichol, 2021, https://arxiv.org/abs/2105.05233; H. Chung et al.,
    "Diffusion Posterior Sampling", 2023, https://arxiv.org/abs/2209.14687.

    Args:
        log_prob: of clean data (B, *shape), (B,).
        scale: how much it counts; 1 for Bayes' rule, were the guess the truth.
    """
    def pulled(x: Tensor, t: Tensor) -> Tensor:
        with torch.enable_grad():
            y = x.detach().requires_grad_()
            guess = denoise(y, t)
            (slope,) = torch.autograd.grad(log_prob(guess).sum(), y)
        share = schedule.sigma(t) ** 2 / schedule.alpha(t)
        return guess.detach() + scale * along(share, x) * slope
    return pulled


def near(known: Tensor, mask: Tensor, schedule: Schedule, scale: float) -> Callable[
        [Denoiser], Denoiser]:
    """Complete a datum by its slope: pull the guess to what is known, |known - guess|.

    Args:
        known: (B, *shape); what is not known may be anything.
        mask: 1 where it is known, of the same shape or one that expands to it.
        scale: of the pull, beside the distance that is left.
    """
    def of(denoise: Denoiser) -> Denoiser:
        def pulled(x: Tensor, t: Tensor) -> Tensor:
            with torch.enable_grad():
                y = x.detach().requires_grad_()
                guess = denoise(y, t)
                left = (mask * (known - guess)).square().flatten(1).sum(1)
                (slope,) = torch.autograd.grad(left.clamp_min(1e-12).sqrt().sum(), y)
            return guess.detach() - scale * along(1 / schedule.alpha(t), x) * slope
        return pulled
    return of


def replaced(known: Tensor, mask: Tensor, schedule: Schedule) -> Mend:
    """Complete a datum by replacement: after each step put what is known, noised alike, back.

    A. Lugmayr et al., "RePaint", 2022, https://arxiv.org/abs/2201.09865, without its repeats.
    """
    def mend(x: Tensor, t: Tensor) -> Tensor:
        if not t.any():
            return torch.where(mask.bool(), known, x)
        noise = along(schedule.sigma(t), x) * torch.randn_like(x)
        return torch.where(mask.bool(), along(schedule.alpha(t), x) * known + noise, x)
    return mend


def noised(x: Tensor, t: float, schedule: Schedule) -> Tensor:
    """Noise data up to a time, from where a walk may begin, as in SDEdit.

    C. Meng et al., "SDEdit", 2022, https://arxiv.org/abs/2108.01073
    """
    at = x.new_full((len(x),), t)
    return along(schedule.alpha(at), x) * x + along(schedule.sigma(at), x) * torch.randn_like(x)
