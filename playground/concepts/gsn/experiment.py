"""A generative stochastic network on points or small pictures: what is watched."""

import numpy as np
import torch
from torch import Tensor

from playground.concepts.gsn.questions import GSNQuestions
from playground.concepts.gsn.settings import GSNSettings
from playground.experiments import known_density, mixing
from playground.experiments.base import Observation, Work
from playground.experiments.look import look
from playground.experiments.pixels import to_bytes
from playground.metrics import clouds, feature_net
from playground.metrics.distances import wasserstein
from playground.metrics.features import frechet_distance

N_SHOWN = 250
N_PICTURES, N_SHEET = 100, {8: 36, 14: 25}  # chains of pictures, and how many are shown
N_WATCHED = 25  # chains, of which it is known at each step where they are
MOMENTS = 9  # of a chain, beside its start
FIELD_SIDE = 13
REACH = 2.2
PIECE = 10  # steps of all chains


class GSNExperiment(GSNQuestions):
    """Trains a net and shows where its chains go."""

    def __init__(self, settings: GSNSettings, device: str) -> None:
        super().__init__(settings, device)
        n = N_PICTURES if settings.is_image else N_SHOWN
        self.noise = self.model.corruption.noise(n, self.data.shape)
        axis = torch.linspace(-REACH, REACH, FIELD_SIDE, device=device)
        self.field_places = torch.cartesian_prod(axis, axis)
        self.floor = self._floor()

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return where chains go now.

        Metrics: the losses in nats; `held_out`, that of held-out data after one corruption;
        `changes`, how often a chain comes near another class in 100 steps. Of points `w2`, the
        exact Wasserstein-2 distance of the chains' ends and as many held-out points, and
        `floor_w2`, of these and others; where groups are known `high_quality` and `modes`. Of
        pictures `fid`, the Frechet distance of 100 chains' ends and as many held-out pictures by
        the features of our own net, and `floor_fid`, of training pictures and these.

        Arrays: `path` (T, N, 2), or (T, N, H, W) bytes, chains after `times` (T,) steps; `data`
        as many held-out data. Of points also `pull` (F, 2), from `places` (F, 2) to what the net
        reconstructs there in the mean.
        """
        self.take_knobs()
        path, times, end, seen = yield from self._walk_and_watch()
        metrics: dict[str, Tensor | float] = dict(self.trainer.recent_losses())
        metrics |= self.floor
        metrics["changes"] = mixing.stays(seen, self.n_classes)["changes"]
        corrupted = self.model.corruption(self.held_out)
        metrics["held_out"] = -self.model.denoiser(corrupted).log_prob(self.held_out)
        arrays: dict[str, Tensor | np.ndarray] = {"times": times}
        if self.settings.is_image:
            metrics["fid"] = self._frechet(end)
            path = path[:, :N_SHEET[self.data.shape[-1]]]
            pictures = to_bytes(path.flatten(0, 1)).unflatten(0, path.shape[:2])
            data = to_bytes(self.held_out[:path.shape[1]])
            return look(metrics, arrays | {"path": pictures, "data": data})
        metrics |= self._compared(end)
        pull = self.kept(self.model.denoiser(self.field_places).mean) - self.field_places
        return look(metrics, arrays | {"path": path, "data": self.held_out[:len(self.noise)],
                                       "pull": pull, "places": self.field_places})

    def _walk_and_watch(self) -> Work[tuple[Tensor, np.ndarray, Tensor, np.ndarray]]:
        """Walk the chains; return moments of them, after how many steps, the end, and places.

        Of pictures the chances are shown, as in the papers: what the net thinks of at a step. The
        end is where chains are, of pictures too.
        """
        n, total = len(self.noise), self.settings.chain_steps
        start = self.noise if self.settings.chain_start == "noise" else self.held_out[:n]
        times = np.unique(np.rint(np.geomspace(1, total, MOMENTS)).astype(int)).tolist()
        shown, seen = [start], []
        end = start
        for step, state in enumerate(self.model.path(n, start), 1):
            end = self.kept(state.x)
            seen.append(self.places(state.x[:N_WATCHED]))
            if step in times:
                shown.append(state.mean if self.settings.is_image else end)
            if step % PIECE == 0:
                yield None
        return (torch.stack(shown), np.array([0, *times], np.float32), end,
                self.labels_of(torch.stack(seen)))

    def _frechet(self, x: Tensor) -> float:
        """How far pictures are from as many held-out ones."""
        found, real = (feature_net.features(self.settings.dataset, part)
                       for part in (x, self.held_out[:len(x)]))
        return frechet_distance(found, real)

    def _compared(self, end: Tensor) -> dict[str, float]:
        drawn = end.cpu().numpy()
        found = {"w2": wasserstein(drawn, self.data.test[:len(drawn)])}
        centers, sigma = known_density.modes(self.settings.dataset, self.settings.noise)
        if len(centers):
            counts, found["high_quality"] = clouds.modes(drawn, centers, sigma)
            found |= {"modes": float((counts > 0).sum()), "floor_modes": float(len(centers))}
        return found

    def _floor(self) -> dict[str, float]:
        if self.settings.is_image:
            return {"floor_fid": self._frechet(self.known[:N_PICTURES])}
        return {"floor_w2": wasserstein(self.data.test[N_SHOWN:2 * N_SHOWN],
                                        self.data.test[:N_SHOWN])}
