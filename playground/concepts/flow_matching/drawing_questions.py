"""What one can ask of drawing: few steps and many, and what good samples cost."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.flow_matching import FlowMatching, bend
from model_zoo.ode import EVALUATIONS, RULES, OdeState, dormand_prince, follow
from playground.arguments import Seed
from playground.concepts.flow_matching.training import TrainedFlow
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import to_the_end
from playground.experiments.pixels import as_bytes
from playground.language import N_
from playground.metrics.distances import wasserstein
from playground.refusal import Refusal
from playground.training.randomness import sow

N_DRAWN = 300
N_PICTURES = 10
COUNTS = (1, 2, 4, 8, 50)
FEWEST, MOST = 2, 64  # evaluations in the chart of errors
TOLERANCES = (1e-1, 1e-2, 1e-3)


class DrawingQuestions(TrainedFlow):
    """Draws from one noise in many ways."""

    @question
    @torch.no_grad()
    def in_steps(self, seed: Seed) -> Work[Answer]:
        """Draw from the same noise in few steps and in many: Euler's rule, or jumps.

        Returns:
            a list of `models`, the first and, if there is one, the second, each with its `name`,
            `counts` of steps (K,), `ends` (K, N, 2) and `bend`, of its ways in many steps. Of
            points also `w2` (K,), and beside them `data` (N, 2) and the `floor`, what as many
            other real points get; pictures are bytes (K, N, H, W).
        """
        self.must_be_ready()
        image, real = self.settings.is_image, self.real_points()
        noise = self._drawn_noise(seed, N_PICTURES if image else 0)
        told = self.classes_for(len(noise))
        found: list[dict[str, Any]] = []
        for number, model in enumerate(self.models()):
            ends, distances, bent = [], [], 0.0
            for count in COUNTS:
                states = yield from self._walk(model, count, "euler", noise, told)
                x = states[-1].x
                ends.append(as_bytes(model.outer(x).clamp(0, 1)) if image else x.cpu().numpy())
                distances.append(0.0 if image else distance(ends[-1], real))
                bent = bend(states).mean().item()
                yield None
            found.append({"name": ("first", "second")[number], "counts": np.array(COUNTS),
                          "ends": np.stack(ends), "bend": bent}
                         | ({} if image else {"w2": np.array(distances)}))
        if image:
            return {"models": found}
        return {"models": found, "data": real, "floor": self.floor_of_points()}

    @question
    @torch.no_grad()
    def errors(self, seed: Seed) -> Work[Answer]:
        """Measure samples of each solver against the evaluations of the net that it takes.

        Returns:
            a list of `solvers`, each with the `model`, "first" or "second", its `name`,
            `evaluations` (K,) and `w2` (K,), the exact distance of 300 samples and held-out
            points; `floor`, what as many other real points get.
        """
        self.must_be_a_plane()
        noise, real = self._drawn_noise(seed), self.real_points()
        told = self.classes_for(len(noise))
        found: list[dict[str, Any]] = []
        for number, model in enumerate(self.models()):
            flows = isinstance(model, FlowMatching)
            for name in RULES if flows else ("jumps",):
                cost = EVALUATIONS[RULES[name]] if flows else 1
                taken, distances, n_steps = [], [], max(1, FEWEST // cost if flows else 1)
                while n_steps * cost <= (MOST if flows else 8):
                    states = yield from self._walk(model, n_steps, name, noise, told)
                    taken.append(states[-1].evaluations)
                    distances.append(distance(states[-1].x.cpu().numpy(), real))
                    n_steps *= 2
                    yield None
                found.append({"model": ("first", "second")[number], "name": name,
                              "evaluations": np.array(taken), "w2": np.array(distances)})
            if isinstance(model, FlowMatching):
                found.append((yield from self._adaptive(model, noise, told, real))
                             | {"model": ("first", "second")[number]})
        return {"solvers": found, "floor": self.floor_of_points()}

    def _adaptive(self, model: FlowMatching, noise: Tensor, told: Tensor | None,
                  real: np.ndarray) -> Work[dict[str, Any]]:
        """Dormand's and Prince's steps, as long as a tolerance allows."""
        taken, distances = [], []
        for tolerance in TOLERANCES:
            end = yield from to_the_end(
                dormand_prince(model.field(told), noise, 0.0, 1.0, tolerance))
            taken.append(end.evaluations)
            distances.append(distance(end.x.cpu().numpy(), real))
        return {"name": "adaptive", "evaluations": np.array(taken), "w2": np.array(distances)}

    def real_points(self) -> np.ndarray:
        """Held-out points, (N, 2)."""
        real = self.data.test if len(self.data.test) else self.data.train
        return real[:N_DRAWN]

    def floor_of_points(self) -> float:
        """How far as many other real points are from the held-out ones."""
        return distance(self.data.train[:N_DRAWN], self.real_points())

    def must_be_a_plane(self) -> None:
        """Refuse to answer of pictures, or with too few points."""
        if self.settings.is_image:
            raise Refusal(N_("the data must be points of the plane to answer this"))
        self.must_be_ready()

    def _drawn_noise(self, seed: int, n: int = 0) -> Tensor:
        """Noise of the source, the same for the same seed."""
        n = n or len(self.real_points())
        sow(seed, self.device)
        return self.model.first.source.draw(n)

    def _walk(self, model: Any, n_steps: int, rule: str, noise: Tensor,
              told: Tensor | None) -> Work[list[OdeState]]:
        """Draw from noise in so many steps of a rule, or jumps."""
        path: Iterator[OdeState]
        if isinstance(model, FlowMatching):
            times = np.linspace(0, 1, n_steps + 1).tolist()
            path = follow(model.field(told), noise, times, RULES[rule])
        else:
            before, model.n_steps = model.n_steps, n_steps
            path = iter([replace(state, x=model.inner(state.x))
                         for state in model.path(len(noise), told, noise)])
            model.n_steps = before
        states = []
        for state in path:
            states.append(state)
            yield None
        return states


def distance(points: np.ndarray, others: np.ndarray) -> float:
    """Return the exact Wasserstein-2 distance; of two sets, the larger one is cut."""
    n = min(len(points), len(others))
    return wasserstein(points[:n], others[:n])
