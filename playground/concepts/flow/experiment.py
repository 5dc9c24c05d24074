"""A normalizing flow: what is watched while it learns."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from playground.concepts.flow.layer_questions import LayerQuestions
from playground.concepts.flow.picture_questions import PictureQuestions
from playground.concepts.flow.settings import TEMPERATURES, FlowSettings
from playground.concepts.flow.training import REACH, cells
from playground.experiments.base import Observation, Piece, Work
from playground.experiments.look import look
from playground.experiments.pixels import to_bytes

N_SHOWN = 300
N_RATED = {False: 1000, True: 25}  # points, pictures, at once
N_PICTURES = {8: 64, 14: 49, 16: 49, 28: 25}
N_OF_A_CLASS = 6
MOST_STATES = 8  # on the way through the layers
COARSE, FINE = 26, 48  # cells along an axis of a density: on the way, and at its end
N_LINES, N_ALONG = 9, 51  # of the grid that is bent, and points on each
GRID_REACH = 2.5
N_STRIPS = 10
RULER_SIDE = 240


class FlowExperiment(LayerQuestions, PictureQuestions):
    """Trains a flow and shows how it bends the space."""

    def __init__(self, settings: FlowSettings, device: str) -> None:
        super().__init__(settings, device)
        n = N_SHOWN
        if settings.is_image:
            n = N_PICTURES[self.data.shape[-1]]
        self.shown_classes: Tensor | None = None
        if settings.tells_class:
            n_each = N_OF_A_CLASS if settings.is_image else n // self.n_classes
            self.shown_classes = torch.arange(self.n_classes, device=device).repeat_interleave(
                n_each)
            n = len(self.shown_classes)
        self.noise = self.flow.base.sample(n, torch.device(device))

    def steps(self) -> Iterator[Piece | None]:
        """Train; the live knobs are read before each step."""
        self.must_be_ready()
        yield from super().steps()

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return the flow at this moment.

        Metrics: `loss`, nats per datum, of the last 20 batches; `held_out`, of held-out data. For
        pictures that is a bound of one draw of noise, with `bits` per dimension and
        `gaussian_bits`, those of the Gaussian with the data's mean and covariance. For points,
        where their density is known, `floor`, -log p of the same data under it, and `gap`, how
        far it lies above: an estimate of the Kullback-Leibler divergence. As last measured:
        `mass`, the integral of p over what is shown; `astray`, the share of samples farther than
        four sigma from all centres, and `modes` with samples; `company`, by how many nats the log
        p of a point differs from batch to batch.

        Arrays of points: `samples` (K, N, 2), from codes to data, after some of the layers, whose
        numbers are `at` (K,); `codes` (K, M, 2), held-out `data` (M, 2) on their way to codes, and
        their `labels`; `parts` (L + 1,), the mean log p of the codes and of each layer's log
        |det|. On a plane also `grid` (K, G, 2), lines of the codes' space; `ways` (K - 1, C, C)
        and `density` (F, F), bytes, densities over their largest value, rows from the bottom. On a
        line `x`, `z` and `density` (R,), and `strips` (S - 1,), the inner ends in x of parts of
        the same mass. Of pictures `samples` (T, N, H, W), for each temperature.
        """
        if not self.ready:
            return {"points": float(len(self.data.train) + len(self.data.test))}, {
                "data": np.concatenate([self.data.train, self.data.test])}
        yield from self.measure_at_start()
        metrics = self.trainer.recent_losses() | self.measures
        said = yield from self._rated()
        metrics |= {"held_out": -said.mean()}
        if self.settings.is_image:
            metrics |= self._in_bits(metrics)
            return look(metrics, (yield from self._pictures()))
        if self.floor is not None:
            metrics |= {"floor": self.floor, "gap": metrics["held_out"] - self.floor}
        if self.settings.is_line:
            return look(metrics, self._ruler())
        return look(metrics, (yield from self._ways()))

    def _rated(self) -> Work[Tensor]:
        """What the model says of log p of held-out data, in nats, (N,), some at a time."""
        parts, at_once = [], N_RATED[self.settings.is_image]
        for start in range(0, len(self.held_out), at_once):
            rows = slice(start, start + at_once)
            told = self.classes_of(rows)
            parts.append(self.model.rate(self.held_out[rows], *([] if told is None else [told]),
                                         n_samples=1))
            yield None
        return torch.cat(parts)

    def _in_bits(self, metrics: dict[str, Tensor | float]) -> dict[str, Tensor | float]:
        per_bit = math.log(2) * self.held_out[0].numel()
        return {"bits": metrics["held_out"] / per_bit,
                "gaussian_bits": self.gaussian_nats / per_bit}

    def _pictures(self) -> Work[dict[str, Tensor | np.ndarray]]:
        drawn = []
        for temperature in TEMPERATURES:
            yield None
            z = (temperature * self.noise).flatten(1)
            drawn.append(to_bytes(self.decode_all(z, self.shown_classes)))
        return {"samples": torch.stack(drawn), "labels": self.labels}

    def _ways(self) -> Work[dict[str, Tensor | np.ndarray]]:
        flow, told = self.flow, self.classes_of(slice(0, N_SHOWN))
        n_layers = len(flow.chain.layers)
        at = np.unique(np.linspace(0, n_layers, MOST_STATES + 1).round().astype(int))
        arrays: dict[str, Tensor | np.ndarray] = {
            "at": at.astype(np.uint8), "labels": self.labels[:N_SHOWN]}
        arrays["samples"] = _chosen(flow.back(self.noise, self.shown_classes), at)[..., :2]
        yield None
        x = self.held_out[:N_SHOWN]
        arrays["data"] = x[..., :2]
        steps = list(flow.there(x, told))
        way = [x, *(z for z, _log_det in steps)]
        arrays["parts"] = _parts(flow.base.log_prob(way[-1]), steps)
        arrays["codes"] = torch.stack([way[number] for number in at])[..., :2]
        if not self.settings.is_plane:
            return arrays
        yield None
        lattice = torch.from_numpy(lines_of(N_LINES, N_ALONG, GRID_REACH)).to(x)
        arrays["grid"] = _chosen(flow.back(lattice, self.one_class(0, len(lattice))), at)
        coarse = torch.from_numpy(cells(2, COARSE, REACH)[0]).to(x)
        ways = []
        for number in at[:-1]:
            yield None
            ways.append(flow.log_prob_after(n_layers - int(number), coarse,
                                            self.one_class(0, len(coarse))))
        density = self.log_density(torch.from_numpy(cells(2, FINE, REACH)[0]).to(x))
        return arrays | {
            "ways": torch.stack([_shares(each) for each in ways]).view(-1, COARSE, COARSE),
            "density": _shares(density).view(FINE, FINE)}

    def _ruler(self) -> dict[str, Tensor | np.ndarray]:
        x = torch.from_numpy(cells(1, RULER_SIDE, REACH)[0]).to(self.held_out)
        z, _log_det = self.flow(x)
        steps = list(self.flow.there(self.held_out[:N_SHOWN]))
        shares = (torch.arange(1, N_STRIPS, device=x.device) / N_STRIPS)
        ends = torch.distributions.Normal(0, 1).icdf(shares)[:, None].to(x)
        inner = self.flow.inverse(ends)[:, 0]
        return {"x": x[:, 0], "z": z[:, 0], "density": self.flow.log_prob(x).exp(),
                "strips": inner, "data": self.held_out[:N_SHOWN],
                "parts": _parts(self.flow.base.log_prob(steps[-1][0]), steps)}


def lines_of(n_lines: int, n_along: int, reach: float) -> np.ndarray:
    """Return the points on the lines of a square grid, first those that lie flat, (2 L A, 2)."""
    along, places = (np.linspace(-reach, reach, n) for n in (n_along, n_lines))
    flat = np.stack(np.meshgrid(along, places), -1)  # (L, A, 2)
    return np.concatenate([flat, flat[..., ::-1]]).reshape(-1, 2).astype(np.float32)


def _chosen(states: Iterator[Tensor], at: np.ndarray) -> Tensor:
    """Return some states of a way, by their numbers, (K, N, D)."""
    wanted = set(at.tolist())
    return torch.stack([state for number, state in enumerate(states) if number in wanted])


def _parts(base: Tensor, steps: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Return the mean log p of codes and the mean log |det| of each layer, (L + 1,)."""
    return torch.stack([base.mean(), *(log_det.mean() for _z, log_det in steps)])


def _shares(log_density: Tensor) -> Tensor:
    """Return densities as bytes, 255 where they are highest."""
    return (255 * (log_density - log_density.max()).exp()).round().to(torch.uint8)
