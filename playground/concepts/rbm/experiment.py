"""A Boltzmann machine on small pictures: what is watched."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from model_zoo.dbm import DBM
from model_zoo.gaussian_rbm import GaussianRBM
from playground.concepts.rbm.questions import RBMQuestions
from playground.concepts.rbm.settings import RBMSettings
from playground.datasets import bars
from playground.experiments import toy_density
from playground.experiments.base import Observation, Work
from playground.experiments.look import look
from playground.experiments.pixels import to_bytes

LADDER = 500  # temperatures of the estimate of log Z


class Shown(NamedTuple):
    """How much of a machine a snapshot has room for.

    Attributes:
        data: fantasies, and held-out data.
        weights: hidden units.
        moments: of a chain, beside its start.
    """

    data: int
    weights: int
    moments: int


SHOWN = {4: Shown(36, 64, 9), 8: Shown(36, 64, 9), 14: Shown(25, 64, 9), 28: Shown(16, 16, 6)}
OF_POINTS = Shown(300, 0, 9)
HALF, SIDE = 3.0, 81  # the square on which a density is drawn, and places along each axis


class RBMExperiment(RBMQuestions):
    """Trains a machine and shows its weights, its fantasies, and how likely data are."""

    def __init__(self, settings: RBMSettings, device: str) -> None:
        super().__init__(settings, device)
        self.shown = OF_POINTS if settings.is_points else SHOWN[self.data.shape[-1]]
        self.start = self.model.noise(self.shown.data)

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return what the machine dreams of now, and how likely it finds data.

        Metrics: the loss, whose value says nothing; `log_p`, the mean over held-out data in nats,
        exact where the smaller layer has few units, else by annealed importance sampling,
        then with its standard `error`; `wrong`, pixels of a copy that are otherwise; `noise_gap`,
        the free energy of noise above that of held-out pictures, and `held_out_gap`, theirs above
        that of training ones, in nats. Of bars and stripes, and of points, also `floor`, the
        highest mean of log p that there is, minus the entropy, and `gap`, what is missing to it;
        of bars and stripes `valid`, the share of fantasies that are such, and `found`, how many
        different ones. By parallel
        tempering `swaps`, the share of swaps that was taken in the last update between those
        neighbours that swapped least. Of a deep machine there are no free energies; `bound` is
        the mean field's bound of log p where log Z is exact, and `log_p` is it where log Z is an
        estimate.

        Arrays: `path` (T, N, H, W) bytes, chains from noise after `times` (T,) steps;
        `weights` (K, H, W) of the first hidden units; `data` (N, H, W) bytes. Of points, without
        what is said of pictures: `path` (T, N, 2); `bumps` (N, 2), the middles of those from which
        the ends of the chains were drawn, and `scale` (2,), their deviations, the smaller and the
        larger also as `narrow` and `wide`; `density` (G, G) bytes on a square, rows from the
        bottom, 255 where it is highest; `data` (N, 2).
        """
        path, times, end, means = yield from self._dream()
        metrics: dict[str, Tensor | float] = dict(self.trainer.recent_losses())
        metrics |= yield from self._likelihood()
        if self.settings.is_tempered and not isinstance(self.model, DBM):
            metrics["swaps"] = self.model.swaps.min()
        if self.settings.is_bars:
            known = self.patterns_of(end.cpu())
            metrics["valid"] = float((known >= 0).mean())
            metrics["found"] = float(len(np.unique(known[known >= 0])))
        n = min(len(self.start), len(self.held_out))
        if isinstance(self.model, GaussianRBM):
            scale = self.model.log_scale.exp()
            metrics |= {"narrow": scale.min(), "wide": scale.max()}
            return look(metrics, {
                "path": path, "times": times, "bumps": means, "scale": scale.clone(),
                "density": self._density(self.model), "data": self.held_out[:n]})
        metrics |= self._energies()
        units = self.model.weights.T[:self.shown.weights]
        weights = units.clone().reshape(-1, *self.data.shape[1:])  # training goes on in its own
        pictures = path.view(-1, *self.data.shape)
        return look(metrics, {"path": to_bytes(pictures).unflatten(0, (len(times), -1)),
                              "times": times, "weights": weights,
                              "data": to_bytes(self.held_out[:n])})

    def _dream(self) -> Work[tuple[Tensor, np.ndarray, Tensor, Tensor]]:
        """Walk from the noise; return data on the way, after how many steps, the end, its means.

        Points and bars and stripes are shown as drawn; of other pictures the chances of white.
        """
        total = self.settings.gibbs_steps
        times = np.unique(np.rint(np.geomspace(1, total, self.shown.moments)).astype(int)).tolist()
        shown, v, means = [self.start], self.start, self.start
        as_drawn = self.settings.is_bars or self.settings.is_points
        chains = self.model.gibbs(self.start, self.settings.temperature)
        for step in range(1, total + 1):
            v, means = next(chains)
            if step in times:
                shown.append(v if as_drawn else means)
            if step % self.piece == 0:
                yield None
        return torch.stack(shown), np.array([0, *times], np.float32), v, means

    def _density(self, machine: GaussianRBM) -> Tensor:
        """Return p on the square, (G, G) bytes, rows from the bottom; 255 is the highest."""
        axis = torch.linspace(-HALF, HALF, SIDE, device=self.device)
        y, x = torch.meshgrid(axis, axis, indexing="ij")
        log_p = -machine.free_energy(torch.stack([x, y], -1).view(-1, 2))
        return (255 * (log_p - log_p.max()).exp()).round().to(torch.uint8).view(SIDE, SIDE)

    def _energies(self) -> dict[str, Tensor | float]:
        """Free energies of held-out pictures, training ones and noise; wrong pixels of copies."""
        model, held_out = self.of_pictures, self.held_out
        if isinstance(model, DBM):
            return {"wrong": model.wrong_pixels(held_out)}
        noise = torch.bernoulli(torch.sigmoid(model.base).expand(len(held_out), -1))
        data, known, odd = (model.free_energy(each.flatten(1))
                            for each in (held_out, self.known[:len(held_out)], noise))
        return {"wrong": model.wrong_pixels(held_out), "noise_gap": odd.mean() - data.mean(),
                "held_out_gap": data.mean() - known.mean()}

    def _likelihood(self) -> Work[dict[str, Tensor | float]]:
        """How likely held-out pictures are, exactly or as it is estimated."""
        if not self.settings.is_exact:
            log_z, error = yield from self.annealed(LADDER)
            log_p = yield from self.mean_log_p(self.of_pictures, log_z)
            return {"log_p": log_p, "error": error}
        log_z = yield from self.summed()
        found: dict[str, Tensor | float] = {}
        if isinstance(self.model, GaussianRBM):
            log_p = self.model.exact_log_prob(self.held_out, log_z).cpu().double().mean().item()
        else:
            log_p = yield from self.mean_log_p(self.model, log_z)
        if isinstance(self.model, DBM):
            found["bound"] = self.model.bound(self.held_out, log_z).mean()
        found["log_p"] = log_p
        if not self.settings.is_bars and not self.settings.is_points:
            return found
        entropy = (bars.entropy() if self.settings.is_bars else
                   toy_density.entropy(self.settings.dataset, self.settings.noise))
        if entropy is not None:
            found |= {"floor": -entropy, "gap": -entropy - log_p}
        return found
