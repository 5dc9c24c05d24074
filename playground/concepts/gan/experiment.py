"""A GAN on points of the plane: the game, and how far it has come."""

import math
from collections.abc import Iterator
from typing import Annotated

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo.gan import GAN
from playground import datasets
from playground.arguments import Within
from playground.concepts.gan.settings import GANSettings
from playground.concepts.gan.truth import fresh_points
from playground.device import shared
from playground.experiments import known_density
from playground.experiments.base import Answer, Observation, Piece, Work, question
from playground.experiments.drawing import Draws
from playground.experiments.game import GameExperiment
from playground.experiments.game_settings import PROBABLE
from playground.experiments.look import look
from playground.language import N_
from playground.metrics import clouds
from playground.metrics.divergence import js_of_draws
from playground.refusal import Refusal
from playground.training.batches import Batches
from playground.training.trainer import Trainer

N_DATA = 10_000
N_SHOWN = 400
N_MEASURED = 2_500
N_COMPARED = 500
N_MOVED = 1_000
MIN_POINTS = 6
MOST_DRAWN, LEAST_DRAWN = 2**18, 2**14
MOST_WORK = 10**10  # draws x weights of G
LEAST_SEEN = 8  # points and samples in a cell in which the best D is known to a fifth
N_ARROWS = 60
HALF = 2.2
SURFACE_SIDE = 28
SHEET_SIDE = 13
SHEET_REACH = 2.0
CELLS = 30
FINE = 110
MAX_SAMPLES = 10_000
AT_ONCE = 2**9


class GANExperiment(Draws, GameExperiment[GANSettings]):
    """Trains both players and shows samples, the discriminator's surface, and its slope."""

    n_measurements = 20

    def __init__(self, settings: GANSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        self.ready = len(self.data.train) + len(self.data.test) >= MIN_POINTS
        self.train = shared(self.data.train, device)
        self.real = torch.from_numpy(self.data.test[:N_SHOWN]).to(device)
        self.model = GAN((2,), settings.latent_dim, (settings.hidden,) * settings.layers,
                         game=settings.game, prior=settings.prior, pack=settings.pack,
                         spectral=settings.spectral).to(device)
        self.batches = Batches(self.train, settings.batch_size)
        self.batches.size -= self.batches.size % settings.pack
        self.trainer = Trainer(self.model, self.batches, self.optimizer)
        self.noise = self.model.draw_noise(N_MEASURED)
        self.surface = _mesh(np.linspace(-HALF, HALF, SURFACE_SIDE), device)
        self.sheet = self._sheet()
        self.edges = np.linspace(-HALF, HALF, CELLS + 1)
        self.masses = clouds.masses(self.data.train, self.edges) if self.ready else np.zeros(0)
        self.measures: dict[str, float] = {}
        self.per_mode = np.zeros(0, np.float32)
        self.floor: dict[str, float] = {}

    def steps(self) -> Iterator[Piece | None]:
        """Play; the live knobs are read before each step.

        Raises:
            ValueError: there are too few points of the visitor's own.
        """
        self._must_be_ready()
        yield from super().steps()

    @torch.no_grad()
    def looking(self) -> Work[Observation]:
        """Return the game at this moment.

        Metrics: those of `game_metrics`, of held-out data and of samples; and, as last measured,
        `precision`, `recall`, `js` (nats, on CELLS x CELLS cells, against 20,000 real
        points), `transport` (sliced Wasserstein-2); for data with known modes `high_quality` and
        `modes`. Each has a `floor_`, what as many real points get. None of all these where the
        visitor's own points are too few.

        Arrays: `samples` (N, 2), `data` (M, 2); `surface` (G, G), what D says, rows from the
        bottom; `sheet` (S, S, 2), where the generator puts a square of noise; `arrows` (A, 2, 2),
        from and by; `per_mode` (K,), good samples of each mode.
        """
        if not self.ready:
            return {"points": float(len(self.data.train) + len(self.data.test))}, {
                "data": np.concatenate([self.data.train, self.data.test])}
        samples = self.model.decode(self.noise[:N_SHOWN])
        said = self.model.game.shown
        push, real = self.push(), self.real
        yield from self.measure_at_start()
        game = self.game_metrics(said(self.model.score_alone(real)),
                                 said(self.model.score_alone(samples)), push)
        arrays: dict[str, Tensor | np.ndarray] = {
            "samples": samples, "data": real,
            "surface": said(self.model.score_alone(self.surface)).unflatten(
                0, (SURFACE_SIDE, SURFACE_SIDE)),
            "sheet": self.model.decode(self.sheet).unflatten(0, (SHEET_SIDE, -1)),
            "arrows": torch.stack([samples[:N_ARROWS], push], 1),
        }
        if len(self.per_mode):
            arrays["per_mode"] = self.per_mode
        return look(game | self.measures, arrays)

    def draw(self, n: int) -> Tensor:
        """Draw points by the generator as it is."""
        return self.model.sample(n)

    @question
    @torch.no_grad()
    def samples(self, n: Annotated[int, Within(1, MAX_SAMPLES)]) -> Work[Answer]:
        """Draw `n` new points, `samples` (n, 2)."""
        noise, parts = self.model.draw_noise(n), list[Tensor]()
        for part in noise.split(AT_ONCE):
            yield len(parts) * AT_ONCE / n
            parts.append(self.model.decode(part))
        return {"samples": torch.cat(parts).cpu().numpy()}

    @question
    @torch.no_grad()
    def optimum(self) -> Work[Answer]:
        """Compare the discriminator with the best one against this generator, p / (p + q).

        By `n` fresh points, see `fresh_points`, and as many samples.

        Returns:
            `learned` and `best` (G, G), rows from the bottom, the latter by counts in cells;
            `seen` (G, G), 0 where there are too few to tell, and `best` is 0; `n`; `js`, the
            Jensen-Shannon divergence of p and q in nats, and `error`, see `js_of_draws`;
            `value`, V(D, G) of the best D, 2 JS - log 4; `played`, V of the learned D on held-out
            data and samples; `blur`, by how much own points are blurred, else 0.

        Raises:
            ValueError: D is no probability in this game, or there are too few points.
        """
        if self.settings.game not in PROBABLE:
            raise Refusal(N_("the game must be minimax or non-saturating, where D is a "
                             "probability, got {game!r}"), game=self.settings.game)
        self._must_be_ready()
        weights = sum(weight.numel() for weight in self.model.generator.parameters())
        n = 2 ** int(math.log2(min(max(MOST_WORK / weights, LEAST_DRAWN), MOST_DRAWN)))
        parts: list[Tensor] = []
        for _ in range(n // AT_ONCE):
            yield None
            parts.append(self.model.sample(AT_ONCE))
        fake = torch.cat(parts)
        real = shared(self.data.test, self.device)
        points, blur = yield from fresh_points(self.settings, n)
        samples = fake.cpu().numpy()
        said_real = yield from self._scores(real)
        said_fake = yield from self._scores(fake[:N_DATA])
        played = (nn.functional.logsigmoid(said_real).mean()
                  + nn.functional.logsigmoid(-said_fake).mean())
        js, error = yield from js_of_draws(points, samples)
        edges = np.linspace(-HALF, HALF, FINE + 1)
        p, q = (np.histogram2d(y, x, bins=[edges, edges])[0] for x, y in (points.T, samples.T))
        seen = p + q >= LEAST_SEEN
        best = np.divide(p, p + q, out=np.zeros_like(p), where=seen)
        mesh = _mesh((edges[:-1] + edges[1:]) / 2, self.device)
        learned = torch.sigmoid((yield from self._scores(mesh))).reshape(FINE, FINE)
        return {"learned": learned.cpu().numpy(), "best": best.astype(np.float32),
                "seen": seen.astype(np.uint8), "n": n, "blur": blur, "js": js, "error": error,
                "value": 2 * js - math.log(4), "played": played.item()}

    def _scores(self, x: Tensor) -> Work[Tensor]:
        """What D says of points, some of them at a time, (N,)."""
        parts = []
        for part in x.split(AT_ONCE):
            yield None
            parts.append(self.model.score_alone(part))
        return torch.cat(parts)

    def _must_be_ready(self) -> None:
        if not self.ready:
            raise Refusal(N_("there must be {n} points or more: click into the figure to draw "
                             "some"), n=MIN_POINTS)

    def _sheet(self) -> Tensor:
        """A square of noise, the other numbers 0, (S * S, Z)."""
        reach = SHEET_REACH if self.settings.prior == "gaussian" else 1.0
        square = _mesh(np.linspace(-reach, reach, SHEET_SIDE), self.device)
        sheet = torch.zeros(len(square), self.settings.latent_dim, device=self.device)
        sheet[:, :2] = square[:, : self.settings.latent_dim]
        return sheet

    def push(self) -> Tensor:
        """Return where D pushes the samples that have arrows, (A, 2)."""
        return self.model.push(self.model.decode(self.noise[:N_ARROWS]))

    @torch.no_grad()
    def measure(self) -> Work[None]:
        """Measure the samples of this moment, and once as many held-out points, the floor."""
        parts = []
        for part in self.noise.split(AT_ONCE):
            yield None
            parts.append(self.model.decode(part))
        samples = torch.cat(parts).cpu().numpy()
        measures = self._compare(samples)
        yield None
        if not self.floor:
            floor = self._compare(self.data.test[:N_MEASURED])
            yield None
            self.floor = {f"floor_{name}": value for name, value in floor.items()}
        centers, sigma = known_density.modes(self.settings.dataset, self.settings.noise)
        if len(centers):
            counts, measures["high_quality"] = clouds.modes(samples, centers, sigma)
            real = clouds.modes(self.data.test[:N_MEASURED], centers, sigma)
            measures["modes"] = float((counts > 0).sum())
            self.floor |= {"floor_high_quality": real[1], "floor_modes": float(len(centers))}
            self.per_mode = counts.astype(np.float32)
        self.measures = measures | self.floor

    def _compare(self, points: np.ndarray) -> dict[str, float]:
        few = points[:N_COMPARED]
        k = min(clouds.NEIGHBORS, len(few) - 1, len(self.data.train) - 1)
        precision, recall = clouds.precision_recall(few, self.data.train[:N_COMPARED], k)
        density, coverage = clouds.density_coverage(few, self.data.train[:N_COMPARED], k)
        return {"precision": precision, "recall": recall, "density": density,
                "coverage": coverage,
                "js": clouds.js_divergence(clouds.masses(points, self.edges), self.masses),
                "transport": clouds.sliced_wasserstein(points[:N_MOVED],
                                                        self.data.train[:N_MOVED])}


def load(settings: GANSettings) -> datasets.Dataset:
    """Return the points, the same for every seed; half of a drawn set is held out."""
    if settings.dataset != "mine":
        return datasets.load(settings.dataset, n_points=N_DATA, noise=settings.noise)
    return datasets.every_third_held_out(settings.own_points())


def _mesh(axis: np.ndarray, device: str) -> Tensor:
    """All pairs of two coordinates, rows from the bottom, (G * G, 2)."""
    x, y = np.meshgrid(axis, axis)
    return torch.from_numpy(np.stack([x, y], -1).reshape(-1, 2).astype(np.float32)).to(device)
