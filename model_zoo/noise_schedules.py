"""How much noise there is at each time: x_t = alpha_t x_0 + sigma_t epsilon, with t from 0 to 1.

Every schedule is one curve, the logarithm of the ratio of signal to noise,
lambda_t = log(alpha_t^2 / sigma_t^2), and a scale. D. P. Kingma, T. Salimans, B. Poole, J. Ho,
"Variational Diffusion Models", 2021, https://arxiv.org/abs/2107.00630
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

MOST_LEFT = 1e-3  # of the signal's variance, where nothing of it must be left


class Schedule(ABC):
    """A curve lambda_t that falls from t = `start`, hardly any noise, to t = 1, hardly anything
    else.

    Attributes:
        start: the smallest time; at 0 some curves are infinite.
    """

    start = 0.0

    @abstractmethod
    def log_snr(self, t: Tensor) -> Tensor:
        """Return lambda_t, of the shape of t."""

    @abstractmethod
    def slope(self, t: Tensor) -> Tensor:
        """Return d lambda / dt."""

    @abstractmethod
    def time(self, log_snr: Tensor) -> Tensor:
        """Return the time at which lambda is this."""

    @abstractmethod
    def scale(self, t: Tensor) -> Tensor:
        """Return sqrt(alpha_t^2 + sigma_t^2)."""

    @abstractmethod
    def scale_slope(self, t: Tensor) -> Tensor:
        """Return the relative change of the scale, d log(scale) / dt."""

    def draw(self, n: int, device: torch.device) -> Tensor:
        """Draw times to learn at, (n,), spread more evenly than by chance."""
        even = (torch.arange(n, device=device) + torch.rand(n, device=device)) / n
        return self.start + (1 - self.start) * even[torch.randperm(n, device=device)]

    def share(self, t: Tensor) -> Tensor:
        """Return abar_t, the share of the signal in the variance of data of variance 1."""
        return self.log_snr(t).sigmoid()

    def alpha(self, t: Tensor) -> Tensor:
        """Return what the data are multiplied by."""
        return self.scale(t) * self.share(t).sqrt()

    def sigma(self, t: Tensor) -> Tensor:
        """Return the standard deviation of the noise."""
        return self.scale(t) * (-self.log_snr(t)).sigmoid().sqrt()

    def alpha_slope(self, t: Tensor) -> Tensor:
        """Return d alpha / dt."""
        noise = (-self.log_snr(t)).sigmoid()
        return self.alpha(t) * (self.scale_slope(t) + self.slope(t) * noise / 2)

    def sigma_slope(self, t: Tensor) -> Tensor:
        """Return d sigma / dt."""
        return self.sigma(t) * (self.scale_slope(t) - self.slope(t) * self.share(t) / 2)

    def grid(self, n: int, begin: float = 1.0) -> list[float]:
        """Return n times from `begin` down to `start`, evenly spread."""
        step = (begin - self.start) / max(1, n - 1)
        return [begin - i * step for i in range(n)]

    def check(self) -> None:
        """Refuse a schedule that leaves signal at the end: drawing begins without any.

        Raises:
            ValueError: abar at t = 1 is not below `MOST_LEFT`.
        """
        left = self.share(torch.ones(())).item()
        if left >= MOST_LEFT:
            raise ValueError(f"abar at the last step must be below {MOST_LEFT}, got {left:.3g}: "
                             "more noise or more steps")


class Preserving(Schedule):
    """The signal fades as the noise grows: data of variance 1 keep it."""

    def scale(self, t: Tensor) -> Tensor:
        """Return 1."""
        return torch.ones_like(t)

    def scale_slope(self, t: Tensor) -> Tensor:
        """Return 0."""
        return torch.zeros_like(t)


class Exploding(Schedule):
    """The signal stays as it is, and drowns: alpha_t = 1, sigma_t^2 = exp(-lambda_t)."""

    def scale(self, t: Tensor) -> Tensor:
        """Return sqrt(1 + sigma_t^2)."""
        return (F.softplus(-self.log_snr(t)) / 2).exp()

    def scale_slope(self, t: Tensor) -> Tensor:
        """Return what keeps alpha at 1."""
        return -self.slope(t) * (-self.log_snr(t)).sigmoid() / 2


@dataclass(frozen=True)
class Linear(Preserving):
    """DDPM's: a step adds noise of variance beta, which grows evenly from step to step.

    J. Ho, A. Jain, P. Abbeel, "Denoising Diffusion Probabilistic Models", 2020, section 4,
    https://arxiv.org/abs/2006.11239. Here T steps are one unit of time.

    Attributes:
        n_steps: T.
        first, last: beta of the first and of the last step.
    """

    n_steps: int = 1000
    first: float = 1e-4
    last: float = 0.02

    @property
    def start(self) -> float:  # type: ignore[override]
        """The first step: at 0 there is no noise at all."""
        return 1 / self.n_steps

    def _sum(self, t: Tensor) -> Tensor:
        """Return the sum of -log(1 - beta) up to a time, as an integral."""
        n = self.n_steps
        return n * (self.first * t + (self.last - self.first) * t * t / 2)

    def log_snr(self, t: Tensor) -> Tensor:
        """Return -log(e^b - 1), where abar = e^-b."""
        return -self._sum(t).expm1().log()

    def slope(self, t: Tensor) -> Tensor:
        """Return d lambda / dt."""
        beta = self.n_steps * (self.first + (self.last - self.first) * t)
        return beta / (-self._sum(t)).expm1()

    def time(self, log_snr: Tensor) -> Tensor:
        """Return the root of a parabola."""
        b = F.softplus(-log_snr) / self.n_steps
        rise = self.last - self.first
        return 2 * b / (self.first + (self.first**2 + 2 * rise * b).sqrt())


@dataclass(frozen=True)
class Cosine(Preserving):
    """Signal and noise are the two sides of an angle that turns evenly.

    A. Nichol, P. Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021, section
    3.2, https://arxiv.org/abs/2102.09672

    Attributes:
        left: abar at the end; at 0 there is no signal at all in the last step.
        least: standard deviation of the noise at the start.
    """

    left: float = 1e-4
    least: float = 0.0125

    def _turn(self) -> tuple[float, float]:
        first = math.asin(self.least)
        return first, math.acos(math.sqrt(self.left)) - first

    def _angle(self, t: Tensor) -> Tensor:
        first, turn = self._turn()
        return first + turn * t

    def log_snr(self, t: Tensor) -> Tensor:
        """Return -2 log tan of the angle."""
        return -2 * self._angle(t).tan().log()

    def slope(self, t: Tensor) -> Tensor:
        """Return d lambda / dt."""
        return -4 * self._turn()[1] / (2 * self._angle(t)).sin()

    def time(self, log_snr: Tensor) -> Tensor:
        """Return when the angle is there."""
        first, turn = self._turn()
        return ((-log_snr / 2).exp().atan() - first) / turn


@dataclass(frozen=True)
class LogLinear(Exploding):
    """The logarithm of sigma grows evenly.

    F. Permenter, C. Yuan, "Interpreting and Improving Diffusion Models from an Optimization
    Perspective", 2024, https://arxiv.org/abs/2306.04848

    Attributes:
        least, most: sigma at the start and at the end.
    """

    least: float = 0.005
    most: float = 40.0

    def log_snr(self, t: Tensor) -> Tensor:
        """Return -2 log sigma."""
        return -2 * (math.log(self.least) + math.log(self.most / self.least) * t)

    def slope(self, t: Tensor) -> Tensor:
        """Return d lambda / dt."""
        return torch.full_like(t, -2 * math.log(self.most / self.least))

    def time(self, log_snr: Tensor) -> Tensor:
        """Return when sigma is there."""
        return (-log_snr / 2 - math.log(self.least)) / math.log(self.most / self.least)


@dataclass(frozen=True)
class EDM(Exploding):
    """A root of sigma grows evenly: most steps go where the noise is small.

    T. Karras, M. Aittala, T. Aila, S. Laine, "Elucidating the Design Space of Diffusion-Based
    Generative Models", 2022, table 1, https://arxiv.org/abs/2206.00364

    Attributes:
        least, most: sigma at the start and at the end.
        rho: which root.
        middle, width: log sigma is drawn from this Gaussian when the net learns.
    """

    least: float = 0.002
    most: float = 80.0
    rho: float = 7.0
    middle: float = -1.2
    width: float = 1.2

    def _root(self, t: Tensor) -> tuple[Tensor, float]:
        low, high = self.least ** (1 / self.rho), self.most ** (1 / self.rho)
        return low + (high - low) * t, high - low

    def log_snr(self, t: Tensor) -> Tensor:
        """Return -2 log sigma."""
        return -2 * self.rho * self._root(t)[0].log()

    def slope(self, t: Tensor) -> Tensor:
        """Return d lambda / dt."""
        root, rise = self._root(t)
        return -2 * self.rho * rise / root

    def time(self, log_snr: Tensor) -> Tensor:
        """Return when sigma is there."""
        low, high = self.least ** (1 / self.rho), self.most ** (1 / self.rho)
        return ((-log_snr / (2 * self.rho)).exp() - low) / (high - low)

    def draw(self, n: int, device: torch.device) -> Tensor:
        """Draw the times at which sigma is as the paper draws it, (n,)."""
        log_sigma = self.middle + self.width * torch.randn(n, device=device)
        return self.time(-2 * log_sigma).clamp(0, 1)


SCHEDULES: dict[str, Schedule] = {"linear": Linear(), "cosine": Cosine(),
                                  "log_linear": LogLinear(), "edm": EDM()}
