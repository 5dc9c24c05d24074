"""A GAN on points of the plane: the game, and how far it has come."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo.gan import GAN
from playground import datasets, metrics, training
from playground.algorithms import bandwidth
from playground.algorithms.kde import KernelDensity, on_grid
from playground.experiments import known_density
from playground.experiments.base import Observation, check_range, question
from playground.experiments.budget import check_work
from playground.experiments.game import GameExperiment
from playground.experiments.gan.settings import PROBABLE, GANSettings

N_DATA = 10_000
N_SHOWN = 400
N_MEASURED = 2_500
N_COMPARED = 500
N_MOVED = 1_000
MIN_POINTS = 6
MOST_USES = 21  # of a weight for a datum in a step: by ten updates of D on data and samples, and G
LEAST_DENSITY = 1e-6
N_ARROWS = 60
HALF = 2.2
SURFACE_SIDE = 28
SHEET_SIDE = 13
SHEET_REACH = 2.0
CELLS = 30
FINE = 128
MAX_SAMPLES = 10_000


class GANExperiment(GameExperiment[GANSettings]):
    """Trains both players and shows samples, the discriminator's surface, and its slope."""

    n_measurements = 20

    def __init__(self, settings: GANSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        self.ready = len(self.data.train) + len(self.data.test) >= MIN_POINTS
        self.train = torch.from_numpy(self.data.train).to(device)
        self.model = GAN((2,), settings.latent_dim, (settings.hidden,) * settings.layers,
                         game=settings.game, prior=settings.prior, pack=settings.pack,
                         spectral=settings.spectral).to(device)
        check_work(sum(weight.numel() for weight in self.model.parameters()), MOST_USES,
                   settings.batch_size)
        self.batches = training.Batches(self.train, settings.batch_size)
        self.batches.size -= self.batches.size % settings.pack
        self.trainer = training.Trainer(self.model, self.batches)
        self.noise = self.model.draw_noise(N_MEASURED)
        self.surface = _mesh(np.linspace(-HALF, HALF, SURFACE_SIDE), device)
        self.sheet = self._sheet()
        self.edges = np.linspace(-HALF, HALF, CELLS + 1)
        reference = np.concatenate([self.data.train, self.data.test])
        self.masses = metrics.masses(reference, self.edges) if self.ready else np.zeros(0)
        self.measures: dict[str, float] = {}
        self.per_mode = np.zeros(0, np.float32)
        self.floor: dict[str, float] = {}

    def steps(self) -> Iterator[None]:
        """Play; the live knobs are read before each step.

        Raises:
            ValueError: there are too few points of the visitor's own.
        """
        self._must_be_ready()
        yield from super().steps()

    @torch.no_grad()
    def observe(self) -> Observation:
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
        self.model.eval()
        samples = self.model.decode(self.noise[:N_SHOWN])
        said = self.model.game.shown
        push = self.model.push(samples[:N_ARROWS])
        real = torch.from_numpy(self.data.test[:N_SHOWN]).to(self.device)
        if self.done == 0:
            self.measure()
        game = self.game_metrics(said(self.model.score_alone(real)),
                                 said(self.model.score_alone(samples)), push)
        arrays = {
            "samples": samples, "data": real,
            "surface": said(self.model.score_alone(self.surface)).unflatten(
                0, (SURFACE_SIDE, SURFACE_SIDE)),
            "sheet": self.model.decode(self.sheet).unflatten(0, (SHEET_SIDE, -1)),
            "arrows": torch.stack([samples[:N_ARROWS], push], 1),
        }
        numbers = {name: array.cpu().numpy().astype(np.float32) for name, array in arrays.items()}
        if len(self.per_mode):
            numbers["per_mode"] = self.per_mode
        self.model.train()
        return game | self.measures, numbers

    @question
    @torch.no_grad()
    def samples(self, n: int) -> dict[str, Any]:
        """Draw `n` new points, `samples` (n, 2)."""
        check_range("n", n, 1, MAX_SAMPLES)
        return {"samples": self.model.eval().sample(n).cpu().numpy()}

    @question
    @torch.no_grad()
    def optimum(self) -> dict[str, Any]:
        """Compare the discriminator with the best one against this generator, p / (p + q).

        Where p is a known mixture it is exact; else, like q, a kernel density estimate (q of
        10,000 samples, bandwidth by Scott's rule).

        Returns:
            `learned` and `best` (G, G), rows from the bottom; `seen` (G, G), 0 where p + q is so
            small that nothing is best, and `best` is 0; `known`, 1 where p is exact; `js`, the
            Jensen-Shannon divergence of p and q in nats, by the sum over the grid; `value`,
            V(D, G) of the best D, 2 JS - log 4; `played`, V of the learned D on held-out data and
            samples.

        Raises:
            ValueError: D is no probability in this game, or there are too few points.
        """
        if self.settings.game not in PROBABLE:
            raise ValueError("the game must be minimax or non-saturating, where D is a "
                             f"probability, got {self.settings.game!r}")
        self._must_be_ready()
        axis = np.linspace(-HALF, HALF, FINE)
        mesh = _mesh(axis, self.device)
        self.model.eval()
        samples = self.model.sample(N_DATA).cpu().numpy().astype(np.float64)
        q = _estimate(samples, axis)
        exact = known_density.density(self.settings.dataset, self.settings.noise)
        p = (np.exp(exact.log_prob(mesh.cpu().numpy())).reshape(FINE, FINE) if exact
             else _estimate(self.data.train.astype(np.float64), axis))
        real = torch.from_numpy(self.data.test).to(self.device)
        fake = torch.from_numpy(samples.astype(np.float32)).to(self.device)
        played = (nn.functional.logsigmoid(self.model.score_alone(real)).mean()
                  + nn.functional.logsigmoid(-self.model.score_alone(fake)).mean())
        js = metrics.js_divergence((p / p.sum()).ravel(), (q / q.sum()).ravel())
        seen = p + q >= LEAST_DENSITY
        best = np.divide(p, p + q, out=np.zeros_like(p), where=seen)
        learned = torch.sigmoid(self.model.score_alone(mesh)).reshape(FINE, FINE)
        return {"learned": learned.cpu().numpy(), "best": best.astype(np.float32),
                "seen": seen.astype(np.uint8), "known": int(exact is not None), "js": js,
                "value": 2 * js - math.log(4), "played": played.item()}

    def _must_be_ready(self) -> None:
        if not self.ready:
            raise ValueError(f"there must be {MIN_POINTS} points or more: click into the figure "
                             "to draw some")

    def _sheet(self) -> Tensor:
        """A square of noise, the other numbers 0, (S * S, Z)."""
        reach = SHEET_REACH if self.settings.prior == "gaussian" else 1.0
        square = _mesh(np.linspace(-reach, reach, SHEET_SIDE), self.device)
        sheet = torch.zeros(len(square), self.settings.latent_dim, device=self.device)
        sheet[:, :2] = square[:, : self.settings.latent_dim]
        return sheet

    @torch.no_grad()
    def measure(self) -> None:
        """Measure the samples of this moment, and once as many real points, the floor."""
        samples = self.model.decode(self.noise).cpu().numpy()
        measures = self._compare(samples)
        if not self.floor:
            floor = self._compare(self.data.test[:N_MEASURED])
            self.floor = {f"floor_{name}": value for name, value in floor.items()}
        centers, sigma = known_density.modes(self.settings.dataset, self.settings.noise)
        if len(centers):
            counts, measures["high_quality"] = metrics.modes(samples, centers, sigma)
            real = metrics.modes(self.data.test[:N_MEASURED], centers, sigma)
            measures["modes"] = float((counts > 0).sum())
            self.floor |= {"floor_high_quality": real[1], "floor_modes": float(len(centers))}
            self.per_mode = counts.astype(np.float32)
        self.measures = measures | self.floor

    def _compare(self, points: np.ndarray) -> dict[str, float]:
        few = points[:N_COMPARED]
        precision, recall = metrics.precision_recall(few, self.data.train[:N_COMPARED],
                                                     min(metrics.NEIGHBORS, len(few) - 1,
                                                         len(self.data.train) - 1))
        return {"precision": precision, "recall": recall,
                "js": metrics.js_divergence(metrics.masses(points, self.edges), self.masses),
                "transport": metrics.sliced_wasserstein(points[:N_MOVED],
                                                        self.data.train[:N_MOVED])}


def load(settings: GANSettings) -> datasets.Dataset:
    """Return the points, the same for every seed; half of a drawn set is held out."""
    if settings.dataset != "mine":
        return datasets.load(settings.dataset, n_points=N_DATA, noise=settings.noise)
    return datasets.every_third_held_out(settings.own_points())


def _estimate(points: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """A kernel density estimate on a grid, rows from the bottom, (G, G)."""
    width = bandwidth.choose("scott", points, "gaussian")
    return on_grid(KernelDensity(points, width, "gaussian"), [axis, axis]).T


def _mesh(axis: np.ndarray, device: str) -> Tensor:
    """All pairs of two coordinates, rows from the bottom, (G * G, 2)."""
    x, y = np.meshgrid(axis, axis)
    return torch.from_numpy(np.stack([x, y], -1).reshape(-1, 2).astype(np.float32)).to(device)
