"""Twenty sessions that poll at once, four of them training: how long a poll takes."""

import threading
import time

import numpy as np

from benchmarks._report import report
from benchmarks._server import server
from benchmarks._visitor import Visitor

SESSIONS = 20
TRAINING = 4
SECONDS = 20.0
POLL_SECONDS = 0.5


def measure() -> None:
    """Print `load_p95` (the aim is 0.5 s) and `load_failed` (0)."""
    polls: list[float] = []
    failures: list[str] = []
    with server() as running:
        with Visitor(running.url, "vae") as first:
            first.load()
            first.click("Train")
            time.sleep(8)
        barrier = threading.Barrier(SESSIONS)
        threads = [
            threading.Thread(target=visit, args=(running.url, number, barrier, polls, failures))
            for number in range(SESSIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    report("load_polls", len(polls), "polls")
    report("load_p50", float(np.quantile(polls, 0.5)), "s")
    report("load_p95", float(np.quantile(polls, 0.95)), "s")
    report("load_failed", len(failures), "sessions")
    for failure in failures:
        print(f"# {failure}")


def visit(url: str, number: int, barrier: threading.Barrier, polls: list[float],
          failures: list[str]) -> None:
    """Be one visitor: load the page, perhaps train, and poll twice a second."""
    try:
        with Visitor(url, "vae") as visitor:
            visitor.load()
            if number < TRAINING:
                visitor.click("Train")
            barrier.wait(timeout=60)
            time.sleep(number * POLL_SECONDS / SESSIONS)
            end = time.perf_counter() + SECONDS
            while time.perf_counter() < end:
                took = visitor.poll()
                polls.append(took)
                time.sleep(max(0.0, POLL_SECONDS - took))
            if visitor.errors:
                failures.append(visitor.errors[0])
    except Exception as error:
        failures.append(f"{type(error).__name__}: {error}")
