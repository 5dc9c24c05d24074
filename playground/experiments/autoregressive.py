"""Models that draw pixel by pixel: what is trained, watched and asked, whichever model it is."""

import math
import os
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel, last
from playground import training
from playground.experiments.base import Experiment, Observation, check_range, question
from playground.experiments.budget import check_work, count_weights
from playground.experiments.pixel_cnn.settings import AutoregressiveSettings
from playground.experiments.pixels import as_bytes, independent_nats, load, plain
from playground.experiments.sight import COLUMN, ROW, Net, gradient, sight, strength

N_HELD_OUT = {8: 297, 14: 200, 16: 200, 28: 100, 32: 50}
N_SAMPLES = {8: 36, 14: 25, 16: 25, 28: 9, 32: 9}
N_SAMPLES_PER_CLASS = {8: 8, 14: 6, 16: 8, 28: 4, 32: 4}
MAX_THREADS = 4
MAX_DRAWN = 40
MAX_SCORED = 500
SCORED_AT_ONCE = 50
N_FRAMES = 64
N_IN_HISTOGRAM = 10_000

S = TypeVar("S", bound=AutoregressiveSettings)


class AutoregressiveExperiment(Experiment[S]):
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
        train = torch.from_numpy(data.train).to(device)
        self.held_out = torch.from_numpy(data.test[: N_HELD_OUT[side]]).to(device)
        if dynamic:
            self.held_out = torch.bernoulli(self.held_out)
        self.independent = independent_nats(train[:N_IN_HISTOGRAM], self.held_out,
                                            settings.n_levels)
        self.model = self.build(settings, data.shape, n_classes).to(device)
        if self.threads > 1:  # a third faster on a CPU, where pictures are large
            self.model.to(memory_format=torch.channels_last)
        self.labels = self._told(data.test_labels[: len(self.held_out)])
        batches = training.Batches(train, settings.batch_size,
                                   torch.bernoulli if dynamic else None,
                                   labels=self._told(data.train_labels))
        self.trainer = training.Trainer(self.model, batches)
        drawn = N_SAMPLES_PER_CLASS[side] * n_classes or N_SAMPLES[side]
        self.noise = torch.rand(drawn, *data.shape, device=device)

    @classmethod
    def prepare(cls, settings: S) -> None:
        """Load the data set, which may have to be downloaded."""
        load(settings.dataset, settings.pixels, settings.n_levels)

    @property
    def total_steps(self) -> int:
        """As the visitor has set it."""
        return self.settings.steps

    @property
    def threads(self) -> int:
        """Convolutions over large pictures are worth sharing out."""
        return min(MAX_THREADS, os.cpu_count() or 1) if self.data.shape[-1] > 8 else 1

    def steps(self) -> Iterator[None]:
        """Train, with a learning rate that falls to 0 along half a cosine.

        Raises:
            ValueError: a step would take so long that nobody would see an answer.
        """
        check_work(self.n_weights, self.uses(self.settings, self.data.shape),
                   self.trainer.batches.size)
        done = 0

        def rate(_player: str) -> float:
            share = min(done / self.settings.steps, 1)
            return self.settings.learning_rate * (1 + math.cos(math.pi * share)) / 2

        steps = self.trainer.steps(rate)
        while True:
            self.model.train()
            next(steps)
            done += 1
            yield

    @torch.no_grad()
    def observe(self) -> Observation:
        """Return nats per image, samples, and what each pixel of one held-out image costs.

        Metrics: `loss` is the mean over the last 20 training batches; `held_out` and its standard
        error `error` come from `held_out_images` images; `bits_per_dim` is `held_out` per number;
        `independent` is what pixels that know nothing of each other would reach on the same
        images; `images` is how many there are to train on. Arrays: `samples` (N, H, W), those of
        a class one after the other, `image` (H, W), both bytes and in colour with an axis of three
        before H, and `costs` (H, W), -log p in nats, all colours together.
        """
        costs = -self._still().log_probs(self.held_out, self.labels)  # (N, C, H, W)
        nats = costs.flatten(1).sum(1)
        samples = last(self.model.sample_path(self.noise, temperature=self.settings.temperature,
                                              labels=self._each_class(len(self.noise))))
        metrics = self.trainer.mean_losses()
        metrics.pop("bits_per_dim", None)
        metrics |= {
            "held_out": nats.mean().item(), "error": (nats.std() / len(nats) ** 0.5).item(),
            "bits_per_dim": nats.mean().item() / math.log(2) / costs[0].numel(),
            "independent": self.independent, "images": float(len(self.data.train)),
            "held_out_images": float(len(nats)), "weights": float(self.n_weights),
            "classes": float(self.model.n_classes),
        }
        return metrics, {"samples": as_bytes(samples), "image": as_bytes(self.held_out[:1])[0],
                         "costs": costs[0].sum(0).cpu().numpy().astype(np.float32)}

    def weights(self) -> dict[str, np.ndarray]:
        """Return the model's weights."""
        return training.to_arrays(self.model)

    def restore(self, weights: dict[str, np.ndarray]) -> None:
        """Put the model's weights back."""
        training.from_arrays(self.model, weights)

    @question
    @torch.no_grad()
    def conditional(self, row: int, column: int) -> dict[str, Any]:
        """Return the distribution of one pixel of the shown image, given those before it.

        Returns:
            Of each colour: the `probabilities` (C, L), the true `levels` (C,), and their costs
            `nats` (C,).
        """
        check_range("row", row, 0, self.data.shape[1] - 1)
        check_range("column", column, 0, self.data.shape[2] - 1)
        x = self.held_out[:1]
        labels = None if self.labels is None else self.labels[:1]
        logs = self._still().logits(x, labels)[0, :, row, column].log_softmax(-1)  # (C, L)
        levels = self.model.to_levels(x)[0, :, row, column]
        return {"probabilities": logs.exp().cpu().numpy(),
                "levels": levels.cpu().numpy().astype(np.int32),
                "nats": -logs.gather(1, levels[:, None])[:, 0].cpu().numpy()}

    @question
    def path(self, seed: int, temperature: float, of_class: int) -> dict[str, Any]:
        """Draw one image, and remember how.

        Args:
            of_class: the class, if the model is told one.

        Returns:
            `image` (H, W) or (3, H, W); up to `N_FRAMES` of its `places` (T,), as numbers in the
            order of drawing, colours of one pixel together; there, the `probabilities` (T, L) of
            the levels, and the pixels on which they depend, `sees` (T, H, W), bytes: the size of
            the gradient, 255 for the largest.
        """
        check_range("seed", seed, 0, 2**31)
        check_range("temperature", temperature, 0.1, 2)
        generator = torch.Generator().manual_seed(seed)
        noise = torch.rand(1, *self.data.shape, generator=generator).to(self.device)
        labels = self._all_of(of_class, 1)
        steps = list(self._still().sample_path(noise, temperature=temperature, labels=labels))
        n_colours, height, width = self.data.shape
        pixels = np.linspace(0, height * width - 1, N_FRAMES // n_colours).round().astype(int)
        chosen = (np.unique(pixels)[:, None] * n_colours + np.arange(n_colours)).ravel()
        image = steps[-1].x
        sees = [gradient(self.model, image, steps[i].place, labels) for i in chosen]
        return {"image": plain(image[0]), "places": chosen.astype(np.int32),
                "probabilities": torch.cat([steps[i].probabilities for i in chosen]).cpu().numpy(),
                "sees": np.stack([strength(each) for each in sees])}

    @question
    @torch.no_grad()
    def complete(self, rows: int, n: int, index: int, of_class: int,
                 painted: list[list[float]]) -> dict[str, Any]:
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
        check_range("rows", rows, 0, height)
        check_range("n", n, 1, MAX_DRAWN)
        check_range("painted pixels", len(painted), 0, height * width)
        start = self._start(index)
        for row, column, *colours in painted:
            check_range("painted row", row, 0, height - 1)
            check_range("painted column", column, 0, width - 1)
            for channel, value in enumerate(colours[:n_colours]):
                check_range("painted colour", value, 0, 1)
                highest = self.model.levels - 1
                start[channel, int(row), int(column)] = round(value * highest) / highest
        known = torch.zeros(height, width, dtype=torch.bool)
        known[:rows] = True
        done = self._still().complete(start.repeat(n, 1, 1, 1), known, self._all_of(of_class, n))
        return {"images": as_bytes(torch.cat([start[None], done]))}

    @question
    def example(self, index: int) -> dict[str, Any]:
        """Return a held-out `image` (C, H, W), bytes; for -1 an empty one."""
        return {"image": (self._start(index) * 255).round().to(torch.uint8).cpu().numpy()}

    @question
    @torch.no_grad()
    def score(self, n: int) -> dict[str, Any]:
        """Measure -log p(x) on more held-out images than the curves do.

        Returns:
            `nats`, the mean; its standard `error`; `n`, how many images there were.
        """
        check_range("n", n, 2, MAX_SCORED)
        x = torch.from_numpy(self.data.test[:n]).to(self.device)
        if self.settings.pixels == "dynamic":
            x = torch.bernoulli(x)
        parts = []
        for start in range(0, len(x), SCORED_AT_ONCE):
            rows = slice(start, start + SCORED_AT_ONCE)
            labels = self._told(self.data.test_labels[:n][rows])
            parts.append(-self._still().log_prob(x[rows], labels))
        nats = torch.cat(parts)
        return {"nats": nats.mean().item(), "error": (nats.std() / len(nats) ** 0.5).item(),
                "n": len(nats)}

    @question
    @torch.no_grad()
    def draw_naively(self, n: int) -> dict[str, Any]:
        """Compute the whole net anew for n places, evenly spread: what drawing would cost.

        Returns:
            `places`, for how many places it was done, of `total`.
        """
        check_range("n", n, 1, MAX_DRAWN)
        places = list(self.model.places())
        chosen = places[:: max(1, len(places) // n)][:n]
        for place in chosen:
            AutoregressiveModel.logits_at(self._still(), {}, self.held_out[:1], place,
                                          self._all_of(0, 1))
        return {"places": len(chosen), "total": len(places)}

    @question
    def fields(self) -> dict[str, Any]:
        """Measure what one pixel can depend on, by gradients, in untrained nets of several depths.

        Returns:
            `row`, `column`: the pixel; for each of `nets` the maps (MAX_DEPTH + 1, S, S), 1 where
            a pixel is seen, with 0 ... MAX_DEPTH blocks.
        """
        maps = {name: sight(net_of) for name, net_of in self.nets(self.settings).items()}
        return {"row": ROW, "column": COLUMN, **maps}

    def _still(self) -> AutoregressiveModel:
        return self.model.eval()

    def _start(self, index: int) -> Tensor:
        check_range("index", index, -1, len(self.held_out) - 1)
        return (self.held_out[index].clone() if index >= 0
                else torch.zeros_like(self.held_out[0]))

    def _told(self, labels: np.ndarray) -> Tensor | None:
        """The labels for a model that is told them."""
        if not self.model.n_classes:
            return None
        return torch.from_numpy(labels).to(self.device)

    def _all_of(self, of_class: int, n: int) -> Tensor | None:
        """One class n times, for a model that is told classes."""
        if not self.model.n_classes:
            return None
        check_range("of_class", of_class, 0, self.model.n_classes - 1)
        return torch.full((n,), of_class, device=self.device)

    def _each_class(self, n: int) -> Tensor | None:
        """Each class equally often, n labels in all, for a model that is told classes."""
        if not self.model.n_classes:
            return None
        return torch.arange(n, device=self.device) * self.model.n_classes // n


def shared_out(features: int, colours: int) -> int:
    """Features that can be shared out among some colours: rounded up to a multiple."""
    return math.ceil(features / colours) * colours
