"""Questions about log p(x): by the ODE on the plane, by the chain on pictures, part by part."""

import math

import numpy as np
import torch
from torch import Tensor

from model_zoo.diffusion_likelihood import bound_parts, chain_parts, log_prob_steps
from playground.concepts.diffusion.training import TrainedDiffusion
from playground.datasets.levels import levels_of
from playground.experiments import toy_density
from playground.experiments.base import Answer, Work, question
from playground.language import N_
from playground.refusal import Refusal
from playground.training.randomness import fixed_random_state

N_POINTS, N_PICTURES = 200, 10
AT_ONCE = 200
GRID, HALF = 41, 3.0
N_PARTS, TOLERANCE = 20, 1e-3
CHAIN = {True: 100, False: 200}  # steps of the chain, of pictures and of points


class RatingQuestions(TrainedDiffusion):
    """Measures what the model says of log p of held-out data."""

    @question
    @torch.no_grad()
    def parts(self) -> Work[Answer]:
        """Bound -log p of held-out data from above, and say what each noise level adds.

        Returns:
            `log_snr` (P,), from noise to data, and what the levels around it cost, `costs` (P,);
            `end` and `start`, what is paid where the chain ends and where it starts; `total`, the
            sum, the bound of an endless chain; and `chain`, that of one of `steps` steps; all in
            nats per datum, means of `n` data with one noise each. `dims` of a datum; `levels` of
            a number, 0 for real ones.
        """
        picture = self.settings.is_image
        n = min(N_PICTURES if picture else N_POINTS, len(self.data.test))
        x = self.model.inward(torch.from_numpy(self.data.test[:n]).to(self.device))
        levels = None
        if picture:
            levels = torch.linspace(-1, 1, levels_of(self.settings.dataset), device=self.device)
        denoise = self.model.denoiser(self._told(slice(n)))
        yield None
        schedule = self.model.schedule
        costs = []
        for part in bound_parts(denoise, schedule, x, N_PARTS, levels=levels):
            costs.append(part.mean().item())
            yield None
        steps = CHAIN[picture]
        chain = chain_parts(denoise, schedule, x, steps, levels)
        low, high = (schedule.log_snr(torch.tensor(t)).item() for t in (1.0, schedule.start))
        middles = low + (np.arange(N_PARTS) + 0.5) / N_PARTS * (high - low)
        return {"log_snr": middles.astype(np.float32),
                "costs": np.array(costs[1:-1], np.float32), "end": costs[0], "start": costs[-1],
                "total": sum(costs), "chain": sum(part.mean().item() for part in chain),
                "steps": steps, "n": n, "dims": math.prod(self.data.shape),
                "levels": levels_of(self.settings.dataset) if picture else 0}

    @question
    @torch.no_grad()
    def density(self) -> Work[Answer]:
        """Follow held-out points to noise by the ODE, and add up the density on a grid.

        Returns:
            `nats`, the mean of -log p of `n` held-out points, and its standard `error`; `floor`,
            what the density that they are drawn from says of the same points, if it is known,
            else 0; `mass`, the integral over a square; `evaluations` of the net and its slope;
            `surface` (G, G), the density, rows from the bottom.
        """
        if self.settings.is_image:
            raise Refusal(N_("the density on a grid must be that of points of the plane"))
        if self.settings.know_class:
            raise Refusal(N_("the density must be that of a model that is told no class"))
        x = torch.from_numpy(self.data.test[:N_POINTS]).to(self.device)
        axis = torch.linspace(-HALF, HALF, GRID, device=self.device)
        places = torch.cartesian_prod(axis, axis).flip(1)
        both = torch.cat([x, places])
        for state in log_prob_steps(self.model.denoiser(), self.model.schedule, both,
                                    tolerance=TOLERANCE):
            yield 1 - state.t.min().item() if state.t.min() < 1 else None
        said = state.log_prob[:len(x)]
        grid = state.log_prob[len(x):].exp().view(GRID, GRID)
        truth = toy_density.log_density(self.settings.dataset, self.settings.noise)
        floor = 0.0 if truth is None else -float(truth(self.data.test[:N_POINTS]).mean())
        cell = (2 * HALF / (GRID - 1)) ** 2
        return {"nats": -said.mean().item(), "error": (said.std() / len(x) ** 0.5).item(),
                "floor": floor, "known": truth is not None, "n": len(x),
                "mass": grid.sum().item() * cell, "surface": grid.cpu().numpy(),
                "evaluations": state.evaluations}

    @torch.no_grad()
    def all_held_out(self) -> dict[str, float]:
        """Return of pictures `nats`, the mean bound of -log p of all `n`, and its `error`.

        That of an endless chain, with one noise for each part of the way; `bits` is the same per
        dimension.
        """
        if not self.settings.is_image:
            return {}
        whole = torch.from_numpy(self.data.test)
        levels = torch.linspace(-1, 1, levels_of(self.settings.dataset), device=self.device)
        costs = []
        with fixed_random_state(self.device):
            for rows in torch.arange(len(whole)).split(AT_ONCE):
                x = self.model.inward(whole[rows].to(self.device))
                denoise = self.model.denoiser(self._told(slice(rows[0], rows[-1] + 1)))
                costs.append(sum(bound_parts(denoise, self.model.schedule, x, N_PARTS,
                                             levels=levels), x.new_zeros(len(x))))
        nats = torch.cat(costs)
        return {"n": float(len(nats)), "nats": nats.mean().item(),
                "error": (nats.std() / len(nats) ** 0.5).item(),
                "bits": nats.mean().item() / math.log(2) / math.prod(self.data.shape)}

    def _told(self, rows: slice) -> Tensor | None:
        if not self.model.n_classes:
            return None
        return torch.from_numpy(self.data.test_labels[rows].astype(np.int64)).to(self.device)
