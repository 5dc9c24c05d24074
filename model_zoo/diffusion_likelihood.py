"""What a denoiser says of log p(x): by its ODE, and by a bound that is a sum over the steps.

ODE: Y. Song et al., 2021, section 4.3, https://arxiv.org/abs/2011.13456
Bound: D. P. Kingma, T. Salimans, B. Poole, J. Ho, "Variational Diffusion Models", 2021,
https://arxiv.org/abs/2107.00630
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from model_zoo.denoisers import Denoiser, flow, noise_in
from model_zoo.divergence import estimate, exact, with_volume
from model_zoo.noise_schedules import Schedule
from model_zoo.ode import OdeState, along, dormand_prince

LOG_TAU = math.log(2 * math.pi)


@dataclass(frozen=True)
class Rated(OdeState):
    """Where the points are on their way to noise.

    Attributes:
        log_prob: of the points at `start`, if they have arrived here, nats, (B,).
    """

    log_prob: Tensor


def log_prob_steps(denoise: Denoiser, schedule: Schedule, x: Tensor, *,
                   probe: Tensor | None = None, tolerance: float = 1e-4,
                   start: float | None = None) -> Iterator[Rated]:
    """Follow data to noise; the density changes by the divergence of the field.

    Args:
        x: data with as little noise as there is at `start`, (B, *shape).
        probe: noise of the shape of x for an estimate of the divergence; None for the exact one.
        tolerance: of the solver.
        start: the time at which x are; the schedule's smallest one if it is None.

    Yields:
        A state after each step; the log p of the last one counts.
    """
    field = flow(denoise, schedule)
    slope = exact(field) if probe is None else estimate(field, probe)
    whole = torch.cat([x.flatten(1), x.new_zeros(len(x), 1)], 1)
    begin = schedule.start if start is None else start
    width = schedule.scale(torch.ones(()))
    for state in dormand_prince(with_volume(slope, x.shape[1:]), whole, begin, 1.0, tolerance):
        end = state.x[:, :-1]
        base = -(end / width).square().sum(1) / 2 - end.shape[1] * (LOG_TAU / 2 + width.log())
        yield Rated(end.view_as(x), state.t, state.evaluations, base + state.x[:, -1])


@torch.no_grad()
def chain_parts(denoise: Denoiser, schedule: Schedule, x: Tensor, n_steps: int,
                levels: Tensor | None = None) -> list[Tensor]:
    """Return the parts of an upper bound of -log p(x), that of a chain of steps; nats, (B,) each.

    At its end the chain pays for what is left of x; at each step for the noise that it guesses
    wrong, 1/2 (SNR_s / SNR_t - 1) |epsilon - guess|^2; and at its start for x itself, given x
    with the least noise. The noise is drawn once for each datum and step: an unbiased estimate.

    Args:
        x: data (B, *shape).
        n_steps: even in log SNR; more of them make the bound tighter.
        levels: what values x can have, (L,); None for real numbers.

    Returns:
        The end's, then each step's from t = 1 down, then the start's: n_steps + 2 parts.
    """
    one = torch.ones(len(x), device=x.device, dtype=x.dtype)
    low, high = schedule.log_snr(one[0]), schedule.log_snr(schedule.start * one[0])
    gain = torch.expm1((high - low) / n_steps) / 2
    ways = [gain * wrong_noise(denoise, schedule, x, low + k / n_steps * (high - low) * one)
            for k in range(n_steps)]
    return [end_cost(schedule, x), *ways, start_cost(schedule, x, schedule.start, levels)]


@torch.no_grad()
def bound_parts(denoise: Denoiser, schedule: Schedule, x: Tensor, n_parts: int, *,
                levels: Tensor | None = None, start: float | None = None) -> Iterator[Tensor]:
    """Yield the same for a chain of endlessly many steps, the tightest one.

    The sum over the steps becomes an integral of 1/2 |epsilon - guess|^2 over log SNR. Within
    each part of the way the place and the noise are drawn once for each datum.

    Args:
        x: data (B, *shape).
        n_parts: into how many parts the way is cut, even in log SNR.
        levels: what values x can have, (L,); None for real numbers.
        start: the smallest time; the schedule's own if it is None.

    Yields:
        The end's, then those of the way from t = 1 down, then the start's: n_parts + 2 of them.
    """
    one = torch.ones(len(x), device=x.device, dtype=x.dtype)
    begin = schedule.start if start is None else start
    low, high = schedule.log_snr(one[0]), schedule.log_snr(begin * one[0])
    width = (high - low) / n_parts
    yield end_cost(schedule, x)
    for k in range(n_parts):
        place = low + (k + torch.rand_like(one)) * width
        yield width / 2 * wrong_noise(denoise, schedule, x, place)
    yield start_cost(schedule, x, begin, levels)


def wrong_noise(denoise: Denoiser, schedule: Schedule, x: Tensor, log_snr: Tensor) -> Tensor:
    """Return |epsilon - guess|^2 of data at noise levels (B,), with noise drawn anew, (B,)."""
    t, noise = schedule.time(log_snr), torch.randn_like(x)
    noisy = along(schedule.alpha(t), x) * x + along(schedule.sigma(t), x) * noise
    guess = noise_in(denoise(noisy, t), noisy, t, schedule)
    return (noise - guess).square().flatten(1).sum(1)


def end_cost(schedule: Schedule, x: Tensor) -> Tensor:
    """Return KL(q(x_1 | x_0) || p(x_1)) in nats, (B,): what is left of x at the end."""
    share = schedule.share(torch.ones(len(x), device=x.device, dtype=x.dtype))
    spread = 1 - share
    left = share * x.square().flatten(1).sum(1)
    return (left + x[0].numel() * (spread - 1 - spread.log())) / 2


def start_cost(schedule: Schedule, x: Tensor, start: float, levels: Tensor | None) -> Tensor:
    """Return -log p(x_0 | x_start) in nats, (B,): a density, or a probability of levels."""
    one = torch.ones(len(x), device=x.device, dtype=x.dtype)
    ratio = (-schedule.log_snr(start * one) / 2).exp()  # of noise to signal
    noise = torch.randn_like(x)
    if levels is None:
        entropy = x[0].numel() * (LOG_TAU / 2 + ratio.log())
        return noise.square().flatten(1).sum(1) / 2 + entropy
    seen = (x + along(ratio, x) * noise)[..., None]
    said = (-((seen - levels) / along(ratio, seen)).square() / 2).log_softmax(-1)
    place = (x[..., None] - levels).abs().argmin(-1, keepdim=True)
    return -said.gather(-1, place).flatten(1).sum(1)
