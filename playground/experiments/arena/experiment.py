"""The arena: all families learn from the same points, side by side, under one budget."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from playground import datasets
from playground.algorithms import bandwidth
from playground.algorithms.kde import KernelDensity, on_grid
from playground.experiments import known_density
from playground.experiments.arena import families
from playground.experiments.arena.family import PointContestant
from playground.experiments.arena.judge import Judge
from playground.experiments.arena.settings import ArenaSettings
from playground.experiments.base import Observation, check_range, question
from playground.experiments.contest import Contest
from playground.experiments.contestant import Family

MIN_POINTS = 6
N_HELD_OUT = 2_000
N_SHOWN = 150
N_RATED = 500
N_CLOCKED = 1_000  # samples; at least as many as the judge wants
SIDE = 31
HALF = 2.2
LOWEST = -20.0
FEW_CODES, MANY_CODES = 8, 64
MAX_PLACES, MAX_SAMPLES = 100, 10_000
AXIS = np.linspace(-HALF, HALF, SIDE)
GRID = np.stack(np.meshgrid(AXIS, AXIS), -1).reshape(-1, 2)


@dataclass(frozen=True)
class Rating:
    """What a contestant says at one of its steps: held-out nats, and its surface (G, G)."""

    done: int
    nats: float
    surface: np.ndarray


class ArenaExperiment(Contest[ArenaSettings, PointContestant]):
    """All families of the plane."""

    def __init__(self, settings: ArenaSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        self.points, self.held_out = (part.astype(np.float64)
                                      for part in (self.data.train, self.data.test))
        self.ready = len(self.points) + len(self.held_out) >= MIN_POINTS
        self._rated: dict[str, Rating] = {}
        if not self.ready:
            return
        self.gather(self.points)
        self.jury = Judge(self.points, self.held_out)
        self.floor = {f"floor_{name}": value for name, value in self.jury.floor.items()}
        if truth := known_density.density(settings.dataset, settings.noise):
            self.floor["floor_nats"] = rate(truth.log_prob(self.held_out))[0]
        self.top = self._highest()

    @classmethod
    def families(cls) -> Mapping[str, Family]:
        """Return those that are found."""
        return families.found()

    def refuse(self) -> None:
        """Raise ValueError if there are too few points of the visitor's own."""
        if not self.ready:
            raise ValueError(f"there must be {MIN_POINTS} points or more: click into a figure to "
                             "draw some")
        super().refuse()

    def judge(self, name: str) -> Iterator[None]:
        """Compare its samples with held-out points, and rate these, all at once."""
        contestant = self.contestants[name]
        began = time.perf_counter()
        samples = contestant.sample(N_CLOCKED, seed=1)
        self.sampling[name] = time.perf_counter() - began
        self.judged |= {f"{name}_{metric}": value
                        for metric, value in self.jury.measure(samples[: self.jury.n]).items()}
        ratings = contestant.log_prob(self.held_out, MANY_CODES)
        if ratings is not None:
            nats, self.judged[f"{name}_impossible"] = rate(ratings)
            self._rated[name] = replace(self._rating(name), nats=nats)
        yield from ()

    def observe(self) -> Observation:
        """Return what all families can do at this moment.

        Metrics, each after the name of its family: `nats`, the mean log density of held-out points
        (or its bound), each counted as no less than `LOWEST`: of `N_RATED` points, and of all when
        it is judged; `weights`, how many numbers it keeps; and as it was judged last: all of
        `judge`, and `impossible`, the share of held-out points to which it gives no chance.
        `floor_` and a name: what training points get in place of samples; `floor_nats`: the true
        density, where it is known. `n_judged`: samples of each that are judged; `top`: the density
        that is drawn darkest.

        Arrays: `data` (N, 2), some of the points; for each family `samples_` (N, 2), and if it
        rates places `surface_` (G, G), bytes: its density in 255ths of `top`, rows from the
        bottom.
        """
        own = self.settings.dataset == "mine"  # whoever clicks wants to see each point
        data = np.concatenate([self.data.train, self.data.test]) if own else self.data.train
        shown = {"data": data[:N_SHOWN].astype(np.float32)}
        if not self.ready:
            return {"points": float(len(data))}, shown
        metrics = {"points": float(len(self.points)), "n_judged": float(self.jury.n),
                   "top": self.top} | self.floor
        for name, contestant in self.contestants.items():
            metrics[f"{name}_weights"] = float(contestant.n_weights)
            shown[f"samples_{name}"] = contestant.sample(N_SHOWN, seed=0).astype(np.float32)
            if families.found()[name].answers != "nothing":
                rating = self._rating(name)
                metrics[f"{name}_nats"], shown[f"surface_{name}"] = rating.nats, rating.surface
        return metrics | self.judged, shown

    @question
    def log_prob(self, places: list[list[float]]) -> dict[str, Any]:
        """Ask each family for log p(x) at places (M, 2).

        Returns:
            For each family M values in nats, None where it cannot say; `impossible`: of each
            family M flags, 1 where p(x) is 0.
        """
        if not 1 <= len(places) <= MAX_PLACES:
            raise ValueError(f"places must be 1 to {MAX_PLACES} in number, got {len(places)}")
        x = np.array(places, np.float64)
        if x.shape != (len(places), 2) or not np.isfinite(x).all():
            raise ValueError("places must be pairs of finite numbers")
        said: dict[str, list[float | None]] = {}
        impossible: dict[str, list[int]] = {}
        for name, contestant in self.contestants.items():
            values = contestant.log_prob(x, MANY_CODES)
            values = np.full(len(x), np.nan) if values is None else values
            said[name] = [float(v) if np.isfinite(v) else None for v in values]
            impossible[name] = np.isneginf(values).astype(int).tolist()
        return said | {"impossible": impossible}

    @question
    def samples(self, n: int) -> dict[str, Any]:
        """Draw n new points of each family, (n, 2) float32 by its name."""
        check_range("n", n, 1, MAX_SAMPLES)
        return {name: contestant.sample(n, seed=2).astype(np.float32)
                for name, contestant in self.contestants.items()}

    def _rating(self, name: str) -> Rating:
        """How a family rates the held-out points and the grid now; computed once for each step."""
        contestant = self.contestants[name]
        before = self._rated.get(name)
        if before and before.done == contestant.done:
            return before
        places = np.concatenate([self.held_out[:N_RATED], GRID])
        ratings = contestant.log_prob(places, FEW_CODES)
        if ratings is None:
            raise TypeError(f"the family {name!r} must say something about log p(x)")
        heights = np.exp(np.minimum(ratings[-len(GRID):], 50)).reshape(SIDE, SIDE)
        surface = np.rint(255 * (heights / self.top).clip(0, 1)).astype(np.uint8)
        self._rated[name] = Rating(contestant.done, rate(ratings[: -len(GRID)])[0], surface)
        return self._rated[name]

    def _highest(self) -> float:
        """The highest density of the points, by kernels: the same scale for all families."""
        width = bandwidth.choose("scott", self.points, "gaussian") / 2
        return float(on_grid(KernelDensity(self.points, width, "gaussian"), [AXIS, AXIS]).max())


def rate(log_densities: np.ndarray) -> tuple[float, float]:
    """Return the mean in nats, none below `LOWEST`, and the share of minus infinities."""
    return (float(np.maximum(log_densities, LOWEST).mean()),
            float(np.isneginf(log_densities).mean()))


def load(settings: ArenaSettings) -> datasets.Dataset:
    """Return the points, and up to `N_HELD_OUT` others that only judge.

    The seed is that of the draw. Of the visitor's own points every third is held out.
    """
    if settings.dataset == "mine":
        return datasets.every_third_held_out(settings.own_points())
    both = datasets.load(settings.dataset, n_points=N_HELD_OUT, noise=settings.noise,
                         seed=settings.seed)
    return both.pick(np.arange(settings.n_points), np.arange(N_HELD_OUT))
