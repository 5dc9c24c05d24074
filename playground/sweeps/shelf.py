"""The shelf of sweeps: their plans in the store's database, beside the runs that belong to them.
"""

import time
from dataclasses import dataclass, field, replace

import sqlalchemy as sql
from pydantic import ValidationError

from playground import concepts
from playground.language import N_
from playground.refusal import Refusal
from playground.runs.store import RUNS, SWEEPS, Kept, Store, Wanted, said
from playground.sweeps.outcome import Outcome
from playground.sweeps.plan import SEED, Plan, Point

ALL = 10_000


@dataclass(frozen=True)
class Sweep:
    """A sweep as it is kept.

    Attributes:
        id: 32 hexadecimal digits.
        state: "running", "paused", "stopped" or "finished".
        dropped: cells that the visitor does not want any more.
        at: when it was begun, seconds since 1970.
    """

    id: str
    owner: str
    plan: Plan
    state: str = "running"
    dropped: tuple[Point, ...] = ()
    at: float = field(default_factory=time.time)


def keep(store: Store, sweep: Sweep) -> None:
    """Keep a sweep as it stands now."""
    values = {"plan": sweep.plan.model_dump(mode="json"), "state": sweep.state,
              "dropped": [list(point) for point in sweep.dropped]}
    with said(), store.writing() as at:
        changed = at.execute(sql.update(SWEEPS).where(
            SWEEPS.c.id == sweep.id, SWEEPS.c.owner == sweep.owner).values(values))
        if not changed.rowcount:
            at.execute(sql.insert(SWEEPS).values(id=sweep.id, owner=sweep.owner, at=sweep.at,
                                                 **values))


def mine(store: Store, owner: str) -> list[Sweep]:
    """Return a visitor's sweeps, the newest first; those whose knobs are gone are left out."""
    with said(), store.engine.connect() as at:
        rows = at.execute(sql.select(SWEEPS).where(SWEEPS.c.owner == owner)
                          .order_by(SWEEPS.c.at.desc())).all()
    found = []
    for row in rows:
        try:
            found.append(Sweep(row.id, row.owner, Plan(**row.plan), row.state,
                               tuple(tuple(point) for point in row.dropped), row.at))
        except ValidationError:
            continue
    return found


def get(store: Store, owner: str, sweep_id: str) -> Sweep:
    """Return a sweep.

    Raises:
        Refusal: this visitor has no such sweep, or its knobs are gone.
    """
    for sweep in mine(store, owner):
        if sweep.id == sweep_id:
            sweep.plan.check()
            return sweep
    raise Refusal(N_("this sweep is not in your notebook any more"))


def delete(store: Store, owner: str, sweep_id: str) -> None:
    """Forget a sweep, and take its runs out of the notebook."""
    with said(), store.writing() as at:
        at.execute(sql.delete(SWEEPS).where(SWEEPS.c.owner == owner, SWEEPS.c.id == sweep_id))
        at.execute(sql.update(RUNS).where(RUNS.c.owner == owner, RUNS.c.sweep == sweep_id)
                   .values(deleted_at=time.time()))


def bring_back(store: Store, sweep: Sweep) -> None:
    """Undo `delete`."""
    keep(store, replace(sweep, state="stopped") if sweep.state == "running" else sweep)
    with said(), store.writing() as at:
        at.execute(sql.update(RUNS).where(RUNS.c.owner == sweep.owner, RUNS.c.sweep == sweep.id)
                   .values(deleted_at=None))


def outcomes(store: Store, sweep: Sweep) -> list[Outcome]:
    """Return what is kept of the runs of a sweep."""
    kept = store.find(sweep.owner, Wanted(sweep=sweep.id), limit=ALL)
    return [found for each in kept if (found := of(sweep.plan, each))]


def of(plan: Plan, kept: Kept) -> Outcome | None:
    """Return the outcome that a kept run is; None if it is of no cell."""
    settings = concepts.settings_type(plan.concept)
    point = tuple(kept.settings.get(name) for name in plan.names)
    known = {tuple(map(_plain, each)): each for each in plan.points()}
    found = known.get(tuple(map(_plain, point)))
    if found is None:
        return None
    seed = 0
    if SEED in settings.model_fields and SEED not in plan.names:
        first = int(plan.settings.get(SEED, settings.default(SEED)))
        seed = (int(kept.settings[SEED]) - first) % 10_000
    return Outcome(found, seed, kept.id, kept.status, 1.0, kept.metrics, kept.seconds,
                   kept.reason, kept.picture)


def _plain(value: object) -> object:
    """Return a value by which equal knobs are equal, whether they went through JSON or not."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) \
        else value
