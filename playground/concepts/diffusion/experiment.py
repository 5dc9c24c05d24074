"""Diffusion on points of the plane or on pictures: what is watched."""

import math

import numpy as np
import torch
from torch import Tensor

from model_zoo.denoisers import noise_in
from model_zoo.diffusion_likelihood import log_prob_steps
from model_zoo.diffusion_samplers import Denoised
from model_zoo.ode import along
from playground.concepts.diffusion.editing import EditingQuestions
from playground.concepts.diffusion.memory import MemoryQuestions, copies
from playground.concepts.diffusion.rating import RatingQuestions
from playground.concepts.diffusion.samplers import SamplerQuestions
from playground.concepts.diffusion.settings import DiffusionSettings
from playground.experiments import known_density, toy_density
from playground.experiments.base import Observation, Work
from playground.experiments.look import look
from playground.experiments.pieces import to_the_end
from playground.metrics import clouds
from playground.metrics.distances import wasserstein

N_PARTICLES = 300
N_PICTURES = {8: 36, 14: 25, 16: 25, 28: 16}
N_OF_A_CLASS = 2
N_MOMENTS = 12  # of a walk that are shown
N_ROWS = 5  # pictures whose guesses are shown
MOST_BYTES = 100_000  # of pictures on their way
ARROWS, HALF = 11, 2.2
N_TIMES = 10
N_RATED, TOLERANCE = 100, 1e-2
N_JUDGED = {True: 200, False: 1000}  # data, pictures or points, on which the error is measured
AT_ONCE = {True: 20, False: 1000}


class DiffusionExperiment(SamplerQuestions, MemoryQuestions, RatingQuestions, EditingQuestions):
    """Trains a diffusion model, and shows how it walks from noise to data."""

    def __init__(self, settings: DiffusionSettings, device: str) -> None:
        super().__init__(settings, device)
        n = N_PARTICLES
        if settings.is_image:
            n = N_PICTURES[self.data.shape[-1]]
            n = N_OF_A_CLASS * self.n_classes if settings.know_class else n
        self.noise = self.model.noise(n)
        self.sampled = self.each_class(n)
        rows = min(N_JUDGED[settings.is_image], len(self.data.test))
        self.judged = self.model.inward(torch.from_numpy(self.data.test[:rows]).to(device))
        self.judged_noise = torch.randn_like(self.judged)
        share = (torch.arange(rows, device=device) + 0.5) / max(1, rows)
        start = self.model.schedule.start
        self.judged_at = start + (1 - start) * share[torch.randperm(rows, device=device)]
        self.told = None
        if settings.know_class:
            self.told = torch.from_numpy(self.data.test_labels[:rows].astype(np.int64)).to(device)

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return the walk at this moment of the training, and what the net gets wrong.

        Metrics: `loss`, of the last 20 batches; `held_out`, the mean squared error of what the
        net predicts of held-out data, at times spread evenly; `evaluations` of the net in the
        walk; on the plane `w2`, the exact Wasserstein-2 distance between the particles and as
        many held-out points, and `floor_w2`, that of as many other ones; `copied`, see `copies`,
        and `floor_copied`, that of held-out points; `log_p`, the mean over some held-out points in
        nats, by the ODE, and `true_log_p`, by the density they are drawn from; where the modes are
        known `modes`, `high_quality` and `floor_high_quality`.

        Arrays: `times` (S,), those of the walk that are shown, from 1 to 0, with `signal` and
        `noise` there, (S,), which together have variance 1; `by_time` (T,), the error in each
        tenth of the time. On the plane `particles` (S, N, 2), scaled to that variance, `arrows`
        (S, A, 2), where a point of a grid is going; `data` and `noises` (N, 2), from which the
        noised data follow. Of pictures `walk` (S, N, H, W) and `guesses` (S, M, H, W), bytes.
        """
        states: list[Denoised] = []
        for state in self.walk(self.noise, self.sampled):
            states.append(state)
            yield None
        errors = yield from self._errors()
        metrics: dict[str, Tensor | float] = self.trainer.recent_losses() | {
            "evaluations": float(states[-1].evaluations)}
        if len(errors):
            metrics["held_out"] = errors.mean()
        shown = chosen(states, self._moments())
        t = torch.tensor([state.t for state in shown], device=self.device)
        safe = t.clamp_min(self.model.schedule.start)
        signal = torch.where(t > 0, self.model.schedule.share(safe).sqrt(), 1.0)
        noise = torch.where(t > 0, (-self.model.schedule.log_snr(safe)).sigmoid().sqrt(), 0.0)
        arrays: dict[str, Tensor | np.ndarray] = {
            "times": t, "signal": signal, "noise": noise, "by_time": self._by_time(errors)}
        scaled = torch.stack([self.scaled(state) for state in shown])
        if self.settings.is_image:
            guesses = torch.stack([state.guess[:N_ROWS] for state in shown[1:]])
            arrays |= {"walk": self.as_bytes(scaled), "guesses": self.as_bytes(guesses)}
            return look(metrics, arrays)
        samples = states[-1].x.cpu().numpy()
        metrics |= self._measures(samples)
        metrics |= yield from self._log_p()
        arrays |= {"particles": scaled, "arrows": torch.stack(
                       [self._arrows(time) for time in safe]),
                   "data": self.judged[:N_PARTICLES], "noises": self.judged_noise[:N_PARTICLES]}
        return look(metrics, arrays)

    def _moments(self) -> int:
        """How many moments of a walk are shown."""
        if not self.settings.is_image:
            return N_MOMENTS
        return min(N_MOMENTS, MOST_BYTES // (len(self.noise) * math.prod(self.data.shape)))

    def _errors(self) -> Work[Tensor]:
        """The squared error of what the mean net predicts of each held-out datum, (N,)."""
        parts = []
        size = AT_ONCE[self.settings.is_image]
        for start in range(0, len(self.judged), size):
            rows = slice(start, start + size)
            told = None if self.told is None else self.told[rows]
            parts.append(self.model.errors(self.judged[rows], self.judged_at[rows],
                                           self.judged_noise[rows], told, self.model.net.mean))
            yield None
        return torch.cat(parts) if parts else self.judged_at

    def _by_time(self, errors: Tensor) -> np.ndarray:
        """The mean error in each tenth of the time, (T,)."""
        return means(errors, self.judged_at, self.model.schedule.start)

    def _arrows(self, t: Tensor) -> Tensor:
        """Where the points of a grid are going, back in time, (A, 2)."""
        axis = torch.linspace(-HALF, HALF, ARROWS, device=self.device)
        places = torch.cartesian_prod(axis, axis)
        at = t.expand(len(places))
        schedule = self.model.schedule
        x = places * along(schedule.scale(at), places)
        told = None if self.sampled is None else torch.full_like(at, self.n_classes).long()
        guess = self.denoiser(told)(x, at)
        noise = noise_in(guess, x, at, schedule)
        signal, spread = schedule.share(at).sqrt(), (-schedule.log_snr(at)).sigmoid().sqrt()
        return along(spread, x) * guess - along(signal, x) * noise

    def _log_p(self) -> Work[dict[str, float]]:
        """The mean log p of some held-out points in nats, by the ODE, and by the true density."""
        x, told = self.judged[:N_RATED], None if self.told is None else self.told[:N_RATED]
        if not len(x):
            return {}
        said = yield from to_the_end(log_prob_steps(
            self.denoiser_of(told), self.model.schedule, x, tolerance=TOLERANCE))
        found = {"log_p": said.log_prob.mean().item()}
        truth = toy_density.log_density(self.settings.dataset, self.settings.noise)
        if truth is not None and told is None:
            found["true_log_p"] = float(truth(x.cpu().numpy()).mean())
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def _measures(self, samples: np.ndarray) -> dict[str, float]:
        """How far the particles are from held-out points."""
        n = min(len(samples), len(self.data.test) // 2)
        if not np.isfinite(samples).all() or not n:
            return {}
        real, other = self.data.test[:n], self.data.test[n:2 * n]
        known = torch.from_numpy(self.data.train)
        found = {"w2": wasserstein(samples[:n], real), "floor_w2": wasserstein(other, real),
                 "copied": copies(torch.cdist(torch.from_numpy(samples), known)),
                 "floor_copied": copies(torch.cdist(torch.from_numpy(real), known))}
        centers, sigma = known_density.modes(self.settings.dataset, self.settings.noise)
        if len(centers):
            counts, good = clouds.modes(samples, centers, sigma)
            found |= {"modes": float((counts > 0).sum()), "all_modes": float(len(centers)),
                      "high_quality": good,
                      "floor_high_quality": clouds.modes(self.data.test, centers, sigma)[1]}
        return found


def chosen(states: list[Denoised], n: int) -> list[Denoised]:
    """Return n of these, evenly spread, the first and the last among them."""
    places = np.unique(np.linspace(0, len(states) - 1, min(n, len(states))).round().astype(int))
    return [states[place] for place in places]


def means(values: Tensor, at: Tensor, start: float) -> np.ndarray:
    """Return the mean of values (N,) in each tenth of the times at which they are, (T,)."""
    place = ((at - start) / (1 - start) * N_TIMES).long().clamp(0, N_TIMES - 1)
    sums = torch.zeros(N_TIMES, device=values.device).index_add(0, place, values)
    counts = torch.zeros_like(sums).index_add(0, place, torch.ones_like(values))
    return np.asarray((sums / counts.clamp_min(1)).cpu().numpy(), np.float32)
