"""Questions about the layers of a flow: the way of one point, the Jacobian, two clocks."""

import math

import numpy as np
import torch
from torch import Tensor

from model_zoo.base import Bijection
from model_zoo.bijections import Inverted
from model_zoo.flow import Flow
from playground.arguments import HeldOut
from playground.concepts.flow.training import TrainedFlow
from playground.experiments.base import Answer, Work, question
from playground.experiments.drawing import timed
from playground.language import N_
from playground.refusal import Refusal

MOST_POINTS = 2000
N_CLOCKED = 1000
CLOCKED_AT_ONCE = 250
MOST_DIMENSIONS = 64
ROWS_AT_ONCE = 8
FAR = 20.0


class LayerQuestions(TrainedFlow):
    """Follows points through the layers."""

    @question
    @torch.no_grad()
    def log_prob(self, points: list[list[float]]) -> Answer:
        """Return log p of points.

        Returns:
            `log_prob` (N,) in nats; of a model that is told classes, that of their mean density.
        """
        self._must_be_points()
        return {"log_prob": self.log_density(self._rows_of(points)).cpu().numpy()}

    @question
    @torch.no_grad()
    def codes_of(self, points: list[list[float]]) -> Answer:
        """Return the codes of points, `codes` (N, D); of class 0 if the model is told classes."""
        self._must_be_points()
        x = self._rows_of(points)
        return {"codes": self.flow.encode(x, self.one_class(0, len(x))).cpu().numpy()}

    @question
    @torch.no_grad()
    def points_of(self, points: list[list[float]]) -> Answer:
        """Return the points of codes, `points` (N, D); of class 0 if the model is told classes."""
        self._must_be_points()
        z = self._rows_of(points)
        return {"points": self.flow.decode(z, self.one_class(0, len(z))).cpu().numpy()}

    @question
    @torch.no_grad()
    def probe(self, points: list[list[float]]) -> Answer:
        """Follow one point from the data to its code, layer by layer.

        Returns:
            `way` (L + 1, D), the point and what each layer makes of it; `parts` (L + 1,) nats: log
            p of the code, then log |det| of each layer; they sum to `log_prob`.
        """
        self._must_be_points()
        x = self._rows_of(points)[:1]
        told = self.one_class(0, 1)
        way, log_dets = [x[0]], []
        for z, log_det in self.flow.there(x, told):
            way.append(z[0])
            log_dets.append(log_det[0])
        base = self.flow.base.log_prob(way[-1][None])[0]
        return {"way": torch.stack(way).cpu().numpy(),
                "parts": (parts := torch.stack([base, *log_dets]).cpu().double()).numpy(),
                "log_prob": float(parts.sum())}

    @question
    def jacobian(self, index: HeldOut) -> Work[Answer]:
        """Measure dz/dx at a held-out datum, number by number, whatever the masks promise.

        Returns:
            `jacobian` (D, D), a row for each code; `measured`, log |det| of it; `claimed`, what
            the layers say; both in nats.
        """
        shape = self.held_out[index].shape
        d = math.prod(shape)
        if d > MOST_DIMENSIONS:
            raise Refusal(N_("a datum must have at most {most} numbers to measure all their "
                             "derivatives, got {n}"), most=MOST_DIMENSIONS, n=d)
        rows = slice(index, index + 1)
        x, told = self._inside(self.held_out[rows]), self.classes_of(rows)
        parts = []
        for start in range(0, d, ROWS_AT_ONCE):
            yield start / d
            parts.append(self._rows(x, told, range(start, min(start + ROWS_AT_ONCE, d))))
        jacobian = torch.cat(parts).cpu().double()
        with torch.no_grad():
            _, claimed = self.flow(x, told)
        return {"jacobian": jacobian.float().numpy(),
                "measured": float(jacobian.slogdet().logabsdet), "claimed": float(claimed)}

    @question
    @torch.no_grad()
    def clocks(self) -> Work[Answer]:
        """Clock this flow, and the same nets the other way round: scoring and drawing 1,000 data.

        Returns:
            `n`; `seconds` (2, 2): of scoring and of drawing, first by this flow, then by the same
            layers with their directions changed.
        """
        mirrored = Mirrored(self.flow)
        x = self._inside(self.held_out[torch.arange(N_CLOCKED) % len(self.held_out)])
        z = self.flow.base.sample(N_CLOCKED, x.device)
        told = self.one_class(0, CLOCKED_AT_ONCE)
        seconds = np.zeros((2, 2))
        for place, flow in enumerate((self.flow, mirrored)):
            for part in range(0, N_CLOCKED, CLOCKED_AT_ONCE):
                rows = slice(part, part + CLOCKED_AT_ONCE)
                # The mirrored nets are asked about codes as if they were data: no other cost.
                data, codes = (x, z) if place == 0 else (z, x)
                for column, (work, argument) in enumerate(((flow.forward, data[rows]),
                                                           (flow.inverse, codes[rows]))):
                    yield None
                    seconds[place, column] += timed(
                        lambda work=work, argument=argument: work(argument, told),  # type: ignore[misc]
                        self.device)[1]
        return {"n": N_CLOCKED, "seconds": seconds}

    def _rows(self, x: Tensor, told: Tensor | None, rows: range) -> Tensor:
        """Some rows of the Jacobian, (R, D)."""
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            z, _ = self.flow(x, told)
            found = [torch.autograd.grad(z.flatten()[row], x, retain_graph=True)[0].flatten()
                     for row in rows]
        return torch.stack(found).detach()

    def _inside(self, x: Tensor) -> Tensor:
        """Data as the flow itself gets them: pixels in the middle of their levels."""
        levels = self.settings.levels
        return ((x * (levels - 1)).round() + 0.5) / levels if self.settings.is_image else x

    def _rows_of(self, points: list[list[float]]) -> Tensor:
        d = self.data.shape[0]
        if not 1 <= len(points) <= MOST_POINTS or any(len(point) != d for point in points):
            raise Refusal(N_("points must be 1 to {most} rows of {n} numbers, got {found} rows"),
                          most=MOST_POINTS, n=d, found=len(points))
        return torch.tensor(points, dtype=torch.float32, device=self.device).clamp(-FAR, FAR)

    def _must_be_points(self) -> None:
        if self.settings.is_image:
            raise Refusal(N_("the data must be points to answer this, got pictures"))


class Mirrored(Flow):
    """The layers of a flow with their directions changed.

    Args:
        flow: whose layers they are.
    """

    def __init__(self, flow: Flow) -> None:
        layers = [layer for layer in flow.chain.layers if isinstance(layer, Bijection)]
        super().__init__([Inverted(layer) for layer in reversed(layers)], flow.base,
                         flow.n_classes)

