"""Questions about what was learned: the net beside the ideal denoiser of the training set.

The ideal one gives back what it was trained on, and nothing else: what the net does otherwise is
all that it generalises.
"""

from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from model_zoo.denoisers import Denoiser, Ideal
from model_zoo.diffusion_guidance import noised
from model_zoo.diffusion_samplers import DDIM, DDPM
from playground.arguments import HeldOut, Seed, Within
from playground.concepts.diffusion.training import TrainedDiffusion
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import to_the_end
from playground.metrics import feature_net

N_POINTS, N_PICTURES = 200, 10
N_GAPS, N_GAPS_OF_PICTURES = 500, 50
STEPS = 30
MOST_KNOWN = 10_000
N_TIMES = 10
N_SPREAD, SPREAD_STEPS = {True: 12, False: 200}, 20
COPIED = 1 / 3


class MemoryQuestions(TrainedDiffusion):
    """Compares the net with what it would be if it had learned its data by heart."""

    def ideal(self) -> Ideal:
        """The denoiser that knows the training set, and nothing else."""
        train = torch.from_numpy(self.data.train[:MOST_KNOWN]).to(self.device)
        return Ideal(self.model.inward(train), self.model.schedule)

    @question
    @torch.no_grad()
    def by_heart(self, seed: Seed) -> Work[Answer]:
        """Walk from the same noise by the net and by the ideal denoiser of the training set.

        Returns:
            `learned` and `ideal`, where they end, points (N, 2) or pictures; of pictures also the
            `nearest` training ones to both, (2, N, ...); the mean distance to the nearest
            training datum, `away_learned`, `away_ideal` and `away_held_out`, that of held-out
            data; and the share that was `copied_learned` ... , see `copies`.
        """
        n = N_PICTURES if self.settings.is_image else N_POINTS
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(n, *self.data.shape, generator=generator).to(self.device)
        noise = noise * self.model.schedule.scale(torch.ones(1, device=self.device)).item()
        ends: dict[str, Tensor] = {}
        walkers: dict[str, Denoiser] = {"learned": self.denoiser(self.each_class(n)),
                                        "ideal": self.ideal()}
        for number, (name, denoise) in enumerate(walkers.items()):
            yield number / len(walkers)
            state = yield from to_the_end(DDIM(steps=STEPS)(denoise, self.model.schedule, noise))
            ends[name] = self.model.outward(state.x)
        train = torch.from_numpy(self.data.train[:MOST_KNOWN]).to(self.device)
        answer: Answer = {}
        nearest = []
        for name, found in (ends | {"held_out": self.held_out[:N_POINTS]}).items():
            distances = torch.cdist(found.flatten(1), train.flatten(1))
            answer[f"away_{name}"] = distances.min(1).values.mean().item()
            answer[f"copied_{name}"] = copies(distances)
            nearest.append(train[distances.argmin(1)])
            yield None
        if not self.settings.is_image:
            return answer | {name: found.cpu().numpy() for name, found in ends.items()} | {
                "train": self.data.train[:N_POINTS]}
        return answer | {name: self.as_bytes(self.model.inward(found)).cpu().numpy()
                         for name, found in ends.items()} | {
            "nearest": torch.stack([self.as_bytes(self.model.inward(part))
                                    for part in nearest[:2]]).cpu().numpy()}

    @question
    @torch.no_grad()
    def gap(self) -> Work[Answer]:
        """Compare the guesses for x0 of training and of held-out data with noise, by t.

        Returns:
            `times` (T,); the mean squared error of the net's guess on held-out data, `held_out`,
            and on training data, `train`, (T,), and of the ideal denoiser's on held-out data,
            `ideal`; `apart`, the mean squared distance of net and ideal on held-out data.
        """
        n = N_GAPS_OF_PICTURES if self.settings.is_image else N_GAPS
        start, ideal = self.model.schedule.start, self.ideal()
        sets = {"held_out": self.data.test[:n], "train": self.data.train[:n]}
        times = start + (1 - start) * (np.arange(N_TIMES) + 0.5) / N_TIMES
        found: dict[str, list[float]] = {name: [] for name in (*sets, "ideal", "apart")}
        denoise = self.model.denoiser()
        for done, time in enumerate(times):
            for name, data in sets.items():
                yield done / N_TIMES
                x = self.model.inward(torch.from_numpy(data).to(self.device))
                noisy = noised(x, float(time), self.model.schedule)
                t = torch.full((len(x),), float(time), device=self.device)
                guess = denoise(noisy, t)
                found[name].append(_squared(guess - x))
                if name == "held_out":
                    known = ideal(noisy, t)
                    found["ideal"].append(_squared(known - x))
                    found["apart"].append(_squared(known - guess))
        return {"times": times.astype(np.float32)} | {
            name: np.array(values, np.float32) for name, values in found.items()}

    @question
    @torch.no_grad()
    def behind(self, index: HeldOut, t: Annotated[float, Within(0.05, 0.95)],
               seed: Seed) -> Work[Answer]:
        """Noise a held-out datum up to t, and draw what may have been behind it.

        Returns:
            `noisy`, `guess`, the net's x0, and `truth`, all (...); `drawn`, what walks with fresh
            noise make of it; points, or pictures as bytes; `label`, its class; `seen` (K,), the
            classes that our own net sees in what was drawn, if it is of pictures.
        """
        x = self.model.inward(self.held_out[index:index + 1])
        torch.manual_seed(seed)
        noisy = noised(x, t, self.model.schedule)
        told = None
        at = torch.full((1,), t, device=self.device)
        guess = self.denoiser(told)(noisy, at)
        many = noisy.expand(N_SPREAD[self.settings.is_image], *x.shape[1:])
        walk = DDPM(steps=SPREAD_STEPS)(self.denoiser(told), self.model.schedule, many, t)
        state = yield from to_the_end(walk, SPREAD_STEPS + 1)
        scale = self.model.schedule.scale(at).item()
        parts = {"noisy": noisy / scale, "guess": guess, "truth": x, "drawn": state.x}
        seen: list[int] = []
        if self.settings.is_image:
            shown = {name: self.as_bytes(part).cpu().numpy() for name, part in parts.items()}
            drawn = self.model.outward(state.x).clamp(0, 1)
            seen = feature_net.classes(self.settings.dataset, drawn).tolist()
        else:
            shown = {name: part.cpu().numpy() for name, part in parts.items()}
        return shown | {"label": int(self.labels[index]), "seen": seen}


def copies(distances: Tensor) -> float:
    """Return the share of data that are copies: three times nearer to one datum than to any other.

    The ratio is that of T. Yoon et al., "Diffusion Probabilistic Models Generalize when They Fail
    to Memorize", 2023.

    Args:
        distances: to the training data, (N, K); of a single one nothing is a copy.
    """
    if distances.shape[1] < 2:
        return 0.0
    one, two = distances.topk(2, 1, largest=False).values.unbind(1)
    return (one < COPIED * two).float().mean().item()


def _squared(away: Tensor) -> float:
    return away.square().flatten(1).mean(1).mean().item()
