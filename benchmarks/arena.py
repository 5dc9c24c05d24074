"""How long the whole default arena takes: all families trained and judged, as the page sees it."""

import time

from benchmarks._report import report
from playground.engine.supervisor import WorkerEngine
from playground.experiments.arena import families
from playground.experiments.arena.settings import ArenaSettings

POLL_SECONDS = 0.05
UNITS = {"transport": "distance", "coverage": "share", "c2st": "accuracy"}


def measure() -> None:
    """Print `arena_seconds`, from pressing Train to the last judgement, and what came out.

    The aim: `arena_seconds` 60 on two cores, with the worker warm.
    """
    engine = WorkerEngine()
    try:
        warm = engine.start("arena", ArenaSettings(steps=100), "warm")
        _finish(engine, warm)
        began = time.perf_counter()
        run_id = engine.start("arena", ArenaSettings(), "bench")
        _finish(engine, run_id)
        report("arena_seconds", time.perf_counter() - began, "s")
        run = engine.poll(run_id).run
        if run.reason or run.history.last is None:
            raise RuntimeError(run.reason)
        measured = run.history.last.metrics
        for name in families.found():
            report(f"arena_{name}_training", run.clocked[f"{name}_training"], "s")
            if f"{name}_nats" in measured:
                report(f"arena_{name}_nats", measured[f"{name}_nats"], "nats")
            _report(name, measured)
        _report("floor", measured)
    finally:
        engine.close()


def _report(name: str, measured: dict[str, float]) -> None:
    for what, unit in UNITS.items():
        report(f"arena_{name}_{what}", measured[f"{name}_{what}"], unit)


def _finish(engine: WorkerEngine, run_id: str) -> None:
    while not engine.poll(run_id).run.status.over:
        time.sleep(POLL_SECONDS)
