"""Models that draw pixel by pixel: what is trained, watched and asked, whichever model it is."""

import math
import os
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from model_zoo.autoregressive import AutoregressiveModel, Place
from playground import datasets, training
from playground.experiments.base import Experiment, Observation, question
from playground.experiments.pixel_cnn.settings import AutoregressiveSettings

N_HELD_OUT = {8: 297, 14: 200, 28: 100}
N_SAMPLES = {8: 36, 14: 25, 28: 9}
MAX_THREADS = 4
MAX_DRAWN = 40
N_FRAMES = 64
FIELD_SIDE, FIELD_ROW, FIELD_COLUMN, MAX_DEPTH = 15, 10, 7, 6

S = TypeVar("S", bound=AutoregressiveSettings)
Net = Callable[[tuple[int, ...], int], AutoregressiveModel]


class AutoregressiveExperiment(Experiment[S]):
    """Trains an autoregressive model and shows its samples and what each pixel costs."""

    @classmethod
    @abstractmethod
    def build(cls, settings: S, shape: tuple[int, ...]) -> AutoregressiveModel:
        """Return the model that the settings name, untrained."""

    @classmethod
    @abstractmethod
    def nets(cls, settings: S) -> dict[str, Net]:
        """Return, by name, small nets whose sight is measured: from a shape and a depth."""

    def __init__(self, settings: S, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        dynamic = settings.pixels == "dynamic"
        train, held_out = (torch.from_numpy(part).to(device)
                           for part in (self.data.train, self.data.test))
        self.held_out = held_out[: N_HELD_OUT[self.data.shape[-1]]]
        if dynamic:
            self.held_out = torch.bernoulli(self.held_out)
        self.independent = independent_nats(train, self.held_out, settings.n_levels)
        self.model = self.build(settings, self.data.shape).to(device)
        if self.threads > 1:  # a third faster on a CPU, where pictures are large
            self.model.to(memory_format=torch.channels_last)
        batches = training.Batches(train, settings.batch_size,
                                   torch.bernoulli if dynamic else None)
        self.trainer = training.Trainer(self.model, batches)
        self.noise = torch.rand(N_SAMPLES[self.data.shape[-1]], *self.data.shape, device=device)

    @classmethod
    def prepare(cls, settings: S) -> None:
        """Load the data set."""
        load(settings)

    @property
    def total_steps(self) -> int:
        """As the visitor has set it."""
        return self.settings.steps

    @property
    def threads(self) -> int:
        """Convolutions over large pictures are worth sharing out."""
        return min(MAX_THREADS, os.cpu_count() or 1) if self.data.shape[-1] > 8 else 1

    def steps(self) -> Iterator[None]:
        """Train, with a learning rate that falls to 0 along half a cosine."""
        done = 0

        def rate() -> float:
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
        error `error` come from `N_HELD_OUT` images; `bits_per_dim` is `held_out` per pixel;
        `independent` is what pixels that know nothing of each other would reach on the same
        images; `images` is how many there are to train on. Arrays: `samples` (N, H, W), `image`
        (H, W), both bytes, and `costs` (H, W), -log p in nats.
        """
        costs = -self._still().log_probs(self.held_out)  # (N, 1, H, W)
        nats = costs.flatten(1).sum(1)
        *_, last = self.model.sample_path(self.noise, temperature=self.settings.temperature)
        metrics = self.trainer.mean_losses()
        metrics.pop("bits_per_dim", None)
        metrics |= {
            "held_out": nats.mean().item(), "error": (nats.std() / len(nats) ** 0.5).item(),
            "bits_per_dim": nats.mean().item() / math.log(2) / costs[0].numel(),
            "independent": self.independent, "images": float(len(self.data.train)),
        }
        return metrics, {"samples": as_bytes(last.x), "image": as_bytes(self.held_out[:1])[0],
                         "costs": costs[0, 0].cpu().numpy().astype(np.float32)}

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
            `probabilities` (L,), the true `level`, and its cost `nats`.
        """
        self._check(row, column)
        x = self.held_out[:1]
        logits = self._still().logits(x)[0, 0, row, column]
        level = int(self.model.to_levels(x)[0, 0, row, column])
        return {"probabilities": logits.softmax(-1).cpu().numpy(), "level": level,
                "nats": -logits.log_softmax(-1)[level].item()}

    @question
    def path(self, seed: int, temperature: float) -> dict[str, Any]:
        """Draw one image, and remember how.

        Returns:
            `image` (H, W); up to `N_FRAMES` of its `places` (T,), as numbers in the order of
            drawing; there, the `probabilities` (T, L) of the levels, and the pixels on which they
            depend, `sees` (T, H, W), bytes: the size of the gradient, 255 for the largest.
        """
        check("seed", seed, 0, 2**31)
        check("temperature", temperature, 0.1, 2)
        generator = torch.Generator().manual_seed(seed)
        noise = torch.rand(1, *self.data.shape, generator=generator).to(self.device)
        steps = list(self._still().sample_path(noise, temperature=temperature))
        chosen = np.unique(np.linspace(0, len(steps) - 1, N_FRAMES).round().astype(int))
        image = steps[-1].x
        sees = [gradient(self.model, image, steps[i].place) for i in chosen]
        return {"image": image[0, 0].cpu().numpy(), "places": chosen.astype(np.int32),
                "probabilities": torch.cat([steps[i].probabilities for i in chosen]).cpu().numpy(),
                "sees": np.stack([strength(each) for each in sees])}

    @question
    def complete(self, rows: int, n: int, index: int) -> dict[str, Any]:
        """Draw the lower part of a held-out image n times, the first `rows` rows being known.

        Returns:
            `images` (n + 1, H, W) bytes: the true one first.
        """
        height = self.data.shape[1]
        check("rows", rows, 0, height)
        check("n", n, 1, MAX_DRAWN)
        check("index", index, 0, len(self.held_out) - 1)
        truth = self.held_out[index : index + 1]
        known = torch.zeros(self.data.shape[1:], dtype=torch.bool)
        known[:rows] = True
        with torch.no_grad():
            done = self._still().complete(truth.repeat(n, 1, 1, 1), known)
        return {"images": as_bytes(torch.cat([truth, done]))}

    @question
    def fields(self) -> dict[str, Any]:
        """Measure what one pixel can depend on, by gradients, in untrained nets of several depths.

        Returns:
            `row`, `column`: the pixel; for each of `nets` the maps (MAX_DEPTH + 1, S, S), 1 where
            a pixel is seen, with 0 ... MAX_DEPTH blocks.
        """
        reply: dict[str, Any] = {"row": FIELD_ROW, "column": FIELD_COLUMN}
        shape, place = (1, FIELD_SIDE, FIELD_SIDE), Place(0, FIELD_ROW, FIELD_COLUMN)
        for name, net_of in self.nets(self.settings).items():
            maps = []
            for depth in range(MAX_DEPTH + 1):
                net = net_of(shape, depth).double()
                x = torch.rand(8, *shape, dtype=torch.float64)
                maps.append((gradient(net, x, place) > 1e-12).astype(np.uint8))
            reply[name] = np.stack(maps)
        return reply

    def _still(self) -> AutoregressiveModel:
        return self.model.eval()

    def _check(self, row: int, column: int) -> None:
        check("row", row, 0, self.data.shape[1] - 1)
        check("column", column, 0, self.data.shape[2] - 1)


def check(name: str, value: float, low: float, high: float) -> None:
    """Raise ValueError unless low <= value <= high."""
    if not low <= value <= high:
        raise ValueError(f"{name} must be between {low} and {high}, got {value!r}")


def load(settings: AutoregressiveSettings) -> datasets.Dataset:
    """Return the images, the same for every seed.

    Where pixels are drawn anew in each batch these are grey values, the chances of white.
    """
    data = datasets.load(settings.dataset)
    if settings.pixels == "dynamic":
        return data
    rng = np.random.default_rng(0)
    highest = settings.n_levels - 1

    def some_levels(part: np.ndarray) -> np.ndarray:
        if settings.pixels == "fixed":
            return (rng.random(part.shape) < part).astype(np.float32)
        return (np.rint(part * highest) / highest).astype(np.float32)

    return replace(data, train=some_levels(data.train), test=some_levels(data.test))


def independent_nats(train: Tensor, held_out: Tensor, levels: int) -> float:
    """Mean nats per image of a model in which no pixel knows of another: a histogram for each.

    Every level counts as seen once more than it was. Grey values in `train` count as chances of
    white where there are two levels.
    """
    if levels == 2:
        white = (train.sum(0) + 1) / (len(train) + 2)
        chances = torch.stack([1 - white, white], -1)
    else:
        counts = torch.stack([(train * (levels - 1)).round().eq(level).sum(0)
                              for level in range(levels)], -1)
        chances = (counts + 1) / (len(train) + levels)
    chosen = (held_out * (levels - 1)).round().long().unsqueeze(-1)
    logs = chances.log().expand(len(held_out), *chances.shape).gather(-1, chosen)
    return -logs.flatten(1).sum(1).mean().item()


def gradient(model: AutoregressiveModel, x: Tensor, place: Place) -> np.ndarray:
    """How much the logits at a place change with each pixel, (H, W): the mean of |d / dx|."""
    x = x.detach().clone().requires_grad_()
    logits = model.logits(x)[:, place.channel, place.row, place.column]
    weights = torch.linspace(1, 2, logits.shape[-1], dtype=x.dtype, device=x.device)
    (slope,) = torch.autograd.grad((logits * weights).sum(), x)
    return np.asarray(slope.abs().sum(1).mean(0).cpu().numpy())


def strength(slopes: np.ndarray) -> np.ndarray:
    """Slopes as bytes, 255 for the largest."""
    return np.rint(255 * slopes / max(float(slopes.max()), 1e-12)).astype(np.uint8)


def as_bytes(x: Tensor) -> np.ndarray:
    """Images (N, 1, H, W) in [0, 1] as bytes (N, H, W)."""
    return (x[:, 0] * 255).round().to(torch.uint8).cpu().numpy()
