"""The sweeper: trains what sweeps plan, in the background, in what time the others leave."""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from playground import events
from playground.engine.base import Engine, UnknownRun
from playground.language import N_
from playground.refusal import Refusal
from playground.runs.keeper import Keeper
from playground.runs.run import Run
from playground.sweeps import propose, shelf
from playground.sweeps.outcome import Outcome, cells
from playground.sweeps.plan import MOST_SECONDS, MOST_SEEDS, Plan, Point
from playground.sweeps.shelf import Sweep

EVERY_SECONDS = 0.25
MOST_SWEEPS = 3  # of one visitor, that train at once
TRIES = 3

Job = tuple[Point, int]  # a cell and a seed


@dataclass
class Work:
    """A sweep in training.

    Attributes:
        sweep: as it is kept.
        outcomes: of all runs that have been begun, by cell and seed.
        live: the ids of the runs that train or wait, by cell and seed.
        tries: how often a run of a cell could not be started.
    """

    sweep: Sweep
    outcomes: dict[Job, Outcome] = field(default_factory=dict)
    live: dict[Job, str] = field(default_factory=dict)
    tries: dict[Job, int] = field(default_factory=dict)


class Sweeper:
    """Trains all sweeps of a server. All methods may be called from any thread.

    Args:
        engine: where the runs train.
        keeper: keeps them when they have ended.
        by_itself: whether a thread of its own does it; else whoever calls `tick`.
    """

    def __init__(self, engine: Engine, keeper: Keeper, *, by_itself: bool = True) -> None:
        self.engine, self.keeper = engine, keeper
        self._lock = threading.RLock()
        self._works: dict[str, Work] = {}
        if by_itself:
            threading.Thread(target=self._go_on, daemon=True, name="sweeper").start()

    # --- what visitors do

    def start(self, owner: str, plan: Plan, seconds: float) -> Sweep:
        """Begin a sweep.

        Args:
            seconds: how long it will take, as estimated.

        Raises:
            Refusal: it is too much, or too many are under way.
        """
        plan.check()
        if seconds > MOST_SECONDS:
            longest = max(plan.axes, key=lambda axis: len(axis.values)).name
            raise Refusal(N_("a sweep may take {most:.0f} minutes of training, and this one would "
                             "take {got:.0f}: take fewer values of {name}, fewer seeds or fewer "
                             "steps"), most=MOST_SECONDS / 60, got=seconds / 60, name=longest)
        with self._lock:
            running = [work for work in self._works.values()
                       if work.sweep.owner == owner and work.sweep.state == "running"]
            if len(running) >= MOST_SWEEPS:
                raise Refusal(N_("at most {most} sweeps may train at once, and so many do: pause "
                                 "or stop one"), most=MOST_SWEEPS)
            sweep = Sweep(secrets.token_hex(16), owner, plan)
            shelf.keep(self.keeper.store, sweep)
            self._works[sweep.id] = Work(sweep)
        return sweep

    def look(self, owner: str, sweep_id: str) -> tuple[Sweep, list[Outcome]]:
        """Return a sweep and its outcomes so far; one that a restart has interrupted goes on.

        Raises:
            Refusal: this visitor has no such sweep.
        """
        with self._lock:
            work = self._works.get(sweep_id)
            if work is None or work.sweep.owner != owner:
                sweep = shelf.get(self.keeper.store, owner, sweep_id)
                known = shelf.outcomes(self.keeper.store, sweep)
                if sweep.state != "running":
                    return sweep, known
                work = self._works[sweep_id] = self._taken_up(sweep, known)
            return work.sweep, list(work.outcomes.values())

    def pause(self, owner: str, sweep_id: str) -> None:
        """Begin no more runs; those that train are held."""
        self._turn(owner, sweep_id, "paused", self.engine.pause)

    def resume(self, owner: str, sweep_id: str) -> None:
        """Go on."""
        self._turn(owner, sweep_id, "running", self.engine.resume)

    def stop(self, owner: str, sweep_id: str) -> None:
        """End it; what is measured stays."""
        with self._lock:
            work = self._turn(owner, sweep_id, "stopped", self.engine.drop)
            work.live.clear()
            work.outcomes = {job: each for job, each in work.outcomes.items() if each.over}

    def drop_cell(self, owner: str, sweep_id: str, point: Point) -> None:
        """Leave a cell out: what trains for it ends, and what it was does not count."""
        with self._lock:
            work = self._work(owner, sweep_id)
            for job in [job for job in work.outcomes if job[0] == point]:
                del work.outcomes[job]
                if run_id := work.live.pop(job, ""):
                    self.engine.drop(run_id)
            self._keep(work, dropped=(*work.sweep.dropped, point))

    def add_seeds(self, owner: str, sweep_id: str, n: int = 1) -> None:
        """Train each cell with more seeds.

        Raises:
            Refusal: there would be too many, or the seed is a knob of the sweep.
        """
        with self._lock:
            work = self._work(owner, sweep_id)
            seeds = work.sweep.plan.seeds + n
            if seeds > MOST_SEEDS:
                raise Refusal(N_("seeds must be {most} at most, got {seeds}"), most=MOST_SEEDS,
                              seeds=seeds)
            plan = work.sweep.plan.model_copy(update={"seeds": seeds})
            plan.check()
            self._keep(work, plan=plan, state="running")

    def forget(self, owner: str, sweep_id: str) -> None:
        """End a sweep and take it out of the notebook."""
        with self._lock:
            if (work := self._works.get(sweep_id)) and work.sweep.owner == owner:
                self.stop(owner, sweep_id)
                del self._works[sweep_id]
            shelf.delete(self.keeper.store, owner, sweep_id)

    def _turn(self, owner: str, sweep_id: str, state: str, act: Callable[[str], None]) -> Work:
        with self._lock:
            work = self._work(owner, sweep_id)
            self._keep(work, state=state)
            for run_id in work.live.values():
                with suppress(UnknownRun, Refusal):
                    act(run_id)
            return work

    def _work(self, owner: str, sweep_id: str) -> Work:
        self.look(owner, sweep_id)
        if sweep_id not in self._works:
            sweep = shelf.get(self.keeper.store, owner, sweep_id)
            self._works[sweep_id] = self._taken_up(
                sweep, shelf.outcomes(self.keeper.store, sweep))
        return self._works[sweep_id]

    def _taken_up(self, sweep: Sweep, known: list[Outcome]) -> Work:
        """Return the work of a sweep from before, with its runs that train again by themselves."""
        work = Work(sweep, {(each.point, each.seed): each for each in known})
        for run in self.engine.owned(sweep.owner):
            if run.sweep == sweep.id and (job := self._job(sweep.plan, run)):
                work.live[job] = run.id
        return work

    def _job(self, plan: Plan, run: Run) -> Job | None:
        for point in plan.points():
            for seed in range(plan.seeds):
                if plan.settings_of(point, seed) == run.settings:
                    return point, seed
        return None

    def _keep(self, work: Work, **changes: object) -> None:
        work.sweep = replace(work.sweep, **changes)  # type: ignore[arg-type]
        shelf.keep(self.keeper.store, work.sweep)

    # --- what it does by itself

    def _go_on(self) -> None:
        while True:
            time.sleep(EVERY_SECONDS)
            try:
                self.tick()
            except Exception as error:
                events.failed(secrets.token_hex(3), error)

    def tick(self) -> None:
        """Take in what has ended, and begin what comes next."""
        with self._lock:
            for work in list(self._works.values()):
                try:
                    self._take_in(work)
                    if work.sweep.state == "running":
                        self._begin(work)
                except Refusal as refusal:  # e.g. a full disk: the visitor may go on later
                    events.refused("sweep", refusal)
                    work.sweep = replace(work.sweep, state="paused")

    def _take_in(self, work: Work) -> None:
        for job, run_id in list(work.live.items()):
            point, seed = job
            try:
                run = self.engine.poll(run_id).run
            except UnknownRun:  # it was lost with its engine: it begins anew
                del work.live[job]
                work.outcomes.pop(job, None)
                continue
            last, known = run.history.last, work.outcomes.get(job)
            work.outcomes[job] = Outcome(
                point, seed, run_id, str(run.status), run.share,
                last.metrics if last else None, run.seconds,
                run.refusal.plain() if run.refusal else None,
                known.picture if known else None)
            if run.status.over and not self.keeper.is_keeping(run_id):
                del work.live[job]
                with suppress(Refusal):
                    kept = self.keeper.store.get(work.sweep.owner, run_id)
                    work.outcomes[job] = replace(work.outcomes[job], picture=kept.picture)
                self.engine.drop(run_id)

    def _begin(self, work: Work) -> None:
        jobs = self._next(work, self.engine.background - len(work.live))
        for point, seed in jobs:
            job = point, seed
            settings = work.sweep.plan.settings_of(point, seed)
            try:
                run_id = self.engine.start(work.sweep.plan.concept, settings, work.sweep.owner,
                                           background=True, sweep=work.sweep.id)
            except Refusal as refusal:
                work.tries[job] = work.tries.get(job, 0) + 1
                if work.tries[job] >= TRIES:
                    work.outcomes[job] = Outcome(point, seed, status="failed",
                                                 reason=refusal.plain())
                return
            work.live[job] = run_id
            work.outcomes[job] = Outcome(point, seed, run_id, "waiting")
        if not jobs and not work.live:
            self._keep(work, state="finished")

    def _next(self, work: Work, room: int) -> list[Job]:
        """Return what is to be trained next: first the cells that have been begun."""
        plan, dropped = work.sweep.plan, set(work.sweep.dropped)
        begun = list(dict.fromkeys(point for point, _seed in work.outcomes))
        jobs: list[Job] = [(point, seed) for point in begun for seed in range(plan.seeds)
                           if (point, seed) not in work.outcomes]
        if plan.sampler == "tpe" and work.live:
            return jobs[:max(room, 0)]  # it proposes when it knows all that was asked before
        if len(jobs) < room:
            want = -(-(room - len(jobs)) // plan.seeds)
            found = cells(plan, work.outcomes.values())
            for point in propose.next_points(plan, found, [*begun, *dropped], want):
                jobs += [(point, seed) for seed in range(plan.seeds)]
        return jobs[:max(room, 0)]


def share_of(plan: Plan, outcomes: list[Outcome]) -> float:
    """Return the share of a sweep that is done, 0 to 1."""
    done = sum(each.share if not each.over else 1.0 for each in outcomes)
    return min(1.0, done / max(plan.n_runs, 1))


def seconds_left(plan: Plan, outcomes: list[Outcome]) -> float | None:
    """Return how many seconds of training a sweep still takes; None before it can tell."""
    share = share_of(plan, outcomes)
    return sum(each.seconds for each in outcomes) * (1 - share) / share if share > 0.02 else None
