"""An energy-based model on the plane or on digits: what is watched."""

import numpy as np
import torch
from torch import Tensor

from playground.concepts.energy.mapping import shades
from playground.concepts.energy.questions import EnergyQuestions
from playground.concepts.energy.settings import EnergySettings
from playground.experiments import toy_density
from playground.experiments.base import Observation, Work
from playground.experiments.look import look
from playground.experiments.pixels import to_bytes
from playground.metrics.distances import wasserstein

N_SHOWN, N_PICTURES = 300, 36
MOMENTS = 9  # of the chains, beside their start
PIECE = 10  # steps of all chains


class EnergyExperiment(EnergyQuestions):
    """Trains an energy and shows its wells, chains on their way, and how likely data are."""

    def __init__(self, settings: EnergySettings, device: str) -> None:
        super().__init__(settings, device)
        self.start = self.model.noise(N_PICTURES if settings.is_image else N_SHOWN)
        self.floor_w2 = 0.0
        if not settings.is_image:
            halves = self.data.test[:2 * N_SHOWN].reshape(2, -1, 2)
            self.floor_w2 = wasserstein(*halves)

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return where chains from noise come to, and how energies lie.

        Metrics: the loss, which by chains says nothing; `temperature` of the chains; medians in
        nats: `fantasy_gap`, the energy at the ends of the chains above that of held-out data,
        `noise_gap`, that of their starts, and `held_out_gap`, how far held-out data lie above
        training ones. On the plane `log_p`, the mean over held-out points in nats, exact up to
        the quadrature, and its standard `error`, since these points are a sample; `floor`, the
        highest mean that there is, minus the entropy, and `gap`, what is missing to it; `log_z`,
        and `learned_log_z`, that of noise-contrastive estimation; `outside`, the share of p
        beyond what is drawn; `w2`, the Wasserstein-2 distance of the ends to as many held-out
        points, and `floor_w2`, that of as many others.

        Arrays: `path`, chains from noise after `times` (T,) steps: (T, N, 2), of digits bytes
        (T, N, H, W); `data`, held out. On the plane `wells` (G, G) bytes, how deep the energy
        lies on a square, rows from the bottom; see `shades`.
        """
        self.take_knobs()
        path, times = yield from self._dream()
        metrics: dict[str, Tensor | float] = dict(self.trainer.recent_losses())
        metrics |= {"temperature": self.settings.temperature} | self._energies(path[-1])
        arrays: dict[str, Tensor | np.ndarray] = {"times": times}
        if self.settings.is_image:
            shown = self.model.outward(path).clamp(0, 1)
            arrays["path"] = to_bytes(shown.flatten(0, 1)).unflatten(0, shown.shape[:2])
            arrays["data"] = to_bytes(self.held_out[:N_PICTURES])
            return look(metrics, arrays)
        surface, log_z = yield from self.mapped(self.model.energy)
        metrics |= self._likelihood(log_z) | self._distance(path[-1])
        metrics["outside"] = max(0.0, 1 - float((-surface).exp().sum()) * self.cell)
        return look(metrics, arrays | {"path": path, "wells": shades(surface),
                                       "data": self.held_out[:N_SHOWN]})

    def _dream(self) -> Work[tuple[Tensor, np.ndarray]]:
        """Walk from noise; return where chains are at some moments, and after how many steps."""
        total = self.settings.shown_steps
        times = np.unique(np.rint(np.geomspace(1, total, MOMENTS)).astype(int)).tolist()
        shown, chains = [self.start], self.model.sampler.walk(self.model.energy, self.start)
        for step in range(1, total + 1):
            x = next(chains)
            if step in times:
                shown.append(x)
            if step % PIECE == 0:
                yield None
        return torch.stack(shown), np.array([0, *times], np.float32)

    def _energies(self, end: Tensor) -> dict[str, Tensor | float]:
        """How high fantasies, noise and held-out data lie."""
        train = self.trainer.batches.data[:len(self.held_out)]
        held_out, known, dreamt, noise = (  # a chain that has not arrived says nothing of the rest
            self.model.energy(each).median() for each in (
                self.model.inward(self.held_out), self.model.inward(train), end, self.start))
        return {"fantasy_gap": dreamt - held_out, "noise_gap": noise - held_out,
                "held_out_gap": held_out - known}

    def _likelihood(self, log_z: float) -> dict[str, Tensor | float]:
        """How likely held-out points are, and the best there is."""
        each = -self.model.energy(self.held_out).cpu().double() - log_z
        log_p = each.mean().item()
        found: dict[str, Tensor | float] = {"log_p": log_p, "log_z": log_z,
                                            "error": each.std().item() / len(each)**0.5}
        if self.settings.rule == "contrastive":
            found["learned_log_z"] = self.model.log_normaliser.detach()
        entropy = toy_density.entropy(self.settings.dataset, self.settings.noise)
        if entropy is not None:
            found |= {"floor": -entropy, "gap": -entropy - log_p}
        return found

    def _distance(self, end: Tensor) -> dict[str, Tensor | float]:
        """How far the ends of the chains are from held-out points."""
        found = end.cpu().numpy()
        if not np.isfinite(found).all():
            return {}
        return {"w2": wasserstein(found, self.data.test[:len(found)]), "floor_w2": self.floor_w2}


