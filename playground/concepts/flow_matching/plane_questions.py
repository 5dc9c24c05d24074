"""What one can ask a flow on the plane: a particle, a place, who goes with whom, densities."""

from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from model_zoo.divergence import exact
from model_zoo.flow_matching import FlowMatching
from model_zoo.flow_paths import Stochastic
from model_zoo.ode import follow, midpoint
from model_zoo.one_step import Consistency, MeanFlow
from model_zoo.pairings import Chance, Transport
from model_zoo.sources import Gaussian
from playground.arguments import Seed, Within
from playground.concepts.flow_matching.drawing_questions import DrawingQuestions
from playground.experiments import toy_density
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import to_the_end
from playground.language import N_
from playground.refusal import Refusal

PLACE = Annotated[float, Within(-30, 30)]
TIME = Annotated[float, Within(0, 1)]
N_FOLLOWED = 16
N_ENDS = 1500
N_LIKELY = 60
N_RATED = 200
RATED_AT_ONCE = 200
TOLERANCE = 1e-4
GRID_SIDE, GRID_REACH = 41, 2.6


class PlaneQuestions(DrawingQuestions):
    """A trained flow that answers."""

    def velocity(self, x: Tensor, t: Tensor, told: Tensor | None) -> Tensor:
        """Return velocities (B, 2) at places (B, 2) and times (B,); of jumps, that to the end."""
        model = self.model.now
        if isinstance(model, FlowMatching):
            return model.field(told)(t, x)
        if isinstance(model, MeanFlow):
            return model.velocity(x, t, torch.ones_like(t), told)
        assert isinstance(model, Consistency)
        found: Tensor = model.net(x, t, told)
        return found

    def in_one_step(self, noise: Tensor, told: Tensor | None) -> Tensor:
        """Return where one step of Euler's rule, or one jump, leads from noise, (N, 2)."""
        return noise + self.velocity(noise, torch.zeros(len(noise), device=self.device), told)

    @question
    @torch.no_grad()
    def follow(self, x: PLACE, y: PLACE, t: TIME) -> Answer:
        """Follow a particle that stands at a place at a time: on to the data, back to the source.

        Returns:
            `forth` and `back`, places (S, 2), from the given one on; `velocity` (2,) there. A
            model that jumps has no way back.
        """
        self.must_be_a_plane()
        place = torch.tensor([[x, y]], device=self.device)
        when, told = torch.tensor([t], device=self.device), self.classes_for(1)
        velocity = self.velocity(place, when, told)
        model = self.model.now
        if not isinstance(model, FlowMatching):
            end = place + (1 - t) * velocity
            return {"forth": torch.cat([place, end]).cpu().numpy(),
                    "back": place.cpu().numpy(), "velocity": velocity[0].cpu().numpy()}
        field = model.field(told)
        forth, back = (
            torch.cat([state.x for state in follow(
                field, place, np.linspace(t, end, N_FOLLOWED + 1).tolist(), midpoint)])
            for end in (1.0, 0.0))
        return {"forth": forth.cpu().numpy(), "back": back.cpu().numpy(),
                "velocity": velocity[0].cpu().numpy()}

    @question
    @torch.no_grad()
    def passing(self, x: PLACE, y: PLACE, t: TIME) -> Answer:
        """Which pairs pass a place at a time, and how fast: their mean is what a net can learn.

        Where noise is Gaussian and chance has made the pairs, each datum is weighed by how likely
        its noise is: p(x1 | x_t = x) ~ N((x - b x1) / a; source).

        Returns:
            `ends` (K, 2), the data that are likeliest, their `weights` (K,), which sum to at most
            1, and the `velocities` (K, 2) of their pairs; `mean` (2,), of all, and `learned` (2,).

        Raises:
            Refusal: pairs were made otherwise.
        """
        self.must_be_a_plane()
        model = self.model.now
        if not (isinstance(model, FlowMatching) and isinstance(model.source, Gaussian)
                and isinstance(model.pairing, Chance) and not self.batches.whole
                and not isinstance(model.way, Stochastic)):
            raise Refusal(N_("the pairs must be those of chance with Gaussian noise, without "
                             "noise in between, for their mean to be known"))
        place = torch.tensor([[x, y]], device=self.device)
        when = torch.tensor([min(t, 0.99)], device=self.device)
        data = torch.from_numpy(self.data.train[:N_ENDS]).to(self.device)
        a, b, a_slope, b_slope = model.way.shares(when)
        noise = (place - b * data) / a
        weights = model.source.log_prob(noise).softmax(0)
        velocities = a_slope * noise + b_slope * data
        mean = (weights[:, None] * velocities).sum(0)
        top = weights.argsort(descending=True)[:N_LIKELY]
        learned = self.velocity(place, when, self.classes_for(1))[0]
        return {name: value.cpu().numpy() for name, value in {
            "ends": data[top], "weights": weights[top], "velocities": velocities[top],
            "mean": mean, "learned": learned}.items()}

    @question
    def pairs(self, batch: Annotated[int, Within(8, 512)], seed: Seed) -> Work[Answer]:
        """Pair a batch by chance and by optimal transport.

        Returns:
            `chance` and `transport`, pairs (B, 2, 2) of noise and data; for each its `cost_`, the
            mean squared length, and `crossings_`, how many ways each one crosses in the mean.
        """
        self.must_be_a_plane()
        generator = torch.Generator().manual_seed(seed)
        rows = torch.randint(len(self.data.train), (batch,), generator=generator)
        data = torch.from_numpy(self.data.train)[rows]
        noise = self._drawn_noise(seed, batch).cpu()
        told = (torch.from_numpy(self.data.train_labels)[rows]
                if self.settings.know_class else None)
        answer: Answer = {}
        for name, pairing in (("chance", Chance()), ("transport", Transport())):
            yield None
            ways = torch.stack([noise[pairing.order(noise, data, told)], data], 1)
            answer[name] = ways.numpy()
            answer[f"cost_{name}"] = (ways[:, 1] - ways[:, 0]).square().sum(1).mean().item()
            answer[f"crossings_{name}"] = crossings(ways)
        return answer

    @question
    @torch.no_grad()
    def likelihood(self) -> Work[Answer]:
        """Rate held-out points by the density of the flow, and see whether it sums to 1.

        Returns:
            `nats`, -log p of `n` held-out points in the mean; `mass`, of the density on a grid
            over the plane, which misses what lies outside; `grid` (G, G), the density, rows from
            the bottom; `axis` (G,); `true`, -log p by the density that the points are drawn from,
            None where it is not known.

        Raises:
            Refusal: this model has no density.
        """
        self.must_be_a_plane()
        model = self.model.now
        if not (isinstance(model, FlowMatching) and isinstance(model.source, Gaussian)):
            raise Refusal(N_("the model must be a flow from Gaussian noise to have a density"))
        axis = np.linspace(-GRID_REACH, GRID_REACH, GRID_SIDE, dtype=np.float32)
        grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
        rated = yield from self.log_prob_of(self.data.test[:N_RATED],
                                            self.data.test_labels[:N_RATED])
        heights = yield from self.log_prob_of(grid, np.zeros(len(grid), np.int64))
        density = np.exp(heights).reshape(GRID_SIDE, GRID_SIDE)
        truth = toy_density.log_density(self.settings.dataset, self.settings.noise)
        cell = float(axis[1] - axis[0]) ** 2
        return {"nats": float(-rated.mean()), "n": len(rated), "axis": axis,
                "mass": float(density.sum() * cell), "grid": density.astype(np.float32),
                "true": None if truth is None or self.settings.know_class else float(
                    -truth(self.data.test[:N_RATED]).mean())}

    @torch.no_grad()
    def log_prob_of(self, x: np.ndarray, labels: np.ndarray) -> Work[np.ndarray]:
        """Return log p of points (M, 2) in nats, (M,), by the flow that draws now.

        Args:
            labels: their classes, (M,), in case the net is told of them.
        """
        model = self.model.now
        assert isinstance(model, FlowMatching)
        parts = []
        for start in range(0, len(x), RATED_AT_ONCE):
            rows = slice(start, start + RATED_AT_ONCE)
            told = (torch.from_numpy(labels[rows]).to(self.device)
                    if self.settings.know_class else None)
            points = torch.from_numpy(x[rows]).to(self.device)
            end = yield from to_the_end(
                model.log_prob_path(points, exact(model.field(told)), TOLERANCE))
            parts.append(model.log_prob_at(end).cpu().numpy())
        return np.concatenate(parts)

def crossings(ways: Tensor) -> float:
    """Return how many others each straight way crosses, in the mean; ways (B, 2, 2)."""
    start, end = ways[:, 0], ways[:, 1]
    along_way = end - start

    def side(place: Tensor) -> Tensor:
        """On which side of each way (rows) the places (columns) lie, (B, B)."""
        away = place[None] - start[:, None]
        return along_way[:, None, 0] * away[..., 1] - along_way[:, None, 1] * away[..., 0]

    apart = side(start) * side(end) < 0
    both = apart & apart.T
    return both.float().sum(1).mean().item()
