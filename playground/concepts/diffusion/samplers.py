"""Questions about drawing: the same noise through many samplers, and how good each one is."""

from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from playground.arguments import Seed, Within
from playground.concepts.diffusion.settings import SAMPLERS
from playground.concepts.diffusion.training import TrainedDiffusion, sampler_of
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import to_the_end
from playground.metrics import feature_net
from playground.metrics.distances import wasserstein
from playground.metrics.features import frechet_distance

BUDGETS = (5, 10, 20, 50)  # evaluations of the net, about
TWICE = ("heun", "churn", "corrected")  # which ask twice a step
N_POINTS, N_PICTURES = 300, 100
ON_PICTURES = ("ddim", "ddpm", "heun")
BUDGETS_ON_PICTURES = (5, 10, 20)
N_WALKED, N_TRAILS, N_MOMENTS = 200, 25, 8


class SamplerQuestions(TrainedDiffusion):
    """Draws from one noise in many ways."""

    @question
    @torch.no_grad()
    def compare(self, seed: Seed) -> Work[Answer]:
        """Draw from the same noise by many samplers, with 5, 10, 20 and 50 evaluations or so.

        Returns:
            for each sampler its `evaluations_NAME` and `errors_NAME`: on the plane the exact
            Wasserstein-2 distance to held-out points, of pictures the Frechet distance by our
            own net's features, both of `n` samples; `floor`, that of as many real ones; 0 for
            `floor` where there are too few.
        """
        picture = self.settings.is_image
        names = ON_PICTURES if picture else tuple(SAMPLERS)
        budgets = BUDGETS_ON_PICTURES if picture else BUDGETS
        n = min(N_PICTURES if picture else N_POINTS, len(self.data.test) // 2)
        noise = self._noise(n, seed)
        answer: Answer = {"n": n, "names": list(names)}
        done, all_of_them = 0, len(names) * len(budgets)
        for name in names:
            evaluations, errors = [], []
            for budget in budgets if name != "adaptive" else budgets[-1:]:
                steps = max(2, budget // 2 if name in TWICE else budget)
                sampler = sampler_of(self.settings, name, steps)
                yield done / all_of_them
                state = yield from to_the_end(self.walk(noise, self.each_class(n), sampler))
                done += 1
                error = self._error(self.model.outward(state.x), n)
                if np.isfinite(error):
                    evaluations.append(float(state.evaluations))
                    errors.append(error)
            answer |= {f"evaluations_{name}": evaluations, f"errors_{name}": errors}
        real = torch.from_numpy(self.data.test[1:2 * n:2])
        return answer | {"floor": self._error(real, n)}

    def _error(self, samples: Tensor, n: int) -> float:
        """How far samples are from n held-out data, every second one: neighbours may be alike."""
        if not samples.isfinite().all():
            return float("inf")
        real = self.data.test[:2 * n:2]
        if not self.settings.is_image:
            return wasserstein(samples.cpu().numpy(), real)
        found, known = (feature_net.features(self.settings.dataset, part.clamp(0, 1))
                        for part in (samples, torch.from_numpy(real)))
        return frechet_distance(found, known)

    @question
    @torch.no_grad()
    def same_noise(self, seed: Seed, steps: Annotated[int, Within(2, 100)]) -> Work[Answer]:
        """Walk from the same noise by every sampler, in so many steps.

        Returns:
            `names`; for each of them its `evaluations`, and on the plane the `walk_NAME`
            (S, N, 2), in the model's own space scaled to variance 1; of pictures the
            `images_NAME` (N, ...) bytes.
        """
        picture = self.settings.is_image
        n = 10 if picture else N_WALKED
        noise, answer = self._noise(n, seed), Answer()
        names = ON_PICTURES if picture else tuple(SAMPLERS)
        evaluations = []
        for done, name in enumerate(names):
            states = []
            for state in self.walk(noise, self.each_class(n), sampler_of(
                    self.settings, name, steps)):
                states.append(state)
                yield done / len(names)
            evaluations.append(float(states[-1].evaluations))
            if picture:
                answer[f"images_{name}"] = self.as_bytes(states[-1].x).cpu().numpy()
                continue
            places = np.unique(np.linspace(0, len(states) - 1, N_MOMENTS).round().astype(int))
            answer[f"walk_{name}"] = torch.stack(
                [self.scaled(states[place]) for place in places]).cpu().numpy()
        return answer | {"names": list(names), "evaluations": evaluations}

    def _noise(self, n: int, seed: int) -> Tensor:
        """The noise of a seed, (n, *shape)."""
        generator = torch.Generator().manual_seed(seed)
        noise = torch.randn(n, *self.data.shape, generator=generator).to(self.device)
        one = torch.ones(1, device=self.device)
        return self.model.schedule.scale(one).item() * noise
