"""A Boltzmann machine on small pictures: what is watched."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from playground.concepts.rbm.questions import RBMQuestions
from playground.concepts.rbm.settings import RBMSettings
from playground.datasets import bars
from playground.experiments.base import Observation, Work
from playground.experiments.look import look
from playground.experiments.pixels import to_bytes

LADDER = 500  # temperatures of the estimate of log Z


class Shown(NamedTuple):
    """How much of a machine a snapshot has room for.

    Attributes:
        pictures: fantasies, and held-out pictures.
        weights: hidden units.
        moments: of a chain, beside its start.
    """

    pictures: int
    weights: int
    moments: int


SHOWN = {4: Shown(36, 64, 9), 8: Shown(36, 64, 9), 14: Shown(25, 64, 9), 28: Shown(16, 25, 6)}


class RBMExperiment(RBMQuestions):
    """Trains a machine and shows its weights, its fantasies, and how likely data are."""

    def __init__(self, settings: RBMSettings, device: str) -> None:
        super().__init__(settings, device)
        self.shown = SHOWN[self.data.shape[-1]]
        self.start = self.model.noise(self.shown.pictures)

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return what the machine dreams of now, and how likely it finds data.

        Metrics: the loss, whose value says nothing; `log_p`, the mean over held-out pictures in
        nats, exact where the smaller layer has few units, else by annealed importance sampling,
        then with its standard `error`; `wrong`, pixels of a copy that are otherwise; `noise_gap`,
        the free energy of noise above that of held-out pictures, and `held_out_gap`, theirs above
        that of training ones, in nats. Of bars and stripes also `floor`, the highest mean of log p
        that there is, minus the entropy; `gap`, what is missing to it; `valid`, the share of
        fantasies that are bars or stripes, and `found`, how many different ones. By parallel
        tempering `swaps`, the share of swaps that was taken in the last update between those
        neighbours that swapped least.

        Arrays: `path` (T, N, H, W) bytes, chains from noise after `times` (T,) steps;
        `weights` (K, H, W) of the first hidden units; `data` (N, H, W) bytes.
        """
        path, times, end = yield from self._dream()
        metrics: dict[str, Tensor | float] = dict(self.trainer.recent_losses())
        metrics |= self._energies()
        metrics |= yield from self._likelihood()
        if self.settings.rule == "tempered":
            metrics["swaps"] = self.model.swaps.min()
        if self.settings.is_bars:
            known = self.patterns_of(end.cpu())
            metrics["valid"] = float((known >= 0).mean())
            metrics["found"] = float(len(np.unique(known[known >= 0])))
        units = self.model.weights.T[:self.shown.weights]
        weights = units.clone().reshape(-1, *self.data.shape[1:])  # training goes on in its own
        n = min(len(self.start), len(self.held_out))
        return look(metrics, {"path": path, "times": times, "weights": weights,
                              "data": to_bytes(self.held_out[:n])})

    def _dream(self) -> Work[tuple[Tensor, np.ndarray, Tensor]]:
        """Walk from the noise; return pictures on the way, after how many steps, and the end.

        Of bars and stripes the pixels are shown as drawn; of the rest, their chances of white.
        """
        total = self.settings.gibbs_steps
        times = np.unique(np.rint(np.geomspace(1, total, self.shown.moments)).astype(int)).tolist()
        shown, v = [self.start], self.start
        chains = self.model.gibbs(self.start, self.settings.temperature)
        for step in range(1, total + 1):
            v, chances = next(chains)
            if step in times:
                shown.append(v if self.settings.is_bars else chances)
            if step % self.piece == 0:
                yield None
        pictures = torch.stack(shown).view(-1, *self.data.shape)
        return (to_bytes(pictures).unflatten(0, (len(shown), -1)),
                np.array([0, *times], np.float32), v)

    def _energies(self) -> dict[str, Tensor | float]:
        """Free energies of held-out pictures, training ones and noise; wrong pixels of copies."""
        model, held_out = self.model, self.held_out
        noise = torch.bernoulli(torch.sigmoid(model.base).expand(len(held_out), -1))
        data, known, odd = (model.free_energy(each.flatten(1))
                            for each in (held_out, self.known[:len(held_out)], noise))
        return {"wrong": model.wrong_pixels(held_out), "noise_gap": odd.mean() - data.mean(),
                "held_out_gap": data.mean() - known.mean()}

    def _likelihood(self) -> Work[dict[str, Tensor | float]]:
        """How likely held-out pictures are, exactly or as it is estimated."""
        if not self.settings.is_exact:
            log_z, error = yield from self.annealed(LADDER)
            data = self.model.exact_log_prob(self.held_out, log_z)
            return {"log_p": data.mean().item(), "error": error}
        log_z = yield from self.summed()
        log_p = self.model.exact_log_prob(self.held_out, log_z).mean().item()
        if not self.settings.is_bars:
            return {"log_p": log_p}
        floor = -bars.entropy()
        return {"log_p": log_p, "floor": floor, "gap": floor - log_p}
