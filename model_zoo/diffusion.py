"""Diffusion: learn to take off noise at every level, then begin with noise alone.

J. Sohl-Dickstein, E. Weiss, N. Maheswaranathan, S. Ganguli, "Deep Unsupervised Learning using
Nonequilibrium Thermodynamics", 2015, https://arxiv.org/abs/1503.03585
J. Ho, A. Jain, P. Abbeel, "Denoising Diffusion Probabilistic Models", 2020,
https://arxiv.org/abs/2006.11239
v: T. Salimans, J. Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", 2022,
https://arxiv.org/abs/2202.00512. min-SNR: T. Hang et al., "Efficient Diffusion Training via
Min-SNR Weighting Strategy", 2023, https://arxiv.org/abs/2303.09556
"""

from abc import abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor

from model_zoo.average import Averaged
from model_zoo.base import (
    Conditional,
    GenerativeModel,
    HasBound,
    HasLogProb,
    HasPath,
    Losses,
    last,
)
from model_zoo.conditional import check_context
from model_zoo.denoisers import Denoiser
from model_zoo.diffusion_likelihood import chain_parts, log_prob_steps
from model_zoo.diffusion_samplers import DDIM, Denoised, Sampler
from model_zoo.noise_schedules import Cosine, Schedule
from model_zoo.ode import along
from model_zoo.time_nets import PointNet, TimeNet
from model_zoo.time_u_net import TimeUNet

PREDICTIONS = ("eps", "x0", "v")
WEIGHTINGS = ("plain", "min_snr", "bound")
MOST_SNR = 5.0  # from where on min-SNR weighs all noise levels alike
SAFE = 1e-6  # of the signal: below it no x_0 can be found from a noise


class Diffusion(Conditional, GenerativeModel, HasPath):
    """One net that denoises at every noise level.

    The net sees x_t scaled to variance 1 (for data of variance 1), whatever the schedule: so a
    schedule is only a choice of which noise levels are visited when.

    Args:
        shape: of a datum.
        net: what is learned, (x, t, context) -> (B, *shape).
        schedule: of the noise.
        prediction: what the net says: the noise "eps", the datum "x0", or their mixture "v".
        weighting: of the squared error at each noise level: as it is, "plain"; "min_snr"; or as
            in the bound of log p, "bound".
        dropped: share of data whose class is not told, so that the net learns both.
        decay: of the mean of the weights, with which it draws; 0 for no mean.
        sampler: draws.
    """

    def __init__(self, shape: tuple[int, ...], net: TimeNet, *, schedule: Schedule,
                 prediction: str = "v", weighting: str = "plain", dropped: float = 0.1,
                 decay: float = 0.999, sampler: Sampler | None = None) -> None:
        super().__init__(shape)
        if prediction not in PREDICTIONS or weighting not in WEIGHTINGS:
            raise ValueError(f"prediction must be one of {PREDICTIONS} and weighting one of "
                             f"{WEIGHTINGS}, got {prediction!r} and {weighting!r}")
        self.net = Averaged(net, decay)
        self.n_classes, self.n_given = net.n_classes, net.n_given
        self.schedule, self.dropped = schedule, dropped
        self.prediction, self.weighting = prediction, weighting
        self.sampler = sampler or DDIM()

    # --- learning

    def loss(self, x: Tensor, context: Tensor | None = None) -> Losses:
        """Return the squared error at random times, a mean over the numbers of data (B, *shape).
        """
        self._check(context)
        if context is not None and self.n_classes:
            silent = torch.rand(len(x), device=x.device) < self.dropped
            context = context.masked_fill(silent, self.n_classes)
        x = self.inward(x)
        t = self.schedule.draw(len(x), x.device)
        errors = self.errors(x, t, torch.randn_like(x), context, self.net)
        return {"loss": (self.weight(t) * errors).mean()}

    def errors(self, x: Tensor, t: Tensor, noise: Tensor, context: Tensor | None,
               net: torch.nn.Module) -> Tensor:
        """Return the mean squared error of what the net says of each datum with noise, (B,)."""
        a, s = (along(part, x) for part in self._sides(t))
        said = net(a * x + s * noise, t, context)
        target = {"eps": noise, "x0": x, "v": a * noise - s * x}[self.prediction]
        return (said - target).square().flatten(1).mean(1)

    def weight(self, t: Tensor) -> Tensor:
        """Return what the squared error counts at each time, (B,)."""
        if self.weighting == "plain":
            return torch.ones_like(t)
        a, s = self._sides(t)
        to_noise = {"eps": torch.ones_like(t), "x0": (a / s) ** 2, "v": a**2}[self.prediction]
        if self.weighting == "bound":
            return to_noise * -self.schedule.slope(t) / 2
        snr = (a / s) ** 2
        return to_noise * snr.clamp_max(MOST_SNR) / snr

    def _sides(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return signal and noise when together they have variance 1, (B,) each."""
        share = self.schedule.share(t)
        return share.sqrt(), (-self.schedule.log_snr(t)).sigmoid().sqrt()

    def _check(self, context: Tensor | None) -> None:
        check_context(context, self.n_given or self.n_classes,
                      "maps" if self.n_given else "classes")

    # --- denoising

    def denoiser(self, context: Tensor | None = None) -> Denoiser:
        """Return what the mean of the weights takes x_0 to be, in the space of `inward`.

        Args:
            context: classes (B,); `n_classes` for a datum of which nothing is told. Where pictures
                are given, these.
        """
        def denoise(x: Tensor, t: Tensor) -> Tensor:
            a, s = (along(part, x) for part in self._sides(t))
            y = x / along(self.schedule.scale(t), x)
            said = self.net.mean(y, t, context)
            if self.prediction == "eps":
                return (y - s * said) / a.clamp_min(SAFE)
            return said if self.prediction == "x0" else a * y - s * said
        return denoise

    @abstractmethod
    def inward(self, x: Tensor) -> Tensor:
        """Bring data (B, *shape) to a range around 0, in which noise is added."""

    @abstractmethod
    def outward(self, x: Tensor) -> Tensor:
        """Bring them back."""

    # --- drawing

    def noise(self, n: int) -> Tensor:
        """Draw where all begins, (n, *shape)."""
        first = next(self.net.parameters())
        one = torch.ones(n, device=first.device)
        x = torch.randn(n, *self.shape, device=first.device)
        return along(self.schedule.scale(one), x) * x

    def path(self, n: int, context: Tensor | None = None) -> Iterator[Denoised]:
        """Draw n new data step by step."""
        return self.walk(self.noise(n), context)

    def walk(self, x: Tensor, context: Tensor | None = None, sampler: Sampler | None = None
             ) -> Iterator[Denoised]:
        """Walk from noise (n, *shape) to data, which come out as they are given to `loss`."""
        self._check(context)
        for state in (sampler or self.sampler)(self.denoiser(context), self.schedule, x):
            yield Denoised(self.outward(state.x.detach()), state.t,
                           self.outward(state.guess.detach()), state.evaluations)

    @torch.no_grad()
    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Draw n new data, (n, *shape)."""
        return last(self.path(n, context))


class PointDiffusion(Diffusion, HasLogProb):
    """Diffusion of points: log p is that of its ODE, by the exact divergence.

    Args:
        shape: (D,).
        net, schedule: see `Diffusion`.
        rest: see there.
    """

    over = "reals"

    def __init__(self, shape: tuple[int, ...], net: TimeNet | None = None, *,
                 schedule: Schedule | None = None, prediction: str = "v",
                 weighting: str = "plain", dropped: float = 0.1, decay: float = 0.999,
                 sampler: Sampler | None = None, n_classes: int = 0) -> None:
        if len(shape) != 1:
            raise ValueError(f"shape must be that of a point, (D,), got {shape!r}")
        super().__init__(shape, net or PointNet(*shape, n_classes=n_classes),
                         schedule=schedule or Cosine(), prediction=prediction, dropped=dropped,
                         weighting=weighting, decay=decay, sampler=sampler)

    def inward(self, x: Tensor) -> Tensor:
        """Leave points where they are."""
        return x

    def outward(self, x: Tensor) -> Tensor:
        """Leave them."""
        return x

    def log_prob(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return log p(x) in nats, (B,), of what its ODE makes of noise."""
        check_context(context, self.n_classes, "classes")
        *_, state = log_prob_steps(self.denoiser(context), self.schedule, x)
        return state.log_prob


class PictureDiffusion(Diffusion, HasBound):
    """Diffusion of pictures: a chain of steps bounds log p of their levels.

    Args:
        shape: (C, H, W).
        n_levels: how many values a pixel has, from 0 to 1.
        net, schedule: see `Diffusion`; without a net it is one that is told `n_classes` or given
            pictures of `n_given` maps.
    """

    over = "levels"

    def __init__(self, shape: tuple[int, ...], net: TimeNet | None = None, *, n_levels: int = 256,
                 schedule: Schedule | None = None, prediction: str = "v",
                 weighting: str = "plain", dropped: float = 0.1, decay: float = 0.999,
                 sampler: Sampler | None = None, n_classes: int = 0,
                 n_given: int = 0) -> None:
        if len(shape) != 3:
            raise ValueError(f"shape must be that of a picture, (C, H, W), got {shape!r}")
        super().__init__(shape, net or TimeUNet(shape, n_classes=n_classes, n_given=n_given),
                         schedule=schedule or Cosine(), prediction=prediction, dropped=dropped,
                         weighting=weighting, decay=decay, sampler=sampler)
        self.n_levels = n_levels

    def inward(self, x: Tensor) -> Tensor:
        """Pixels from [0, 1] to [-1, 1]."""
        return 2 * x - 1

    def outward(self, x: Tensor) -> Tensor:
        """Pixels from [-1, 1] to [0, 1]."""
        return (x + 1) / 2

    def log_prob_bound(self, x: Tensor, n_samples: int, context: Tensor | None = None) -> Tensor:
        """Return a lower bound of log p in nats, (B,), by a chain of n_samples steps."""
        self._check(context)
        parts = chain_parts(self.denoiser(context), self.schedule, self.inward(x), n_samples,
                            torch.linspace(-1, 1, self.n_levels, device=x.device))
        return -sum(parts, torch.zeros(len(x), device=x.device))
