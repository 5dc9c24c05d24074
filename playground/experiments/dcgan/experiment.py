"""A GAN on images: the game, and how good the samples are by the features of a small net."""

import math
import os
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.dcgan import DCGAN
from playground import datasets, features, metrics, training
from playground.experiments.base import Observation, check_range, question
from playground.experiments.dcgan.settings import DCGANSettings
from playground.experiments.game import GameExperiment
from playground.experiments.paths import PATHS
from playground.experiments.pixels import as_bytes
from playground.metrics_features import frechet_distance, kernel_distance

N_SHOWN = {8: 64, 14: 49, 16: 49, 28: 25}
N_PER_CLASS = {8: 8, 14: 6, 16: 8, 28: 4}
N_SCORED = 200
N_MEASURED = 1000
N_AT_ONCE = 500
N_SORTED = 500
MAX_SAMPLES = 10_000
MAX_ASKED = 30
MAX_THREADS = 4
SLOWEST_ALONE = 14


class DCGANExperiment(GameExperiment[DCGANSettings]):
    """Trains a DCGAN and shows samples of the same noise all along."""

    model: DCGAN
    n_measurements = 12

    def __init__(self, settings: DCGANSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = data = datasets.load(settings.dataset)
        n_classes = int(data.train_labels.max()) + 1 if settings.know_class else 0
        self.model = DCGAN(data.shape, settings.latent_dim, settings.features, n_classes,
                           game=settings.game, prior=settings.prior, pack=settings.judged_together,
                           spectral=settings.spectral).to(device)
        labels = torch.from_numpy(data.train_labels).to(device) if n_classes else None
        self.batches = training.Batches(torch.from_numpy(data.train).to(device),
                                        settings.batch_size, labels=labels)
        self.batches.size -= self.batches.size % settings.judged_together
        self.trainer = training.Trainer(self.model, self.batches)
        self.held_out = torch.from_numpy(data.test[:N_SCORED]).to(device)
        self.shown_labels, self.shown_noise = self._shown(n_classes)
        self.n_measured = min(N_MEASURED, len(data.test))
        self.noise = self.model.draw_noise(self.n_measured)
        self.measures: dict[str, float] = {}
        self.per_class = np.zeros(0, np.float32)

    @classmethod
    def prepare(cls, settings: DCGANSettings) -> None:
        """Load the data set, which may have to be downloaded."""
        datasets.load(settings.dataset)

    @property
    def threads(self) -> int:
        """Convolutions over large pictures are worth sharing out."""
        large = self.data.shape[-1] > SLOWEST_ALONE
        return min(MAX_THREADS, os.cpu_count() or 1) if large else 1

    def after_step(self) -> None:
        """Move the averaged generator, if the generator has moved."""
        if self.mover() != "discriminator":
            self.model.follow(1 - 1 / self.settings.average)

    @torch.no_grad()
    def measure(self) -> None:
        """Measure samples of the fixed noise; the floor comes with the first ones."""
        samples = self._decode(self.noise)
        self.model.train()
        known = {name: value for name, value in self.measures.items() if name.startswith("floor")}
        self.measures = self._compare(samples, known) | {"measured": float(self.n_measured)}
        self.per_class = self._count_classes(samples).astype(np.float32)
        self.measures["rarest"] = float(self.per_class.min() / self.per_class.mean())

    @torch.no_grad()
    def observe(self) -> Observation:
        """Return samples of the averaged generator, and what D says.

        Metrics: those of `game_metrics`, of held-out images and of samples; and, as last measured,
        of `measured` samples against as many training images, `fid`, `kid`, `precision` and
        `recall`, by the features of our net; each has a `floor_`, what as many held-out images
        get; `rarest`, the share of the class that is drawn least over an even share, as the net
        sees it.

        Arrays: `samples` (N, H, W) or (N, 3, H, W) bytes, rows of one class where classes are
        known; `columns`, how many in a row; `said_real`, `said_fake` (M,), what D says of each;
        `per_class` (K,), how many samples the net sees in each class.
        """
        model = self.model.eval()
        shown = model.decode(self.shown_noise, self.shown_labels)
        n = len(self.held_out)
        fake_labels, real_labels = self._classes(n), self._told(self.data.test_labels[:n])
        fake = model.decode(self.noise[:n], fake_labels)
        said_fake = model.game.shown(model.score_alone(fake, fake_labels))
        said_real = model.game.shown(model.score_alone(self.held_out, real_labels))
        game = self.game_metrics(said_real, said_fake, model.push(fake, fake_labels))
        if self.done == 0:
            self.measure()
        model.train()
        columns = self._columns()
        return game | self.measures, {
            "samples": as_bytes(shown), "columns": np.array(columns, np.uint8),
            "said_real": said_real.cpu().numpy(), "said_fake": said_fake.cpu().numpy(),
            "per_class": self.per_class}

    @question
    @torch.no_grad()
    def quality(self, n: int) -> dict[str, Any]:
        """Compare `n` new samples with as many training images, and held-out ones, the floor.

        Returns:
            `fid`, `kid`, `precision`, `recall`, `floor_fid` and so on; `n`, how many there were;
            `per_class` (K,), the share of samples in each class, as the net sees it.
        """
        check_range("n", n, 2, MAX_SAMPLES)
        n = min(n, len(self.data.test), len(self.data.train))
        samples = self._draw(n)
        return {**self._compare(samples), "n": n,
                "per_class": self._count_classes(samples) / n}

    @question
    @torch.no_grad()
    def neighbours(self, n: int) -> dict[str, Any]:
        """Find the training image that is nearest to each of `n` new samples, by its pixels.

        Returns:
            `images` (2 n, H, W) or (2 n, 3, H, W): samples, then their neighbours; `distance`, the
            median of their distances; `usual`, that of held-out images to their neighbours.
        """
        check_range("n", n, 1, MAX_ASKED)
        samples = self._draw(n)
        near, found = self._nearest(samples)
        usual = self._nearest(torch.from_numpy(self.data.test[:N_SCORED]))[0]
        return {"images": as_bytes(torch.cat([samples, found])),
                "distance": near.median().item(), "usual": usual.median().item()}

    @question
    @torch.no_grad()
    def extremes(self, n: int) -> dict[str, Any]:
        """Sort new samples by what D says of them.

        Returns:
            `images` (2 n, ...): the n that D believes most, then the n that it believes least;
            `said` (2 n,), what it says; `of`, how many were sorted.
        """
        check_range("n", n, 1, MAX_ASKED)
        labels = self._classes(N_SORTED)
        model = self.model.eval()
        samples = model.decode(model.draw_noise(N_SORTED), labels)
        said = model.game.shown(model.score_alone(samples, labels))
        order = said.argsort(descending=True)
        chosen = torch.cat([order[:n], order[-n:]])
        return {"images": as_bytes(samples[chosen]), "said": said[chosen].cpu().numpy(),
                "of": N_SORTED}

    @question
    @torch.no_grad()
    def interpolate(self, first: int, second: int, n: int, path: str) -> dict[str, Any]:
        """Walk from one shown sample's noise to another's, in `n` steps.

        Args:
            first, second: the samples, 0 for the one at the top left.
            path: "lerp", a straight line, or "slerp", along a sphere around the origin.

        Returns:
            `images` (n, ...), the two samples at its ends; of the first one's class throughout.
        """
        for name, value in (("first", first), ("second", second)):
            check_range(name, value, 0, len(self.shown_noise) - 1)
        check_range("n", n, 2, MAX_ASKED)
        if path not in PATHS:
            raise ValueError(f"path must be one of {tuple(PATHS)!r}, got {path!r}")
        a, b = (self.shown_noise[i : i + 1] for i in (first, second))
        share = torch.linspace(0, 1, n, device=self.device)[:, None]
        labels = None if self.shown_labels is None else self.shown_labels[first].repeat(n)
        return {"images": as_bytes(self.model.eval().decode(PATHS[path](a, b, share), labels))}

    @question
    @torch.no_grad()
    def arithmetic(self, first: int, second: int, third: int) -> dict[str, Any]:
        """Add the difference of two shown samples' noise to a third one's.

        Radford et al. add means of three; try several samples instead.

        Returns:
            `images` (4, ...): the three samples, and that of first - second + third; of the third
            one's class where classes are known.
        """
        rows = [first, second, third]
        for name, value in zip(("first", "second", "third"), rows, strict=True):
            check_range(name, value, 0, len(self.shown_noise) - 1)
        z = self.shown_noise[rows]
        z = torch.cat([z, z[:1] - z[1:2] + z[2:]])
        labels = self.shown_labels
        labels = None if labels is None else labels[[*rows, third]]
        return {"images": as_bytes(self.model.eval().decode(z, labels))}

    def _shown(self, n_classes: int) -> tuple[Tensor | None, Tensor]:
        """Classes and noise of the samples on the screen; a column has one noise."""
        side = self.data.shape[-1]
        if not n_classes:
            return None, self.model.draw_noise(N_SHOWN[side])
        noise = self.model.draw_noise(N_PER_CLASS[side])
        labels = torch.arange(n_classes, device=self.device).repeat_interleave(len(noise))
        return labels, noise.repeat(n_classes, 1)

    def _columns(self) -> int:
        side = self.data.shape[-1]
        return N_PER_CLASS[side] if self.shown_labels is not None else math.isqrt(N_SHOWN[side])

    def _told(self, labels: np.ndarray) -> Tensor | None:
        return torch.from_numpy(labels).to(self.device) if self.model.n_classes else None

    def _classes(self, n: int) -> Tensor | None:
        """Classes of n samples, as often as among the training images."""
        return self._told(self.data.train_labels[:n])

    def _draw(self, n: int) -> Tensor:
        """Draw n new samples, on the CPU, in parts."""
        return self._decode(self.model.draw_noise(n))

    def _decode(self, noise: Tensor) -> Tensor:
        model, labels = self.model.eval(), self._classes(len(noise))
        parts = [model.decode(part, None if labels is None else labels[start : start + N_AT_ONCE])
                 for start, part in zip(range(0, len(noise), N_AT_ONCE), noise.split(N_AT_ONCE),
                                        strict=True)]
        return torch.cat(parts).cpu()

    def _compare(self, samples: Tensor, known: dict[str, float] | None = None) -> dict[str, float]:
        n, name = len(samples), self.settings.dataset
        real = features.features(name, torch.from_numpy(self.data.train[:n]))
        found = _scores(features.features(name, samples), real)
        if known:
            return found | known
        floor = _scores(features.features(name, torch.from_numpy(self.data.test[:n])), real)
        return found | {f"floor_{name}": value for name, value in floor.items()}

    def _count_classes(self, samples: Tensor) -> np.ndarray:
        n_classes = int(self.data.train_labels.max()) + 1
        seen = features.classes(self.settings.dataset, samples)
        return np.bincount(seen, minlength=n_classes)

    def _nearest(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The distance of each image to the nearest training image, and that image."""
        train = torch.from_numpy(self.data.train)
        best = torch.full((len(images),), math.inf)
        where = torch.zeros(len(images), dtype=torch.int64)
        for start in range(0, len(train), N_AT_ONCE):
            part = torch.cdist(images.flatten(1), train[start : start + N_AT_ONCE].flatten(1))
            near, place = part.min(1)
            where = torch.where(near < best, place + start, where)
            best = torch.minimum(near, best)
        return best, train[where]


def _scores(samples: np.ndarray, real: np.ndarray) -> dict[str, float]:
    k = min(metrics.NEIGHBORS, len(real) - 1)
    precision, recall = metrics.precision_recall(samples, real, k)
    return {"fid": frechet_distance(samples, real), "kid": kernel_distance(samples, real),
            "precision": precision, "recall": recall}
