"""What one can ask a flow of pictures: how good each solver is, and how likely pictures are."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.divergence import estimate
from model_zoo.flow_matching import FlowMatching
from model_zoo.ode import EVALUATIONS, RULES
from playground.arguments import Seed
from playground.concepts.flow_matching.drawing_questions import DrawingQuestions
from playground.datasets.levels import levels_of
from playground.experiments.base import Answer, Work, question
from playground.experiments.pieces import to_the_end
from playground.language import N_
from playground.metrics import feature_net
from playground.metrics.features import frechet_distance
from playground.refusal import Refusal
from playground.training.randomness import sow

N_COMPARED = 100
BUDGETS = (4, 8, 16, 32)  # evaluations of the net
ON_PICTURES = ("euler", "midpoint", "rk4")
N_RATED, RATED_AT_ONCE = 20, 10
TOLERANCE = 1e-2


class PictureQuestions(DrawingQuestions):
    """Asks a flow of pictures."""

    def must_be_pictures(self) -> None:
        """Refuse to answer of points."""
        if not self.settings.is_image:
            raise Refusal(N_("the data must be pictures to answer this"))

    @question
    @torch.no_grad()
    def quality(self, seed: Seed) -> Work[Answer]:
        """Measure pictures of each solver against the evaluations of the net that they take.

        Returns:
            a list of `solvers`, each with its `name`, `evaluations` (K,) and `fid` (K,), the
            Frechet distance of `n` samples and held-out pictures by our own net's features;
            `floor`, what as many other real ones get.
        """
        self.must_be_pictures()
        n = min(N_COMPARED, len(self.data.test) // 2)
        noise, told, model = self._drawn_noise(seed, n), self.classes_for(n), self.model.now
        flows = isinstance(model, FlowMatching)
        found: list[dict[str, Any]] = []
        for name in ON_PICTURES if flows else ("jumps",):
            cost = EVALUATIONS[RULES[name]] if flows else 1
            taken, distances = [], []
            for budget in BUDGETS if flows else (1, 2, 4):
                states = yield from self._walk(model, max(1, budget // cost), name, noise, told)
                taken.append(states[-1].evaluations)
                distances.append(self._frechet(model.outer(states[-1].x), n))
                yield None
            found.append({"name": name, "evaluations": np.array(taken),
                          "fid": np.array(distances)})
        return {"solvers": found, "n": n,
                "floor": self._frechet(torch.from_numpy(self.data.test[1:2 * n:2]), n)}

    def _frechet(self, samples: Tensor, n: int) -> float:
        """How far samples are from n held-out pictures, every second one: neighbours are alike."""
        real = torch.from_numpy(self.data.test[:2 * n:2])
        found, known = (feature_net.features(self.settings.dataset, part.clamp(0, 1))
                        for part in (samples, real))
        return frechet_distance(found, known)

    @question
    def bits(self, seed: Seed) -> Work[Answer]:
        """Follow held-out pictures, with noise between their levels, back to the noise.

        The divergence is estimated by one random probe for each picture, the same along its whole
        way: an unbiased estimate of log p, whose mean is a bound for the levels.

        Returns:
            `bits` per dimension, the mean of `n` held-out pictures, and its standard `error`;
            `levels` of a pixel; `evaluations` of the net and its slope.

        Raises:
            Refusal: this model has no density.
        """
        self.must_be_pictures()
        model = self.model.now
        if not isinstance(model, FlowMatching):
            raise Refusal(N_("the model must be a flow from Gaussian noise to have a density"))
        levels = levels_of(self.settings.dataset)
        sow(seed, self.device)
        whole = torch.from_numpy(self.data.test[:N_RATED]).to(self.device)
        gaps = levels - 1  # a level's cell is so small a part of the way from black to white
        noisy = ((whole * gaps).round() + torch.rand_like(whole) - 0.5) / gaps
        classes = torch.from_numpy(self.data.test_labels[:N_RATED]).to(self.device)
        rated, evaluations = [], 0
        for rows in torch.arange(len(noisy)).split(RATED_AT_ONCE):
            x = noisy[rows]
            probe = torch.randint(0, 2, x.shape, device=self.device).float() * 2 - 1
            told = classes[rows] if self.settings.know_class else None
            end = yield from to_the_end(model.log_prob_path(
                x, estimate(model.field(told), probe), TOLERANCE))
            rated.append(model.log_prob_at(end))
            evaluations = end.evaluations
        each = math.log2(gaps) - torch.cat(rated) / whole[0].numel() / math.log(2)
        return {"bits": each.mean().item(), "error": (each.std() / len(each) ** 0.5).item(),
                "n": len(each), "levels": levels, "evaluations": evaluations}
