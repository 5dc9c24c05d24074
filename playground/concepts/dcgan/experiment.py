"""A GAN on images: the game, and how good the samples are by the features of a small net."""

import math
from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.dcgan import DCGAN
from playground import datasets
from playground.arguments import HeldOut, Seed, Within
from playground.concepts.dcgan.settings import DCGANSettings
from playground.device import shared
from playground.experiments.architecture import answers, watch
from playground.experiments.base import Answer, Observation, Piece, Work, question
from playground.experiments.game import GameExperiment
from playground.experiments.look import look
from playground.experiments.paths import PATHS, PathName
from playground.experiments.pixels import as_bytes, to_bytes
from playground.metrics import clouds, feature_net
from playground.metrics.features import frechet_distance, kernel_distance
from playground.training import threads
from playground.training.batches import Batches
from playground.training.randomness import fixed_random_state
from playground.training.trainer import Trainer

N_SHOWN = {8: 64, 14: 49, 16: 49, 28: 25}
N_PER_CLASS = {8: 8, 14: 6, 16: 8, 28: 4}
N_SCORED = 200
N_MEASURED = 1000
N_AT_ONCE, N_DECODED_AT_ONCE = 500, 50
N_SORTED = 500
MAX_SAMPLES = 10_000
MAX_ASKED = 30
SLOWEST_ALONE = 14

Shown = Annotated[int, Within(0, lambda asked: len(asked.shown_noise) - 1)]


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
        self.train_labels, self.test_labels = (
            (shared(part, device) if n_classes else None)
            for part in (data.train_labels, data.test_labels))
        self.batches = Batches(shared(data.train, device), settings.batch_size,
                                        context=self.train_labels)
        self.batches.size -= self.batches.size % settings.judged_together
        self.trainer = Trainer(self.model, self.batches, self.optimizer)
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
        return threads.worth(self.data.shape[-1] > SLOWEST_ALONE)

    def after_step(self) -> Iterator[Piece]:
        """Move the averaged generator, if the generator has moved; then measure."""
        if self.mover() != "discriminator":
            self.model.follow(1 - 1 / self.settings.average)
        yield from super().after_step()

    def push(self) -> Tensor:
        """Return where D pushes `N_SCORED` samples, (N, C, H, W)."""
        noise = self.noise[:N_SCORED]
        context = self._classes(len(noise))
        return self.model.push(self.model.decode(noise, context), context)

    @torch.no_grad()
    def measure(self) -> Work[None]:
        """Measure samples of the fixed noise; the floor comes with the first ones."""
        samples = yield from self._decode(self.noise)
        known = {name: value for name, value in self.measures.items()
                 if name.startswith(("floor", "spread"))}
        found = yield from self._compare(samples, known)
        self.measures = found | {"measured": float(self.n_measured)}
        self.per_class = (yield from self._count_classes(samples)).astype(np.float32)
        self.measures["rarest"] = float(self.per_class.min() / self.per_class.mean())

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return samples of the averaged generator, and what D says.

        Metrics: those of `game_metrics`, of held-out images and of samples; and, as last measured,
        of `measured` samples against as many training images, `fid`, `kid`, `precision`,
        `recall`, `density` and `coverage`, by the features of our net; each has a `floor_`, what
        as many held-out images get; `spread`, the Fréchet distance of one picture that has the
        mean features, again and again, which is the trace of their covariance; `rarest`, the share
        of the class that is drawn least over an even share, as the net sees it.

        Arrays: `samples` (N, H, W) or (N, 3, H, W) bytes, rows of one class where classes are
        known; `columns`, how many in a row; `said_real`, `said_fake` (M,), what D says of each;
        `per_class` (K,), how many samples the net sees in each class.
        """
        model = self.model
        shown = model.decode(self.shown_noise, self.shown_labels)
        n = len(self.held_out)
        fake_labels = self._classes(n)
        real_labels = None if self.test_labels is None else self.test_labels[:n]
        fake = model.decode(self.noise[:n], fake_labels)
        said_fake = model.game.shown(model.score_alone(fake, fake_labels))
        said_real = model.game.shown(model.score_alone(self.held_out, real_labels))
        yield from self.measure_at_start()
        game = self.game_metrics(said_real, said_fake, model.push(fake, fake_labels))
        columns = self._columns()
        return look(game | self.measures, {
            "samples": to_bytes(shown), "columns": np.array(columns, np.uint8),
            "said_real": said_real, "said_fake": said_fake, "per_class": self.per_class})

    @question
    @torch.no_grad()
    def pass_through(self, index: HeldOut, seed: Seed) -> dict[str, Any]:
        """Let noise pass both nets, and a held-out image the discriminator, layer by layer.

        Args:
            index: of the held-out image.
            seed: decides the noise.

        Returns:
            `noise` (Z,); `sample` and `real` (C, H, W); the layers of `generator`, the averaged
            one, and of `discriminator`, and the latter's for the real image, `for_real`, see
            `architecture.Layer`; what D says of both, `said_fake` and `said_real`.
        """
        model, real = self.model, self.held_out[index : index + 1]
        context = None if self.test_labels is None else self.test_labels[index : index + 1]
        with fixed_random_state(str(self.device), seed):
            noise = model.draw_noise(1)
        sample, generator = watch([model.average], lambda: model.average(noise, context))
        judge = [model.discriminator]
        fake_score, for_fake = watch(judge, lambda: model.score_alone(sample, context))
        real_score, for_real = watch(judge, lambda: model.score_alone(real, context))
        return {"noise": noise[0].cpu().numpy(), "sample": sample[0].cpu().numpy(),
                "real": real[0].cpu().numpy(), "generator": answers(generator),
                "discriminator": answers(for_fake), "for_real": answers(for_real),
                "said_fake": model.game.shown(fake_score).item(),
                "said_real": model.game.shown(real_score).item()}

    @question
    @torch.no_grad()
    def quality(self, n: Annotated[int, Within(2, MAX_SAMPLES)]) -> Work[Answer]:
        """Compare `n` new samples with as many training images, and held-out ones, the floor.

        Returns:
            `fid`, `kid`, `precision`, `recall`, `floor_fid` and so on; `n`, how many there were;
            `per_class` (K,), the share of samples in each class, as the net sees it.
        """
        n = min(n, len(self.data.test), len(self.data.train))
        samples = yield from self._draw(n)
        found = yield from self._compare(samples)
        counts = yield from self._count_classes(samples)
        return {**found, "n": n, "per_class": counts / n}

    @question
    @torch.no_grad()
    def neighbours(self, n: Annotated[int, Within(1, MAX_ASKED)]) -> Work[Answer]:
        """Find the training image that is nearest to each of `n` new samples, by its pixels.

        Returns:
            `images` (2 n, H, W) or (2 n, 3, H, W): samples, then their neighbours; `distances`
            (n,) between the two; `usual`, the median of those of held-out images.
        """
        samples = yield from self._draw(n)
        near, found = yield from self._nearest(samples)
        usual, _ = yield from self._nearest(torch.from_numpy(self.data.test[:N_SCORED]))
        return {"images": as_bytes(torch.cat([samples, found])),
                "distances": near.cpu().numpy(), "usual": usual.median().item()}

    @question
    @torch.no_grad()
    def extremes(self, n: Annotated[int, Within(1, MAX_ASKED)]) -> Work[Answer]:
        """Sort new samples by what D says of them.

        Returns:
            `images` (2 n, ...): the n that D believes most, then the n that it believes least;
            `said` (2 n,), what it says; `of`, how many were sorted.
        """
        context = self._classes(N_SORTED)
        model = self.model
        noise = model.draw_noise(N_SORTED)
        parts: list[Tensor] = []
        scores: list[Tensor] = []
        for rows in torch.arange(N_SORTED, device=self.device).split(N_DECODED_AT_ONCE):
            yield len(parts) * N_DECODED_AT_ONCE / N_SORTED
            told = None if context is None else context[rows]
            parts.append(model.decode(noise[rows], told))
            scores.append(model.score_alone(parts[-1], told))
        samples, said = torch.cat(parts), model.game.shown(torch.cat(scores))
        order = said.argsort(descending=True)
        chosen = torch.cat([order[:n], order[-n:]])
        return {"images": as_bytes(samples[chosen]), "said": said[chosen].cpu().numpy(),
                "of": N_SORTED}

    @question
    @torch.no_grad()
    def interpolate(self, first: Shown, second: Shown,
                    n: Annotated[int, Within(2, MAX_ASKED)], path: PathName) -> dict[str, Any]:
        """Walk from one shown sample's noise to another's, in `n` steps.

        Args:
            first, second: the samples, 0 for the one at the top left.
            path: "lerp", a straight line, or "slerp", along a sphere around the origin.

        Returns:
            `images` (n, ...), the two samples at its ends; of the first one's class throughout.
        """
        a, b = (self.shown_noise[i : i + 1] for i in (first, second))
        share = torch.linspace(0, 1, n, device=self.device)[:, None]
        context = None if self.shown_labels is None else self.shown_labels[first].repeat(n)
        return {"images": as_bytes(self.model.decode(PATHS[path](a, b, share), context))}

    @question
    @torch.no_grad()
    def arithmetic(self, first: Shown, second: Shown, third: Shown) -> dict[str, Any]:
        """Add the difference of two shown samples' noise to a third one's.

        Radford et al. add means of three; try several samples instead.

        Returns:
            `images` (4, ...): the three samples, and that of first - second + third; of the third
            one's class where classes are known.
        """
        rows = [first, second, third]
        z = self.shown_noise[rows]
        z = torch.cat([z, z[:1] - z[1:2] + z[2:]])
        context = self.shown_labels
        context = None if context is None else context[[*rows, third]]
        return {"images": as_bytes(self.model.decode(z, context))}

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

    def _classes(self, n: int) -> Tensor | None:
        """Classes of n samples, as often as among the training images."""
        return None if self.train_labels is None else self.train_labels[:n]

    def _draw(self, n: int) -> Work[Tensor]:
        """Draw n new samples, on the CPU, in parts."""
        return (yield from self._decode(self.model.draw_noise(n)))

    def _decode(self, noise: Tensor) -> Work[Tensor]:
        context = self._classes(len(noise))
        parts: list[Tensor] = []
        for start in range(0, len(noise), N_DECODED_AT_ONCE):
            yield None
            rows = slice(start, start + N_DECODED_AT_ONCE)
            parts.append(self.model.decode(
                noise[rows], None if context is None else context[rows]))
        return torch.cat(parts).cpu()

    def _compare(self, samples: Tensor,
                 known: dict[str, float] | None = None) -> Work[dict[str, float]]:
        n = len(samples)
        real = yield from self._features(torch.from_numpy(self.data.train[:n]))
        found = yield from _scores((yield from self._features(samples)), real)
        if known:
            return found | known
        held_out = yield from self._features(torch.from_numpy(self.data.test[:n]))
        floor = yield from _scores(held_out, real)
        spread = float(np.trace(np.cov(real, rowvar=False)))
        return found | {f"floor_{name}": value for name, value in floor.items()} | {
            "spread": spread}

    def _features(self, images: Tensor) -> Work[np.ndarray]:
        parts = []
        for part in images.split(N_DECODED_AT_ONCE):
            yield None
            parts.append(feature_net.features(self.settings.dataset, part))
        return np.concatenate(parts)

    def _count_classes(self, samples: Tensor) -> Work[np.ndarray]:
        n_classes = int(self.data.train_labels.max()) + 1
        counts = np.zeros(n_classes, np.int64)
        for part in samples.split(N_DECODED_AT_ONCE):
            yield None
            counts += np.bincount(feature_net.classes(self.settings.dataset, part),
                                  minlength=n_classes)
        return counts

    def _nearest(self, images: Tensor) -> Work[tuple[Tensor, Tensor]]:
        """The distance of each image to the nearest training image, and that image."""
        train = torch.from_numpy(self.data.train)
        best = torch.full((len(images),), math.inf)
        where = torch.zeros(len(images), dtype=torch.int64)
        for start in range(0, len(train), N_AT_ONCE):
            yield start / len(train)
            part = torch.cdist(images.flatten(1), train[start : start + N_AT_ONCE].flatten(1))
            near, place = part.min(1)
            where = torch.where(near < best, place + start, where)
            best = torch.minimum(near, best)
        return best, train[where]


def _scores(samples: np.ndarray, real: np.ndarray) -> Work[dict[str, float]]:
    k = min(clouds.NEIGHBORS, len(real) - 1)
    precision, recall = clouds.precision_recall(samples, real, k)
    yield None
    density, coverage = clouds.density_coverage(samples, real, k)
    yield None
    found = {"fid": frechet_distance(samples, real)}
    yield None
    return found | {"kid": kernel_distance(samples, real), "precision": precision,
                    "recall": recall, "density": density, "coverage": coverage}
