"""From noise to data, step by step: every sampler walks down the times and asks a denoiser.

DDPM: J. Ho, A. Jain, P. Abbeel, 2020, https://arxiv.org/abs/2006.11239. DDIM: J. Song, C. Meng,
S. Ermon, 2021, https://arxiv.org/abs/2010.02502. Heun and churn: T. Karras et al., 2022,
https://arxiv.org/abs/2206.00364. ODE and corrector: Y. Song et al., 2021,
https://arxiv.org/abs/2011.13456.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor

from model_zoo.base import State
from model_zoo.denoisers import Counted, Denoiser, flow, noise_in
from model_zoo.noise_schedules import Schedule
from model_zoo.ode import Rule, along, dormand_prince, euler

Mend = Callable[[Tensor, Tensor], Tensor]  # (x_t, t (B,)) -> x_t, after each step
MOST_CHURN = math.sqrt(2) - 1


@dataclass(frozen=True)
class Denoised(State):
    """Where the data are at a time.

    Attributes:
        t: the time, from 1 to 0.
        guess: what the denoiser takes the data to be, seen from the time before, (n, *shape).
        evaluations: how often a net was asked up to here.
    """

    t: float
    guess: Tensor
    evaluations: int


def leave(x: Tensor, t: Tensor) -> Tensor:
    """Mend nothing."""
    return x


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """A way from noise to data; what all have in common.

    Attributes:
        steps: how many; the last one goes to the denoiser's guess, where no noise is left.
        mend: what is done to the data after each step, as in-painting does.
    """

    steps: int = 50
    mend: Mend = field(default=leave, repr=False)

    def __call__(self, denoise: Denoiser, schedule: Schedule, x: Tensor,
                 begin: float = 1.0) -> Iterator[Denoised]:
        """Walk from x (n, *shape), noised up to `begin`, to data; the first state is x itself."""
        counted = denoise if isinstance(denoise, Counted) else Counted(denoise)
        times = [*self.times(schedule, begin), None]
        x = self.mend(x, _all(begin, x))
        yield Denoised(x, begin, torch.zeros_like(x), 0)
        for now, after in pairwise(times):
            if after is None:
                guess = counted(x, _all(now, x))
                x = self.mend(guess, torch.zeros(len(x), device=x.device))
            else:
                x, guess = self.step(counted, schedule, x, _all(now, x), _all(after, x))
                x = self.mend(x, _all(after, x))
            yield Denoised(x, after or 0.0, guess, counted.evaluations)

    def times(self, schedule: Schedule, begin: float) -> list[float]:
        """Return where it stops on its way from `begin`; the last step leads on from there."""
        return schedule.grid(self.steps, begin)

    def step(self, denoise: Denoiser, schedule: Schedule, x: Tensor, t: Tensor,
             s: Tensor) -> tuple[Tensor, Tensor]:
        """Go from times t to the smaller ones s; the data there, and the guess."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class DDIM(Sampler):
    """Go where the guess and its noise point, with some of the noise drawn anew.

    Attributes:
        eta: how much: 0 for none, so that the same noise leads to the same data; 1 for DDPM's.
    """

    eta: float = 0.0

    def step(self, denoise: Denoiser, schedule: Schedule, x: Tensor, t: Tensor,
             s: Tensor) -> tuple[Tensor, Tensor]:
        """See `Sampler`."""
        guess = denoise(x, t)
        variance = self.eta**2 * posterior(schedule, t, s)[2]
        kept = (schedule.sigma(s) ** 2 - variance).clamp_min(0).sqrt()
        moved = (along(schedule.alpha(s), x) * guess
                 + along(kept, x) * noise_in(guess, x, t, schedule))
        if self.eta:
            moved = moved + along(variance.sqrt(), x) * torch.randn_like(x)
        return moved, guess


@dataclass(frozen=True, kw_only=True)
class DDPM(Sampler):
    """Draw from q(x_s | x_t, x_0) with the guess for x_0.

    Attributes:
        variance: "beta_tilde", that of q, right if all data were one point; or "beta", right if
            they were a standard Gaussian.
    """

    variance: str = "beta_tilde"

    def step(self, denoise: Denoiser, schedule: Schedule, x: Tensor, t: Tensor,
             s: Tensor) -> tuple[Tensor, Tensor]:
        """See `Sampler`."""
        guess = denoise(x, t)
        of_x, of_guess, tilde, beta = posterior(schedule, t, s)
        variance = {"beta_tilde": tilde, "beta": beta}[self.variance]
        mean = along(of_x, x) * x + along(of_guess, x) * guess
        return mean + along(variance.sqrt(), x) * torch.randn_like(x), guess


@dataclass(frozen=True, kw_only=True)
class Ode(Sampler):
    """Follow the probability-flow ODE in t by a rule of `ode`."""

    rule: Rule = euler

    def step(self, denoise: Denoiser, schedule: Schedule, x: Tensor, t: Tensor,
             s: Tensor) -> tuple[Tensor, Tensor]:
        """See `Sampler`."""
        guesses: list[Tensor] = []

        def told(x: Tensor, t: Tensor) -> Tensor:
            guesses.append(denoise(x, t))
            return guesses[-1]
        return self.rule(flow(told, schedule), t, x, s - t), guesses[0]


@dataclass(frozen=True, kw_only=True)
class Heun(Sampler):
    """Follow the same ODE in sigma / alpha, where its paths are straighter, by Heun's rule.

    The steps are those of EDM: a root of sigma / alpha falls evenly, whatever the schedule.

    Attributes:
        churn: how much noise is added, and taken off again, in all steps together; 0 for none.
        rho: which root.
    """

    churn: float = 0.0
    rho: float = 7.0

    def times(self, schedule: Schedule, begin: float) -> list[float]:
        """See `Sampler`."""
        ends = torch.tensor([begin, schedule.start], dtype=torch.float64)
        high, low = (-schedule.log_snr(ends) / (2 * self.rho)).exp()
        roots = high + (low - high) * torch.linspace(0, 1, self.steps, dtype=torch.float64)
        return [begin, *schedule.time(-2 * self.rho * roots.log()).tolist()[1:]]

    def step(self, denoise: Denoiser, schedule: Schedule, x: Tensor, t: Tensor,
             s: Tensor) -> tuple[Tensor, Tensor]:
        """See `Sampler`."""
        now, after = (schedule.sigma(each) / schedule.alpha(each) for each in (t, s))
        y = x / along(schedule.alpha(t), x)  # data plus noise of this ratio
        if self.churn:
            more = now * (1 + min(self.churn / self.steps, MOST_CHURN))
            more = more.clamp_max((-schedule.log_snr(torch.ones_like(t)) / 2).exp())
            y = y + along((more**2 - now**2).clamp_min(0).sqrt(), y) * torch.randn_like(y)
            t, now = schedule.time(-2 * more.log()), more
        guess = denoise(along(schedule.alpha(t), y) * y, t)
        slope = (y - guess) / along(now, y)
        there = y + along(after - now, y) * slope
        second = denoise(along(schedule.alpha(s), y) * there, s)
        slope = (slope + (there - second) / along(after, y)) / 2
        return along(schedule.alpha(s), y) * (y + along(after - now, y) * slope), guess


@dataclass(frozen=True, kw_only=True)
class Corrected(Sampler):
    """After each step of DDIM some of Langevin's, at the new time: they mend its errors.

    Attributes:
        corrections: how many.
        size: of each, as a share of the noise's variance.
    """

    corrections: int = 1
    size: float = 0.1

    def step(self, denoise: Denoiser, schedule: Schedule, x: Tensor, t: Tensor,
             s: Tensor) -> tuple[Tensor, Tensor]:
        """See `Sampler`."""
        x, guess = DDIM(steps=self.steps).step(denoise, schedule, x, t, s)
        sigma = along(schedule.sigma(s), x)
        for _ in range(self.corrections):
            epsilon = noise_in(denoise(x, s), x, s, schedule)
            shaken = (2 * self.size) ** 0.5 * torch.randn_like(x)
            x = x + sigma * (shaken - self.size * epsilon)
        return x, guess


@dataclass(frozen=True, kw_only=True)
class Adaptive(Sampler):
    """Follow the ODE in steps that are as long as a tolerance allows; `steps` counts for nothing.

    Attributes:
        tolerance: see `dormand_prince`.
    """

    tolerance: float = 1e-3

    def __call__(self, denoise: Denoiser, schedule: Schedule, x: Tensor,
                 begin: float = 1.0) -> Iterator[Denoised]:
        """See `Sampler`. The time is the latest of all points."""
        counted = denoise if isinstance(denoise, Counted) else Counted(denoise)
        guess = torch.zeros_like(x)

        def told(x: Tensor, t: Tensor) -> Tensor:
            nonlocal guess
            guess = counted(x, t)
            return guess
        for state in dormand_prince(flow(told, schedule), x, begin, schedule.start,
                                    self.tolerance):
            x = state.x
            yield Denoised(x, state.t.max().item(), guess, counted.evaluations)
        x = counted(x, _all(schedule.start, x))
        yield Denoised(x, 0.0, x, counted.evaluations)


def posterior(schedule: Schedule, t: Tensor, s: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return q(x_s | x_t, x_0), s < t: what multiplies x_t and x_0, its variance, and beta.

    Beta is the variance of q(x_t | x_s), and all are (B,).
    """
    step = schedule.alpha(t) / schedule.alpha(s)
    var_s, var_t = schedule.sigma(s) ** 2, schedule.sigma(t) ** 2
    beta = -torch.expm1(schedule.log_snr(t) - schedule.log_snr(s)) * var_t
    return step * var_s / var_t, schedule.alpha(s) * beta / var_t, beta * var_s / var_t, beta


def _all(t: float | None, x: Tensor) -> Tensor:
    return x.new_full((len(x),), t or 0.0)
