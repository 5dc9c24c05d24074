"""A flow on points of the plane or on pictures: what is watched."""

import numpy as np
import torch
from torch import Tensor

from model_zoo.flow_matching import FlowMatching, bend
from model_zoo.ode import OdeState
from playground.concepts.flow_matching.drawing_questions import distance
from playground.concepts.flow_matching.picture_questions import PictureQuestions
from playground.concepts.flow_matching.plane_questions import PlaneQuestions
from playground.concepts.flow_matching.settings import FlowMatchingSettings
from playground.experiments import known_density
from playground.experiments.base import Observation, Work
from playground.experiments.look import look
from playground.experiments.pixels import to_bytes
from playground.metrics import clouds

N_SHOWN = 250
N_TRAILS = 40
N_PICTURES = {8: 64, 14: 36, 16: 20, 28: 16}
MOMENTS = 8  # of a way, beside its start
FIELD_SIDE = 11
REACH = 2.2
WAY_MOMENTS = 7
N_WAYS = 60
N_CHECKED = 500
N_RATED = 100
MIN_OTHERS = 6


class FlowMatchingExperiment(PictureQuestions, PlaneQuestions):
    """Trains a flow and shows how it carries noise to data."""

    def __init__(self, settings: FlowMatchingSettings, device: str) -> None:
        super().__init__(settings, device)
        source = self.model.first.source
        n = N_PICTURES[self.data.shape[-1]] if settings.is_image else N_SHOWN
        self.noise = source.draw(n)
        held_out = self.data.test if len(self.data.test) else self.data.train
        self.held_out = torch.from_numpy(held_out[:max(N_SHOWN, N_CHECKED)]).to(device)
        self.held_out_labels = self.data.test_labels[:len(self.held_out)]
        self.checked_noise = source.draw(len(self.held_out))
        self.checked_times = torch.rand(len(self.held_out), device=device)
        self.field_places = _square(self.device)
        self.floor = self._floor()

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return how noise is carried to data now.

        Metrics: the losses; `evaluations` of the net for a drawing; `bend`, how far ways are from
        straight ones, where there are several steps; `held_out`, squared error of the velocity.
        On the plane also `w2`, the exact Wasserstein-2 distance of samples and as many held-out
        points, `w2_one`, the same after one step of Euler's rule (or one jump), and `floor_w2`, of
        held-out points and others; of a finished run `log_p`, the mean of some held-out points in
        nats, where there is a density; where groups are known `high_quality` and `modes`, and
        `right_class`, the share of samples that are nearest to the group that the net was told.

        Arrays: of points `path` (T, N, 2), at `times` (T,); `field` (T, F, 2), velocities at
        `places` (F, 2); `data` (M, 2); `one` (N, 2), after one step; `ways` (W, S, 2), what joins
        pairs that are learned from. Of pictures `path` (T, N, H, W) bytes and `data`. Where the
        net is told classes, `told` (N,) bytes.
        """
        if not self.ready:
            own = self.settings.own_points().train
            return {"points": float(len(own))}, {"data": own}
        self.take_knobs()
        told = self.classes_for(len(self.noise))
        states: list[OdeState] = []
        for state in self.model.now.path(len(self.noise), told, self.noise):
            states.append(state)
            yield None
        metrics: dict[str, Tensor | float] = dict(self.trainer.recent_losses())
        metrics["evaluations"] = float(states[-1].evaluations)
        if len(states) > 2 and isinstance(self.model.now, FlowMatching):
            metrics["bend"] = bend(states).mean()
        kept = [states[round(at)] for at in np.linspace(0, len(states) - 1,
                                                        min(MOMENTS + 1, len(states)))]
        times = torch.stack([state.t[0] for state in kept])
        path = torch.stack([state.x for state in kept])
        arrays: dict[str, Tensor | np.ndarray] = {"times": times}
        if told is not None:
            arrays["told"] = told.to(torch.uint8)
        if self.settings.is_image:
            n, data = len(self.noise), self.held_out[:len(self.noise)]
            metrics |= self._held_out_error()
            pictures = to_bytes(path.flatten(0, 1).clamp(0, 1)).unflatten(0, (len(kept), n))
            return look(metrics, arrays | {"path": pictures, "data": to_bytes(data)})
        one = self.in_one_step(self.noise, told)
        yield None
        metrics |= self._measure(path[-1], one) | self.floor
        yield None
        metrics |= self._held_out_error()
        if self.done >= self.settings.steps and self.settings.claim.is_log_p:
            rated = yield from self.log_prob_of(self.data.test[:N_RATED],
                                                self.data.test_labels[:N_RATED])
            metrics["log_p"] = float(rated.mean())
        return look(metrics, arrays | {
            "path": path, "field": self._field(times), "places": self.field_places, "one": one,
            "data": self.held_out[:N_SHOWN], "ways": self._ways()})

    def _held_out_error(self) -> dict[str, Tensor | float]:
        """The squared error of the velocity on held-out data that chance has paired."""
        model = self.model.now
        if not isinstance(model, FlowMatching):
            return {}
        classes = (None if not self.settings.know_class else
                   torch.from_numpy(self.held_out_labels).to(self.device))
        rows = slice(0, 64 if self.settings.is_image else None)
        t = self.checked_times[rows]
        moment = model.way.at(t, self.checked_noise[rows], model.inner(self.held_out[rows]))
        said = model.net(moment.x, t, None if classes is None else classes[rows])
        return {"held_out": (said - moment.velocity).square().mean()}

    def _measure(self, samples: Tensor, one: Tensor) -> dict[str, float]:
        """Compare samples with held-out points."""
        real = self.held_out[:N_SHOWN].cpu().numpy()
        drawn, at_once = samples.cpu().numpy(), one.cpu().numpy()
        found = {"w2": distance(drawn, real), "w2_one": distance(at_once, real)}
        centers, sigma = known_density.modes(self.settings.dataset, self.settings.noise)
        if len(centers):
            counts, found["high_quality"] = clouds.modes(drawn, centers, sigma)
            found["modes"] = float((counts > 0).sum())
            told = self.classes_for(len(drawn))
            if told is not None:
                nearest = np.linalg.norm(drawn[:, None] - centers, axis=-1).argmin(1)
                found["right_class"] = float((nearest == told.cpu().numpy()).mean())
        return found

    def _floor(self) -> dict[str, float]:
        if self.settings.is_image or not self.ready:
            return {}
        others = self.data.test[N_SHOWN:2 * N_SHOWN]
        others = others if len(others) >= MIN_OTHERS else self.data.train[:N_SHOWN]
        centers, _sigma = known_density.modes(self.settings.dataset, self.settings.noise)
        return {"floor_w2": distance(others, self.held_out[:N_SHOWN].cpu().numpy())} | (
            {"floor_modes": float(len(centers))} if len(centers) else {})

    def _field(self, times: Tensor) -> Tensor:
        """Velocities at the places at each time, (T, F, 2); to the end, where ways are jumped."""
        n = len(self.field_places)
        places = self.field_places.repeat(len(times), 1)
        t = times.repeat_interleave(n)
        return self.velocity(places, t, self.classes_for(len(places))).unflatten(0, (-1, n))

    def _ways(self) -> Tensor:
        """What joins pairs that are learned from now, (W, S, 2)."""
        model = self.model.now
        data = torch.from_numpy(self.data.train[:self.batches.size]).to(self.device)
        noise = self.model.first.source.draw(len(data))
        if self.batches.whole:
            noise, data = (each[:N_WAYS] for each in (self.batches.noise, self.batches.ends))
        elif isinstance(model, FlowMatching):
            classes = (None if not self.settings.know_class else torch.from_numpy(
                self.data.train_labels[:len(data)]).to(self.device))
            noise = noise[model.pairing.order(noise, data, classes)]
        n = min(N_WAYS, len(data))
        times = torch.linspace(0, 1, WAY_MOMENTS, device=self.device)
        return torch.stack([model.way.at(time.expand(n), noise[:n], data[:n]).x
                            for time in times], 1)



def _square(device: str) -> Tensor:
    axis = torch.linspace(-REACH, REACH, FIELD_SIDE, device=device)
    return torch.cartesian_prod(axis, axis)
