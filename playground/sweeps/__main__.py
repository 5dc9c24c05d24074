"""Train the ready-made sweeps anew and store what they give: `python -m playground.sweeps`."""

import sys
import tempfile
import time
from pathlib import Path

from playground.engine.limits import Limits
from playground.engine.supervisor import WorkerEngine
from playground.runs.keeper import Keeper
from playground.runs.store import Store
from playground.sweeps import ready
from playground.sweeps.sweeper import Sweeper, share_of
from playground.ui.bench import keeping

OWNER = "gallery"
REPORT_SECONDS = 30.0


def build(names: list[str]) -> None:
    """Train sweeps one after the other, and store each when it is finished."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        engine = WorkerEngine(Limits(lease=1e9, idle_lease=1e9))
        keeper = Keeper(Store(Path(folder)), keeping.picture)
        engine.on_ended = keeper.put
        sweeper = Sweeper(engine, keeper)
        try:
            for name in names:
                _one(name, sweeper, engine)
        finally:
            engine.close()


def _one(name: str, sweeper: Sweeper, engine: WorkerEngine) -> None:
    plan = ready.checked(name).plan
    sweep = sweeper.start(OWNER, plan, 0.0)
    began = told = time.monotonic()
    while True:
        time.sleep(0.5)
        now, outcomes = sweeper.look(OWNER, sweep.id)
        if now.state == "finished":
            break
        if time.monotonic() - told > REPORT_SECONDS:
            told = time.monotonic()
            print(f"{name}: {share_of(plan, outcomes):.0%}", flush=True)
    place = engine.place
    path = ready.store(name, ready.Stored(plan, outcomes, place.name if place else "",
                                          time.strftime("%Y-%m-%d")))
    print(f"{name}: {len(outcomes)} runs in {time.monotonic() - began:.0f} s, "
          f"{path.stat().st_size:,} bytes", flush=True)


if __name__ == "__main__":
    build(sys.argv[1:] or list(ready.READY))
