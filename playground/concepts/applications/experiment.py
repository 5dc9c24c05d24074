"""Super-resolution and colourisation: several families restore the same pictures."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from playground import datasets
from playground.arguments import Within
from playground.concepts.applications import families, pairs, tasks
from playground.concepts.applications.answer_judge import AnswerJudge, rounded
from playground.concepts.applications.restorer import Restorer
from playground.concepts.applications.settings import ApplicationsSettings
from playground.datasets import own_image
from playground.device import shared
from playground.experiments.base import Answer, Observation, Work, question
from playground.experiments.contest import Contest
from playground.experiments.contestant import Family
from playground.experiments.look import look
from playground.experiments.pieces import clocked
from playground.metrics import feature_net
from playground.training import threads

N_JUDGED = {8: 400, 16: 400, 28: 200, 32: 100}
N_ROWS = {8: 10, 16: 10, 28: 10, 32: 3}
N_ANSWERS = 3  # of a varied family, in a row of the sheet
N_DRAWN = 2  # answers to each picture that are judged
N_CODES = 16
N_PARTS = 8  # of the images that are judged, each with chance of its own
N_FRAMED = 500
PHOTOGRAPHS = ("cifar10",)  # the visitor's picture is not brought to white on black
MAX_ANSWERS = 16
SMALLEST_SHARED = 28

Answers = Annotated[int, Within(1, MAX_ANSWERS)]


class ApplicationsExperiment(Contest[ApplicationsSettings, Restorer]):
    """All families on one task."""

    looks = 6

    def __init__(self, settings: ApplicationsSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = pairs.load(settings)
        self.task = tasks.make(settings, shared(self.data.train, device))
        self.side = self.data.shape[-1]
        n = min(N_JUDGED[self.side], len(self.data.test), len(self.data.train))
        self.truth = shared(self.data.test, device)
        self.given = self.task.take(self.truth)
        net = settings.source if settings.source in feature_net.NAMES else ""
        self.jury = AnswerJudge(self.task, self.truth[:n], net, _side(settings))
        self.floor: dict[str, float] = {}
        self._shown: dict[str, tuple[int, Tensor]] = {}

    def building(self) -> Iterator[None]:
        """Measure what training images get, and build the contestants."""
        known = pairs.make(self.settings, self.data, self.device)
        for _share in self._measure_floor(known.images[: len(self.jury.truth)]):
            yield
        yield from self.gather(known)

    def _measure_floor(self, learned: Tensor) -> Work[None]:
        found = yield from self.jury.compare(learned)
        self.floor = {f"floor_{name}": value for name, value in found.items()}

    @classmethod
    def prepare(cls, settings: ApplicationsSettings) -> None:
        """Load the data set, which may have to be downloaded."""
        datasets.load(settings.source)

    @classmethod
    def families(cls) -> Mapping[str, Family]:
        """Return those that are found."""
        return families.found()

    @property
    def threads(self) -> int:
        """Convolutions over large pictures are worth sharing out, if others need no core."""
        return threads.worth(self.side >= SMALLEST_SHARED, half=True)

    def judge(self, name: str) -> Work[Mapping[str, float]]:
        """Let a family answer, a part of the pictures at a time, and measure the answers."""
        contestant, n = self.contestants[name], len(self.jury.truth)
        answers, ratings, seconds = [], [], 0.0
        for number, rows in enumerate(torch.arange(n, device=self.device).chunk(N_PARTS)):
            answer, took = yield from clocked(
                contestant.answer(self.given[rows], N_DRAWN, seed=number + 1), self.device)
            answers.append(answer)
            seconds += took
            rating = yield from contestant.log_prob(self.truth[rows], self.given[rows], N_CODES)
            if rating is not None:
                ratings.append(rating)
        self.sampling[name] = seconds / (n * N_DRAWN)
        measures = yield from self.jury.measure(torch.cat(answers))
        return measures | ({"nats": torch.cat(ratings).mean().item()} if ratings else {})

    def looking(self) -> Work[Observation]:
        """Return the sheet of answers, and what was measured last.

        Metrics, each after the name of its family: `weights`, how many numbers it has learned;
        `error`, the mean squared error of its answers on the sheet; and, once it is judged, all of
        `AnswerJudge.measure`, and `nats`, the mean of log p(x|c), or of its bound, on the same
        held-out images. `floor_` and a name of `AnswerJudge.compare`: what training images get in
        place of answers. `n_judged`: how many images are asked for.

        Arrays: `sheet` (R * K, C, H, W) bytes, R rows of K images: what is given, the answers of
        each family in their order, one or `N_ANSWERS`, and the truth.
        """
        rows = N_ROWS[self.side]
        columns = [self._in_colours(self.task.enlarge(self.given[:rows]))[:, None]]
        found: dict[str, Tensor | float] = {}
        for name, family in families.found().items():
            answers = yield from self._sheet_of(name, rows)
            columns.append(answers if family.varied else answers[:, :1])
            found[f"{name}_weights"] = self.contestants[name].n_weights
            found[f"{name}_error"] = (answers - self.truth[:rows, None]).square().mean()
        columns.append(self.truth[:rows, None])
        sheet = torch.cat(columns, 1).flatten(0, 1)
        found["n_judged"] = len(self.jury.truth)
        metrics, arrays = look(found, {"sheet": (sheet * 255).round().to(torch.uint8)})
        return rounded(metrics) | self.floor | self.judged, arrays

    @question
    def answers(self, index: Annotated[int, Within(0, lambda asked: len(asked.truth) - 1)],
                n: Answers) -> Work[Answer]:
        """Let each family answer n times to what is given of one held-out image.

        Returns:
            `given` and `truth` (C, H, W) bytes; of each family, under its name, its answers (n,
            C, H, W), bytes; `mean_` and the name: their mean, bytes; `spread_` and the name: the
            standard deviation of each pixel, the mean over colours, (H, W).
        """
        reply = yield from self._answers(self.given[index : index + 1], n)
        return reply | {"truth": _bytes(self.truth[index : index + 1])[0]}

    @question
    def own(self, picture: own_image.Picture, n: Answers) -> Work[Answer]:
        """Bring the visitor's picture to the form of the data, take a part away, and restore it.

        Args:
            picture: bytes, (H, W) or (H, W, 3).
            n: answers of each family.

        Returns:
            As `answers`; `truth` is the picture before a part was taken away.
        """
        bright = self.data.train[:N_FRAMED].max(axis=1, keepdims=True)
        n_colours = 3 if self.settings.dataset in PHOTOGRAPHS else 1
        fitted = own_image.fit(picture, (n_colours, *self.data.shape[1:]),
                               own_image.Framing.of(bright))
        x = torch.from_numpy(fitted)[None].to(self.device).expand(1, *self.data.shape)
        reply = yield from self._answers(self.task.take(x), n)
        return reply | {"truth": _bytes(x)[0]}

    def _answers(self, given: Tensor, n: int) -> Work[Answer]:
        reply: dict[str, Any] = {
            "given": _bytes(self._in_colours(self.task.enlarge(given)))[0]}
        for name, contestant in self.contestants.items():
            drawn = (yield from contestant.answer(given, n, seed=self.settings.seed))[0]
            reply |= {name: _bytes(drawn), f"mean_{name}": _bytes(drawn.mean(0, keepdim=True))[0],
                      f"spread_{name}": drawn.std(0, unbiased=False).mean(0).cpu().numpy()}
        return reply

    def _sheet_of(self, name: str, rows: int) -> Work[Tensor]:
        """Answers to the first images, with the same noise all along."""
        contestant = self.contestants[name]
        done, answers = self._shown.get(name, (-1, self.truth[:0]))
        if done != contestant.done:
            answers = yield from contestant.answer(self.given[:rows], N_ANSWERS, seed=0)
            self._shown[name] = contestant.done, answers
        return answers

    def _in_colours(self, x: Tensor) -> Tensor:
        """A grey image with as many channels as the data have."""
        return x.expand(-1, self.data.shape[0], -1, -1)


def _bytes(x: Tensor) -> np.ndarray:
    """Images (N, C, H, W) in [0, 1] as bytes, with their axis of colours."""
    return np.asarray((x * 255).round().to(torch.uint8).cpu().numpy())


def _side(settings: ApplicationsSettings) -> int:
    return int(datasets.load(settings.source).shape[-1])
