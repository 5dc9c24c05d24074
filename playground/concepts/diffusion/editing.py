"""Questions that pull the walk somewhere: guidance, completing a half, noising and back."""

from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from model_zoo.diffusion_guidance import guided, near, noised, replaced
from model_zoo.diffusion_samplers import DDIM, DDPM
from playground.arguments import HeldOut, OneOf, Seed, Within
from playground.concepts.diffusion.training import TrainedDiffusion
from playground.datasets.own_image import Framing, Picture, fit
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import to_the_end
from playground.metrics import feature_net

WEIGHTS = (0.0, 1.0, 2.0, 4.0, 8.0)
STEPS = 25
N_EACH_POINTS, N_EACH_PICTURES = 30, 4
N_COMPLETED = 9
HOWS = ("replace", "gradient")
PULL = 1.0
N_KNOWN = 1000


class EditingQuestions(TrainedDiffusion):
    """Draws under conditions."""

    @question
    @torch.no_grad()
    def dial(self, seed: Seed, low: Annotated[float, Within(0, 1)],
             high: Annotated[float, Within(0, 1)]) -> Work[Answer]:
        """Draw some data of each class with more and more guidance, between two times.

        Returns:
            `weights` (W,); `right` (W,), the share that is of its class: on the plane by the
            nearest training point, of pictures by our own net; `spread` (W,), the mean distance of
            two samples of a class, beside that of real data, 1; `drawn_I`, points (N, 2) with
            `labels` (N,), or pictures (N, ...) bytes. Nothing without classes.
        """
        if not self.model.n_classes:
            return {}
        picture = self.settings.is_image
        n = self.n_classes * (N_EACH_PICTURES if picture else N_EACH_POINTS)
        told = torch.arange(self.n_classes, device=self.device).repeat_interleave(
            n // self.n_classes)
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(n, *self.data.shape, generator=generator).to(self.device)
        noise = noise * self.model.schedule.scale(torch.ones(1, device=self.device)).item()
        usual = self._spread(torch.from_numpy(self.data.train[:2000]),
                             torch.from_numpy(self.data.train_labels[:2000]))
        answer: Answer = {"weights": list(WEIGHTS), "labels": told.cpu().numpy()}
        right, spread = [], []
        for done, weight in enumerate(WEIGHTS):
            denoise = guided(self.denoiser_of(told), self.denoiser_of(None), weight, low=low,
                             high=high)
            yield done / len(WEIGHTS)
            state = yield from to_the_end(DDIM(steps=STEPS)(denoise, self.model.schedule, noise))
            found = self.model.outward(state.x)
            right.append(float((self._classes(found) == told.cpu().numpy()).mean()))
            spread.append(self._spread(found.cpu(), told.cpu()) / usual)
            shown = self.as_bytes(state.x) if picture else found
            answer[f"drawn_{done}"] = shown.cpu().numpy()
        return answer | {"right": right, "spread": spread}

    def _classes(self, x: Tensor) -> np.ndarray:
        """Which class each datum seems to be of, (N,)."""
        if self.settings.is_image:
            return feature_net.classes(self.settings.dataset, x.clamp(0, 1))
        train = torch.from_numpy(self.data.train).to(x.device)
        return np.asarray(self.data.train_labels[torch.cdist(x, train).argmin(1).cpu().numpy()])

    def _spread(self, x: Tensor, classes: Tensor) -> float:
        """The mean distance of two data of one class, over the classes."""
        found = [torch.pdist(x[classes == each].flatten(1)[:100]).mean()
                 for each in classes.unique()]
        return torch.stack(found).mean().item()

    @question
    def complete(self, index: HeldOut, how: Annotated[str, OneOf(HOWS)], seed: Seed
                 ) -> Work[Answer]:
        """Draw the lower half of a held-out picture, or the y of a point, to the rest of it.

        Returns:
            `known`, what was given, with the rest grey, and `drawn`: pictures as bytes, or points
            (N, 2).
        """
        x = self.model.inward(self.held_out[index:index + 1])
        mask = torch.ones_like(x)
        if self.settings.is_image:
            mask[:, :, x.shape[2] // 2:] = 0
        else:
            mask[:, 1] = 0
        return (yield from self._completed(x, mask, how, seed))

    @question
    def complete_own(self, picture: Picture,
                     how: Annotated[str, OneOf(HOWS)], seed: Seed) -> Work[Answer]:
        """Draw the lower half of the visitor's own picture, bytes (H, W); see `complete`.

        Nothing where the data are points.
        """
        if not self.settings.is_image:
            return {}
        x = self._own(picture)
        mask = torch.ones_like(x)
        mask[:, :, x.shape[2] // 2:] = 0
        return (yield from self._completed(x, mask, how, seed))

    def _completed(self, x: Tensor, mask: Tensor, how: str, seed: int) -> Work[Answer]:
        n = N_COMPLETED if self.settings.is_image else 10 * N_COMPLETED
        torch.manual_seed(seed)
        schedule, denoise = self.model.schedule, self.denoiser_of(None)
        known = x.expand(n, *x.shape[1:])
        if how == "replace":
            sampler = DDPM(steps=2 * STEPS, mend=replaced(known, mask, schedule))
        else:
            sampler = DDPM(steps=2 * STEPS)
            denoise = near(known, mask, schedule, PULL)(denoise)
        noise = self.model.noise(n)
        state = yield from to_the_end(sampler(denoise, schedule, noise), 2 * STEPS + 1)
        drawn = state.x.detach()
        given = torch.where(mask.bool(), x, torch.zeros_like(x))
        if not self.settings.is_image:
            return {"known": given.cpu().numpy(), "drawn": drawn.cpu().numpy()}
        return {"known": self.as_bytes(given).cpu().numpy(),
                "drawn": self.as_bytes(drawn).cpu().numpy()}

    @question
    @torch.no_grad()
    def edit(self, picture: Picture,
             t: Annotated[float, Within(0.05, 1)], seed: Seed) -> Work[Answer]:
        """Noise the visitor's own picture up to t, and walk back (SDEdit).

        Returns:
            `given`, `noisy` and what came of it, `drawn`: bytes; nothing where the data are
            points.
        """
        if not self.settings.is_image:
            return {}
        x = self._own(picture)
        torch.manual_seed(seed)
        many = x.expand(N_COMPLETED, *x.shape[1:])
        noisy = noised(many, t, self.model.schedule)
        steps = max(2, round(2 * STEPS * t))
        state = yield from to_the_end(
            DDIM(steps=steps)(self.denoiser_of(None), self.model.schedule, noisy, t), steps + 1)
        scale = self.model.schedule.scale(torch.full((1,), t, device=self.device)).item()
        return {"given": self.as_bytes(x).cpu().numpy(),
                "noisy": self.as_bytes(noisy[:1] / scale).cpu().numpy(),
                "drawn": self.as_bytes(state.x).cpu().numpy()}

    def _own(self, picture: np.ndarray) -> Tensor:
        """The visitor's picture as the data are, in the model's space, (1, C, H, W)."""
        framing = Framing.of(self.data.train[:N_KNOWN])
        fitted = fit(picture, self.data.shape, framing)
        return self.model.inward(torch.from_numpy(fitted)[None].to(self.device))
