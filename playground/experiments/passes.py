"""How data pass a net that guesses pixel by pixel: at once in training, one by one in drawing."""

from functools import partial
from itertools import islice
from typing import Annotated, Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel, Place
from playground.arguments import HeldOut, Seed, Within
from playground.experiments.architecture import answers, in_evaluation, watch
from playground.experiments.autoregressive_settings import CONVOLUTIONAL, AutoregressiveSettings
from playground.experiments.base import Answer, Work, at_once, question
from playground.experiments.drawing import Draws, timed
from playground.experiments.model_experiment import ModelExperiment
from playground.experiments.pieces import to_the_end
from playground.experiments.twin import on_cpu

WALKS = ("row", "diagonal")
WITH_KERNEL = (*CONVOLUTIONAL, *WALKS)
MAX_PLACES = 40
N_PASSES = 3
QUICK_SECONDS = 1.0

S = TypeVar("S", bound=AutoregressiveSettings)


class PassQuestions(Draws, ModelExperiment[S]):
    """Watches the layers of a model, and clocks its passes.

    Attributes:
        model: what is watched.
        held_out: images that are not learned from, (N, C, H, W).
        context: what the model is told of them: their classes (N,), or nothing.
    """

    model: AutoregressiveModel
    held_out: Tensor
    context: Tensor | None

    def draw(self, n: int) -> Tensor:
        """Draw images pixel by pixel, each layer with its memory, where it is quickest."""
        with in_evaluation(self.model):
            return at_once(self.drawing(n))

    @torch.no_grad()
    def drawing(self, n: int) -> Work[Tensor]:
        """Do the same, place by place; the model must be in evaluation."""
        path = on_cpu(self.model).path(n, self.each_class(n, "cpu"))
        return (yield from to_the_end(path, self.data.train[0].size)).x

    @question
    @torch.no_grad()
    def pass_through(self, index: HeldOut) -> dict[str, Any]:
        """Let a held-out image pass through the net, and watch each layer.

        Returns:
            `seen` (C, H, W) and `expected`, what each of its numbers is expected to be, given
            those before it; the `layers`, see `architecture.Layer`; `levels`; the side of the
            first `kernel`, 0 for none; how the states `walk`, "row", "diagonal" or not at all.
        """
        rows = slice(index, index + 1)
        x, context = self.held_out[rows], None if self.context is None else self.context[rows]
        logits, layers = watch([self.model], lambda: self.model.logits(x, context))
        settings = self.settings.model_dump()
        return {"seen": x[0].cpu().numpy(), "expected": expected(logits)[0].cpu().numpy(),
                "layers": answers(layers), "levels": self.model.levels,
                "kernel": settings["kernel"] if settings["model"] in WITH_KERNEL else 0,
                "walk": settings["model"] if settings["model"] in WALKS else ""}

    @question
    def training_and_drawing(self, seed: Seed) -> Work[Answer]:
        """Clock a training step over one image, and the drawing of one, on a net that is warm.

        Returns:
            `one_pass`, seconds forward and back, without the optimiser; `drawn` (H * W,), seconds
            after which each pixel of the drawn `image` (C, H, W) stood, row by row; and of a
            held-out image what the net expects, `expected` (C, H, W).
        """
        x, context = self.held_out[:1], None if self.context is None else self.context[:1]
        weights = list(self.model.parameters())

        def one_pass() -> None:
            with torch.enable_grad():
                loss = self.model.loss(x, context)["loss"]
                torch.autograd.grad(loss, weights, allow_unused=True)

        seconds = []
        for _ in range(1 + N_PASSES):
            seconds.append(timed(one_pass, self.device)[1])
            yield None
        image, drawn = yield from self._clocked_drawing(seed)
        if drawn.max() < QUICK_SECONDS:
            image, drawn = yield from self._clocked_drawing(seed)
        with torch.no_grad():
            told = expected(self.model.logits(x, context))
        return {"one_pass": min(seconds[1:]), "drawn": drawn, "image": image[0].cpu().numpy(),
                "expected": told[0].cpu().numpy()}

    def _clocked_drawing(self, seed: int) -> Work[tuple[Tensor, np.ndarray]]:
        """Draw an image, (1, C, H, W); seconds until each pixel stood, row by row, (H * W,)."""
        generator = torch.Generator().manual_seed(seed)
        noise = torch.rand(1, *self.data.shape, generator=generator).to(self.device)
        path = self.model.path(1, self.all_of(0, 1), noise=noise)
        n_colours, height, width = self.data.shape
        drawn, now = np.zeros((height, width)), 0.0
        for number, place in enumerate(self.model.order, 1):
            pixel, seconds = timed(lambda: list(islice(path, n_colours)), self.device)
            now += seconds
            drawn[place] = now
            yield number / drawn.size
        return pixel[-1].x, drawn.ravel()

    @question
    @torch.no_grad()
    def draw_naively(self, n: Annotated[int, Within(1, MAX_PLACES)]) -> Work[Answer]:
        """Compute the whole net anew for n places, evenly spread: what drawing would cost.

        Returns:
            `seconds` for all places, reckoned from the `places` that were done.
        """
        places = list(self.model.places())
        chosen = places[:: max(1, len(places) // n)][:n]

        def draw(place: Place) -> None:
            AutoregressiveModel.logits_at(self.model, {}, self.held_out[:1], place,
                                          self.all_of(0, 1))

        seconds = 0.0
        for warm in (False, True):
            for place in chosen:
                took = timed(partial(draw, place), self.device)[1]
                seconds += took if warm else 0.0
                yield None
        return {"seconds": seconds * len(places) / len(chosen), "places": len(chosen)}

    def all_of(self, of_class: int, n: int, device: str = "") -> Tensor | None:
        """One class n times, for a model that is told classes; on the model's device or another.
        """
        if not self.model.n_classes:
            return None
        return torch.full((n,), of_class, device=device or self.device)

    def each_class(self, n: int, device: str = "") -> Tensor | None:
        """Each class equally often, n in all; see `all_of`."""
        if not self.model.n_classes:
            return None
        return torch.arange(n, device=device or self.device) * self.model.n_classes // n


def expected(logits: Tensor) -> Tensor:
    """What each number is expected to be, in [0, 1]: (..., L) -> (...)."""
    levels = torch.linspace(0, 1, logits.shape[-1], device=logits.device)
    return logits.softmax(-1) @ levels
