"""Memory: of both processes after a first training, what a session leaves, and a full server."""

import time

import numpy as np

from benchmarks._report import report
from benchmarks._server import server
from benchmarks._visitor import Visitor
from playground.concepts.vae.settings import VAESettings
from playground.engine.limits import Limits
from playground.engine.messages import Shown
from playground.engine.supervisor import WorkerEngine

WARM = 100
SESSIONS = 200
# Streamlit keeps a closed session for two minutes, in case the visitor comes back.
KEPT_SECONDS = 150.0
FINISH_SECONDS = 15.0
MB = 1e6
BUDGET = 200 * MB
FULL = 40
SNAPSHOT = np.zeros(150_000, np.uint8)


def measure() -> None:
    """Print `web_memory`, `worker_memory`, `session_growth` (the aim is 0.1 MB) and
    `budget_ratio` (1.1).
    """
    with server() as running:
        with Visitor(running.url, "vae") as visitor:
            visitor.load()
            visitor.click("Train")
            time.sleep(15)
            report("web_memory", running.web_bytes() / MB, "MB")
            report("worker_memory", running.worker_bytes() / MB, "MB")
        train_and_leave(running.url, WARM)
        time.sleep(KEPT_SECONDS)
        before = running.web_bytes()
        train_and_leave(running.url, SESSIONS)
        time.sleep(KEPT_SECONDS)
        report("session_growth", (running.web_bytes() - before) / MB / SESSIONS, "MB")
    report("budget_ratio", budget_ratio(), "ratio")


def train_and_leave(url: str, count: int) -> None:
    """Open sessions one after the other: each trains to its end, and closes its tab."""
    for _number in range(count):
        with Visitor(url, "clustering") as visitor:
            visitor.load()
            visitor.click("Train")
            end = time.monotonic() + FINISH_SECONDS
            while time.monotonic() < end and "Pause" in visitor.buttons:
                visitor.buttons.clear()
                visitor.poll()


def budget_ratio() -> float:
    """Return the snapshots of a full server over its budget: every visitor is looking on."""
    engine = WorkerEngine(Limits(memory=BUDGET), ("cpu",))
    try:
        runs = [engine.start("vae", VAESettings(steps=20_000, hidden=16, layers=1), f"visitor {n}",
                             paused=True) for n in range(FULL)]
        most = 0.0
        for step in range(1, 100):
            for run in runs:
                engine.poll(run)
                engine._receive(Shown(run, step, 0.0, {}, {"x": SNAPSHOT.copy()}, {}, None))
            time.sleep(0.3)
            most = max(most, engine.figures().history_bytes)
        return most / BUDGET
    finally:
        engine.close()
