"""The arena: all families learn from the same points, side by side, under one budget."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np

from playground import datasets
from playground.algorithms import bandwidth
from playground.algorithms.density import Score
from playground.algorithms.kde import KernelDensity, on_grid
from playground.arguments import Within
from playground.concepts.arena import families
from playground.concepts.arena.point_judge import PointJudge
from playground.concepts.arena.settings import ArenaSettings
from playground.experiments import known_density
from playground.experiments.base import Answer, Observation, Work, question
from playground.experiments.contest import Contest
from playground.experiments.contestant import DrawingContestant, Family
from playground.experiments.pieces import clocked
from playground.language import N_
from playground.refusal import Refusal

MIN_POINTS = 6
N_HELD_OUT = 2_000
N_SHOWN = 150
N_RATED = 500
N_CLOCKED = 1_000  # samples; at least as many as the judge wants
SIDE = 31
HALF = 2.2
FEW_CODES, MANY_CODES = 8, 64
MAX_PLACES, MAX_SAMPLES = 100, 10_000
AXIS = np.linspace(-HALF, HALF, SIDE)
GRID = np.stack(np.meshgrid(AXIS, AXIS), -1).reshape(-1, 2)


@dataclass(frozen=True)
class Rating:
    """What a contestant says at one of its steps: its held-out score, its surface (G, G)."""

    done: int
    score: Score
    surface: np.ndarray


class ArenaExperiment(Contest[ArenaSettings, DrawingContestant]):
    """All families of the plane."""

    def __init__(self, settings: ArenaSettings, device: str) -> None:
        super().__init__(settings, device)
        self.data = load(settings)
        self.points, self.held_out = (part.astype(np.float64)
                                      for part in (self.data.train, self.data.test))
        self.ready = len(self.points) + len(self.held_out) >= MIN_POINTS
        self._rated: dict[str, Rating] = {}

    def building(self) -> Iterator[None]:
        """Build the contestants, then measure what real points get."""
        if not self.ready:
            return
        yield from self.gather(self.points)
        self.jury = PointJudge(self.points, self.held_out)
        for _share in self.jury.measure_floor():
            yield
        settings = self.settings
        self.floor = {f"floor_{name}": value for name, value in self.jury.floor.items()}
        if truth := known_density.density(settings.dataset, settings.noise):
            self.floor["floor_nats"] = Score.of(truth.log_prob(self.held_out)).nats
        self.top = self._highest()

    @classmethod
    def families(cls) -> Mapping[str, Family]:
        """Return those that are found."""
        return families.found()

    def refuse(self) -> None:
        """Refuse too few points of the visitor's own."""
        if not self.ready:
            raise Refusal(N_("there must be {n} points or more: click into a figure to draw some"),
                          n=MIN_POINTS)
        super().refuse()

    def judge(self, name: str) -> Work[Mapping[str, float]]:
        """Compare its samples with held-out points, and rate these."""
        contestant = self.contestants[name]
        samples, self.sampling[name] = yield from clocked(contestant.sample(N_CLOCKED, seed=1),
                                                          self.device)
        measures = yield from self.jury.measure(samples[: self.jury.n])
        ratings = yield from contestant.log_prob(self.held_out, MANY_CODES)
        if ratings is not None:
            rating = yield from self._rating(name)
            self._rated[name] = replace(rating, score=Score.of(ratings))
        return measures

    def looking(self) -> Work[Observation]:
        """Return what all families can do at this moment.

        Metrics, each after the name of its family: `nats`, the mean log density (or its bound) of
        `rated` held-out points, which are `N_RATED`, and all when it is judged; `impossible`, to
        how many of these it gives no chance: if there are any, the mean is minus infinity, and
        `nats` is missing; `weights`, how many numbers it keeps; and, as it was judged last, all of
        `judge`. `floor_` and a name: what training points get in place of samples; `floor_nats`:
        the true density, where it is known. `n_judged`: samples of each that are judged; `top`:
        the density that is drawn darkest.

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
            samples = yield from contestant.sample(N_SHOWN, seed=0)
            shown[f"samples_{name}"] = samples.astype(np.float32)
            if families.found()[name].claim.is_log_p:
                rating = yield from self._rating(name)
                shown[f"surface_{name}"] = rating.surface
                metrics[f"{name}_rated"] = float(rating.score.n)
                metrics[f"{name}_impossible"] = float(rating.score.impossible)
                if not rating.score.impossible:
                    metrics[f"{name}_nats"] = rating.score.nats
        return metrics | self.judged, shown

    @question
    def log_prob(self, places: Annotated[list[list[float]], Within(1, MAX_PLACES)]
                 ) -> Work[Answer]:
        """Ask each family for log p(x) at places (M, 2).

        Returns:
            For each family M values in nats, None where it cannot say; `impossible`: of each
            family M flags, 1 where p(x) is 0.
        """
        if any(len(place) != 2 for place in places):
            raise Refusal(N_("places must be pairs of numbers"))
        x = np.array(places, np.float64)
        said: dict[str, list[float | None]] = {}
        impossible: dict[str, list[int]] = {}
        for name, contestant in self.contestants.items():
            found = yield from contestant.log_prob(x, MANY_CODES)
            values = np.full(len(x), np.nan) if found is None else found
            said[name] = [float(v) if np.isfinite(v) else None for v in values]
            impossible[name] = np.isneginf(values).astype(int).tolist()
        return said | {"impossible": impossible}

    @question
    def samples(self, n: Annotated[int, Within(1, MAX_SAMPLES)]) -> Work[Answer]:
        """Draw n new points of each family, (n, 2) float32 by its name."""
        found: dict[str, Any] = {}
        for name, contestant in self.contestants.items():
            found[name] = (yield from contestant.sample(n, seed=2)).astype(np.float32)
        return found

    def _rating(self, name: str) -> Work[Rating]:
        """How a family rates the held-out points and the grid now; computed once for each step."""
        contestant = self.contestants[name]
        before = self._rated.get(name)
        if before and before.done == contestant.done:
            return before
        places = np.concatenate([self.held_out[:N_RATED], GRID])
        ratings = yield from contestant.log_prob(places, FEW_CODES)
        if ratings is None:
            raise TypeError(f"the family {name!r} must say something about log p(x)")
        heights = np.exp(np.minimum(ratings[-len(GRID):], 50)).reshape(SIDE, SIDE)
        surface = np.rint(255 * (heights / self.top).clip(0, 1)).astype(np.uint8)
        self._rated[name] = Rating(contestant.done, Score.of(ratings[: -len(GRID)]), surface)
        return self._rated[name]

    def _highest(self) -> float:
        """The highest density of the points, by kernels: the same scale for all families."""
        width = bandwidth.choose("scott", self.points, "gaussian") / 2
        return float(on_grid(KernelDensity(self.points, width, "gaussian"), [AXIS, AXIS]).max())


def load(settings: ArenaSettings) -> datasets.Dataset:
    """Return the points, and up to `N_HELD_OUT` others that only judge.

    The seed is that of the draw. Of the visitor's own points every third is held out.
    """
    if settings.dataset == "mine":
        return datasets.every_third_held_out(settings.own_points())
    both = datasets.load(settings.dataset, n_points=N_HELD_OUT, noise=settings.noise,
                         seed=settings.seed)
    return both.pick(np.arange(settings.n_points), np.arange(N_HELD_OUT))
