"""Models that draw pixel by pixel: what is trained, watched and asked, whichever model it is."""

import math
from abc import abstractmethod
from typing import Annotated, Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel, Drawn
from playground.arguments import Class, Seed, Within, check_range
from playground.device import kind, shared
from playground.experiments.autoregressive_settings import AutoregressiveSettings
from playground.experiments.base import Answer, Observation, Work, at_once, question
from playground.experiments.budget import count_weights
from playground.experiments.look import look
from playground.experiments.passes import PassQuestions
from playground.experiments.pieces import to_the_end
from playground.experiments.pixels import as_bytes, independent_nats, load, plain, to_bytes
from playground.experiments.sight import COLUMN, ROW, Net, gradient, sight, strength
from playground.experiments.twin import on_cpu
from playground.language import N_
from playground.refusal import Refusal
from playground.training import threads
from playground.training.batches import Batches
from playground.training.randomness import fixed_random_state
from playground.training.schedules import cosine
from playground.training.trainer import Trainer

N_HELD_OUT = {8: 297, 14: 200, 16: 200, 28: 100, 32: 50}
N_SAMPLES = {8: 36, 14: 25, 16: 25, 28: 9, 32: 9}
N_SAMPLES_PER_CLASS = {8: 8, 14: 6, 16: 8, 28: 4, 32: 4}
SMALL_SIDE = 8
MAX_DRAWN = 40
MAX_SCORED = 500
SCORED_AT_ONCE = 50
WORK_AT_ONCE = 300_000_000  # weights x their uses x images
N_FRAMES = 64
N_IN_HISTOGRAM = 10_000

Row = Annotated[int, Within(0, lambda asked: asked.data.shape[1] - 1)]
Column = Annotated[int, Within(0, lambda asked: asked.data.shape[2] - 1)]
Rows = Annotated[int, Within(0, lambda asked: asked.data.shape[1])]
OrEmpty = Annotated[int, Within(-1, lambda asked: len(asked.held_out) - 1)]

S = TypeVar("S", bound=AutoregressiveSettings)


class AutoregressiveExperiment(PassQuestions[S]):
    """Trains an autoregressive model and shows its samples and what each pixel costs."""

    @classmethod
    @abstractmethod
    def build(cls, settings: S, shape: tuple[int, ...], n_classes: int = 0) -> AutoregressiveModel:
        """Return the model that the settings name, untrained."""

    @classmethod
    @abstractmethod
    def uses(cls, settings: S, shape: tuple[int, ...]) -> int:
        """How often a training step uses each weight for one image, in the mean."""

    @classmethod
    @abstractmethod
    def nets(cls, settings: S) -> dict[str, Net]:
        """Return, by name, small nets whose sight is measured: from a shape and a depth."""

    def __init__(self, settings: S, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = load(settings.dataset, settings.pixels, settings.n_levels)
        side, dynamic = data.shape[-1], settings.pixels == "dynamic"
        n_classes = int(data.train_labels.max()) + 1 if settings.know_class else 0
        self.n_weights = count_weights(lambda: self.build(settings, data.shape, n_classes))
        train = shared(data.train, device)
        self.held_out = torch.from_numpy(data.test[: N_HELD_OUT[side]]).to(device)
        if dynamic:
            self.held_out = torch.bernoulli(self.held_out)
        self.independent = independent_nats(train[:N_IN_HISTOGRAM], self.held_out,
                                            settings.n_levels)
        self.model = self.build(settings, data.shape, n_classes).to(device)
        if kind(device) == "cpu" and side > SMALL_SIDE:  # a third faster there
            self.model.to(memory_format=torch.channels_last)
        self.context = self._told(data.test_labels[: len(self.held_out)])
        batches = Batches(train, settings.batch_size,
                                   torch.bernoulli if dynamic else None,
                                   context=self._told(data.train_labels))
        self.trainer = Trainer(self.model, batches, precision=self.precision)
        drawn = N_SAMPLES_PER_CLASS[side] * n_classes or N_SAMPLES[side]
        self.noise = torch.rand(drawn, *data.shape, device=device).cpu()

    @classmethod
    def prepare(cls, settings: S) -> None:
        """Load the data set, which may have to be downloaded."""
        load(settings.dataset, settings.pixels, settings.n_levels)

    @property
    def threads(self) -> int:
        """Convolutions over large pictures are worth sharing out."""
        return threads.worth(self.data.shape[-1] > SMALL_SIDE)

    @property
    def precision(self) -> torch.dtype:
        """In which the nets compute while they learn."""
        return torch.float32

    def rate(self, player: str) -> float:
        """Return the learning rate now."""
        return self.settings.learning_rate * cosine(self.share)

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return nats per image, samples, and what each pixel of one held-out image costs.

        Metrics: `loss` is the mean over the last 20 training batches; `held_out` and its standard
        error `error` come from `held_out_images` images; `bits_per_dim` is `held_out` per number;
        `independent` is what pixels that know nothing of each other would reach on the same
        images; `images` is how many there are to train on. Arrays: `samples` (N, H, W), those of
        a class one after the other, `image` (H, W), both bytes and in colour with an axis of three
        before H, and `costs` (H, W), -log p in nats, all colours together.
        """
        costs = -(yield from self._log_probs(self.held_out, self.context))  # (N, C, H, W)
        nats = costs.flatten(1).sum(1)
        beside, pictures = yield from self.beside()
        metrics, arrays = look(self.trainer.recent_losses() | {
            "held_out": nats.mean(), "error": nats.std() / len(nats) ** 0.5,
            "independent": self.independent, "images": len(self.data.train),
            "held_out_images": len(nats), "weights": self.n_weights,
            "classes": self.model.n_classes,
        } | beside, {"image": to_bytes(self.held_out[:1])[0], "costs": costs[0].sum(0)} | pictures)
        metrics["bits_per_dim"] = metrics["held_out"] / math.log(2) / costs[0].numel()
        n = len(self.noise)
        samples = yield from to_the_end(on_cpu(self.model).path(
            n, self.each_class(n, "cpu"), noise=self.noise,
            temperature=self.settings.temperature), costs[0].numel())
        return metrics, arrays | {"samples": as_bytes(samples.x)}

    def beside(self) -> Work[tuple[dict[str, Tensor], dict[str, Tensor]]]:
        """Return metrics and arrays that a look shows of this kind of model alone, in pieces."""
        yield from ()
        return {}, {}

    @torch.no_grad()
    def all_held_out(self) -> dict[str, float]:
        """Return `nats`, the mean of -log p(x) of all `n` held-out images, and its `error`."""
        with fixed_random_state(self.device):
            return at_once(self._score(len(self.data.test)))

    @question
    @torch.no_grad()
    def conditional(self, row: Row, column: Column) -> dict[str, Any]:
        """Return the distribution of one pixel of the shown image, given those before it.

        Returns:
            Of each colour: the `probabilities` (C, L), the true `levels` (C,), and their costs
            `nats` (C,).
        """
        x = self.held_out[:1]
        context = None if self.context is None else self.context[:1]
        logs = self.model.logits(x, context)[0, :, row, column].log_softmax(-1)  # (C, L)
        levels = self.model.to_levels(x)[0, :, row, column]
        return {"probabilities": logs.exp().cpu().numpy(),
                "levels": levels.cpu().numpy().astype(np.int32),
                "nats": -logs.gather(1, levels[:, None])[:, 0].cpu().numpy()}

    @question
    def path(self, seed: Seed, temperature: Annotated[float, Within(0.1, 2)],
             of_class: Class) -> Work[Answer]:
        """Draw one image, and remember how.

        Args:
            of_class: the class, if the model is told one.

        Returns:
            `image` (H, W) or (3, H, W); up to `N_FRAMES` of its `places` (T,), as numbers in the
            order of drawing, colours of one pixel together; there, the `probabilities` (T, L) of
            the levels, and the pixels on which they depend, `sees` (T, H, W), bytes: the size of
            the gradient, 255 for the largest.
        """
        generator = torch.Generator().manual_seed(seed)
        noise = torch.rand(1, *self.data.shape, generator=generator)
        n_colours, height, width = self.data.shape
        context = self.all_of(of_class, 1)
        steps: list[Drawn] = []
        for step in on_cpu(self.model).path(1, self.all_of(of_class, 1, "cpu"), noise=noise,
                                            temperature=temperature):
            yield len(steps) / noise.numel() / 2
            steps.append(step)
        pixels = np.linspace(0, height * width - 1, N_FRAMES // n_colours).round().astype(int)
        chosen = (np.unique(pixels)[:, None] * n_colours + np.arange(n_colours)).ravel()
        image, slopes = steps[-1].x, list[Tensor]()
        for i in chosen:
            yield 0.5 + len(slopes) / len(chosen) / 2
            slopes.append(gradient(self.model, image.to(self.device), steps[i].place, context))
        sees = torch.stack(slopes).cpu().numpy()
        return {"image": plain(image[0]), "places": chosen.astype(np.int32),
                "probabilities": torch.cat([steps[i].probabilities for i in chosen]).numpy(),
                "sees": np.stack([strength(each) for each in sees])}

    @question
    @torch.no_grad()
    def complete(self, rows: Rows, n: Annotated[int, Within(1, MAX_DRAWN)],
                 index: OrEmpty, of_class: Class,
                 painted: list[list[float]]) -> Work[Answer]:
        """Draw the lower part of an image n times, the first `rows` rows being known.

        Args:
            index: of a held-out image; -1 for an empty one.
            of_class: the class to draw, if the model is told one.
            painted: pixels that the visitor has changed: row, column, and three colours in [0, 1],
                of which the first one counts where there is one alone.

        Returns:
            `images` (n + 1, H, W) or (n + 1, 3, H, W), bytes: what they start from comes first.
        """
        n_colours, height, width = self.data.shape
        check_range("painted", len(painted), 0, height * width)
        if not all(3 <= len(pixel) <= 5 for pixel in painted):
            raise Refusal(N_("painted must be pixels of a row, a column and colours"))
        start = self._start(index).cpu()
        for row, column, *colours in painted:
            check_range("row", row, 0, height - 1)
            check_range("column", column, 0, width - 1)
            for channel, value in enumerate(colours[:n_colours]):
                check_range("colour", value, 0, 1)
                highest = self.model.levels - 1
                start[channel, int(row), int(column)] = round(value * highest) / highest
        known = torch.zeros(height, width, dtype=torch.bool)
        known[:rows] = True
        x = start.repeat(n, 1, 1, 1)
        done = yield from to_the_end(on_cpu(self.model).path(
            n, self.all_of(of_class, n, "cpu"), noise=torch.rand_like(x), x=x, known=known),
            start.numel())
        return {"images": as_bytes(torch.cat([start[None], done.x]))}

    @question
    def example(self, index: OrEmpty) -> dict[str, Any]:
        """Return a held-out `image` (C, H, W), bytes; for -1 an empty one."""
        return {"image": (self._start(index) * 255).round().to(torch.uint8).cpu().numpy()}

    @question
    @torch.no_grad()
    def score(self, n: Annotated[int, Within(2, MAX_SCORED)]) -> Work[Answer]:
        """Measure -log p(x) on more held-out images than the curves do.

        Returns:
            `nats`, the mean; its standard `error`; `n`, how many images there were.
        """
        return (yield from self._score(n))

    def _score(self, n: int) -> Work[Answer]:
        x = torch.from_numpy(self.data.test[:n]).to(self.device)
        if self.settings.pixels == "dynamic":
            x = torch.bernoulli(x)
        costs = -(yield from self._log_probs(x, self._told(self.data.test_labels[:n])))
        nats = costs.flatten(1).sum(1).cpu().double()
        return {"nats": nats.mean().item(), "error": (nats.std() / len(nats) ** 0.5).item(),
                "n": len(nats)}

    @torch.no_grad()
    def _log_probs(self, x: Tensor, context: Tensor | None) -> Work[Tensor]:
        """Return log p(x_i | x_1 ... x_{i-1}) of images, some of them at a time, (N, C, H, W)."""
        work = self.n_weights * self.uses(self.settings, self.data.shape)
        at_once = max(1, min(SCORED_AT_ONCE, WORK_AT_ONCE // work))
        parts = []
        for start in range(0, len(x), at_once):
            yield start / len(x)
            rows = slice(start, start + at_once)
            parts.append(self.model.log_probs(
                x[rows], None if context is None else context[rows]))
        return torch.cat(parts)

    @question
    def fields(self) -> Work[Answer]:
        """Measure what one pixel can depend on, by gradients, in untrained nets of several depths.

        Returns:
            `row`, `column`: the pixel; for each of `nets` the maps (MAX_DEPTH + 1, S, S), 1 where
            a pixel is seen, with 0 ... MAX_DEPTH blocks.
        """
        maps = {}
        for name, net_of in self.nets(self.settings).items():
            maps[name] = yield from sight(net_of)
        return {"row": ROW, "column": COLUMN, **maps}

    def _start(self, index: int) -> Tensor:
        return (self.held_out[index].clone() if index >= 0
                else torch.zeros_like(self.held_out[0]))

    def _told(self, classes: np.ndarray) -> Tensor | None:
        """The classes (N,), for a model that is told them."""
        if not self.model.n_classes:
            return None
        return shared(classes, self.device)


def shared_out(features: int, colours: int) -> int:
    """Features that can be shared out among some colours: rounded up to a multiple."""
    return math.ceil(features / colours) * colours
