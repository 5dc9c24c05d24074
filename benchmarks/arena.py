"""How long whole default contests take: all families trained and judged, as the page sees it."""

import time
from collections.abc import Iterable

from benchmarks._report import report
from playground import concepts
from playground.concepts.applications import families as of_restorers
from playground.concepts.arena import families as of_points
from playground.concepts.image_arena import families as of_images
from playground.engine.supervisor import WorkerEngine

POLL_SECONDS = 0.05
CONTESTS: dict[str, tuple[Iterable[str], dict[str, str]]] = {
    "arena": (of_points.found(), {"nats": "nats", "transport": "distance", "coverage": "share",
                                  "c2st": "accuracy"}),
    "image_arena": (of_images.found(), {"bits": "bits/dim", "fid": "distance", "recall": "share",
                                        "c2st": "accuracy"}),
    "applications": (of_restorers.found(), {"psnr": "dB", "ssim": "", "frechet": "distance",
                                            "recall": "share", "diversity": "of a pixel",
                                            "nats": "nats"}),
}


def measure() -> None:
    """Print `arena_seconds`, from pressing Train to the last judgement, and what came out.

    The aim: `arena_seconds` 60 on two cores, with the worker warm. `image_arena_seconds` and
    `applications_seconds` are the same for the arena of images and for the applications.
    """
    engine = WorkerEngine()
    try:
        for concept, (families, units) in CONTESTS.items():
            _measure(engine, concept, families, units)
    finally:
        engine.close()


def _measure(engine: WorkerEngine, concept: str, families: Iterable[str],
             units: dict[str, str]) -> None:
    settings = concepts.settings_type(concept)()
    warm = engine.start(concept, settings.with_changes(steps=100), "warm")
    _finish(engine, warm)
    began = time.perf_counter()
    run_id = engine.start(concept, settings, "bench")
    _finish(engine, run_id)
    report(f"{concept}_seconds", time.perf_counter() - began, "s")
    run = engine.poll(run_id).run
    if run.reason or run.history.last is None:
        raise RuntimeError(run.reason)
    measured = run.history.last.metrics
    for name in (*families, "floor"):
        if name != "floor":
            report(f"{concept}_{name}_training", run.clocked[f"{name}_training"], "s")
        for what, unit in units.items():
            if f"{name}_{what}" in measured:
                report(f"{concept}_{name}_{what}", measured[f"{name}_{what}"], unit)


def _finish(engine: WorkerEngine, run_id: str) -> None:
    while not engine.poll(run_id).run.status.over:
        time.sleep(POLL_SECONDS)
