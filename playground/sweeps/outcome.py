"""What came out of the runs of a sweep, and what that says."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from playground.sweeps.plan import Plan, Point

SPREADS = 2.0  # of the seeds: what differs by less may be luck


@dataclass(frozen=True)
class Outcome:
    """One run of a sweep.

    Attributes:
        point: where its knobs stood, in the order of the axes.
        seed: 0 for the first one, 1 ...
        run: its id in the notebook; empty where it is not kept.
        status: "waiting", "running", "finished", "stopped" or "failed".
        share: how far it is, 0 to 1.
        metrics: of its last look.
        seconds: of training.
        reason: why it failed, as `Refusal.plain` tells.
        picture: WebP of its first figure.
    """

    point: Point
    seed: int
    run: str = ""
    status: str = "waiting"
    share: float = 0.0
    metrics: dict[str, float] | None = None
    seconds: float = 0.0
    reason: dict[str, Any] | None = None
    picture: bytes | None = None

    @property
    def over(self) -> bool:
        """Whether it will never train again."""
        return self.status in ("finished", "stopped", "failed")


@dataclass(frozen=True)
class Cell:
    """All runs with the same knobs.

    Attributes:
        point: where they stand.
        values: of the metric, one for each seed that has one, in the order of the seeds.
        outcomes: of all its seeds.
    """

    point: Point
    values: tuple[float, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def mean(self) -> float:
        """The mean over the seeds; NaN where nothing was measured."""
        return statistics.fmean(self.values) if self.values else math.nan

    @property
    def deviation(self) -> float:
        """The standard deviation over the seeds; NaN for fewer than two."""
        return statistics.stdev(self.values) if len(self.values) > 1 else math.nan

    @property
    def has_failed(self) -> bool:
        """Whether a run of it has failed."""
        return any(each.status == "failed" for each in self.outcomes)


def cells(plan: Plan, outcomes: Iterable[Outcome]) -> list[Cell]:
    """Return what was measured in each cell, in the order of the grid."""
    grouped: dict[Point, list[Outcome]] = {}
    for each in outcomes:
        grouped.setdefault(each.point, []).append(each)
    found = []
    for point in plan.points():
        if point in grouped:
            mine = sorted(grouped[point], key=lambda each: each.seed)
            found.append(Cell(point, tuple(
                each.metrics[plan.metric] for each in mine
                if each.status == "finished" and each.metrics
                and math.isfinite(each.metrics.get(plan.metric, math.nan))), tuple(mine)))
    return found


def best(plan: Plan, found: Sequence[Cell]) -> Cell | None:
    """Return the cell with the best mean; None where nothing was measured or none is better."""
    measured = [cell for cell in found if cell.values]
    if not measured or not plan.better:
        return None
    choose = max if plan.better == "high" else min
    return choose(measured, key=lambda cell: cell.mean)


def pooled(found: Sequence[Cell]) -> float:
    """Return the standard deviation over seeds, pooled over the cells; NaN for one seed each."""
    squares = [(len(cell.values) - 1) * cell.deviation ** 2 for cell in found
               if len(cell.values) > 1]
    freedom = sum(len(cell.values) - 1 for cell in found if len(cell.values) > 1)
    return math.sqrt(sum(squares) / freedom) if freedom else math.nan


@dataclass(frozen=True)
class Finding:
    """What a sweep says, measured.

    Attributes:
        best: the cell with the best mean, or None.
        low, high: the smallest and the largest mean of a cell.
        spread: the pooled standard deviation over seeds; NaN where there is one seed each.
        beyond: whether the means differ by more than `SPREADS` times that.
        strongest: the axis along which the means differ most, if there are several.
        by: how far, the largest minus the smallest mean along it.
        n: cells that were measured.
        failed: runs that failed.
    """

    best: Cell | None
    low: float
    high: float
    spread: float
    beyond: bool
    strongest: int
    by: float
    n: int
    failed: int


def finding(plan: Plan, found: Sequence[Cell]) -> Finding | None:
    """Return what the cells say; None before two of them are measured."""
    measured = [cell for cell in found if cell.values]
    if len(measured) < 2:
        return None
    means = [cell.mean for cell in measured]
    spread = pooled(measured)
    reach = [_reach(measured, place) for place in range(len(plan.axes))]
    strongest = max(range(len(reach)), key=lambda place: reach[place])
    return Finding(best(plan, found), min(means), max(means), spread,
                   max(means) - min(means) > SPREADS * spread, strongest, reach[strongest],
                   len(measured),
                   sum(each.status == "failed" for cell in found for each in cell.outcomes))


def _reach(measured: Sequence[Cell], place: int) -> float:
    """Return how far the means over all else lie apart along an axis."""
    along: dict[Any, list[float]] = {}
    for cell in measured:
        along.setdefault(cell.point[place], []).append(cell.mean)
    means = [statistics.fmean(each) for each in along.values()]
    return max(means) - min(means)
