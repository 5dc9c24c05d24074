"""Memory: of both processes after a first training, and what a session leaves behind."""

import time

from benchmarks._report import report
from benchmarks._server import server
from benchmarks._visitor import Visitor

WARM = 30
SESSIONS = 100
# Streamlit keeps a closed session for two minutes, in case the visitor comes back.
KEPT_SECONDS = 150.0
MB = 1e6


def measure() -> None:
    """Print `web_memory`, `worker_memory` and `session_growth` (the aim is 0.3 MB)."""
    with server() as running:
        with Visitor(running.url, "vae") as visitor:
            visitor.load()
            visitor.click("Train")
            time.sleep(15)
            report("web_memory", running.web_bytes() / MB, "MB")
            report("worker_memory", running.worker_bytes() / MB, "MB")
        open_and_close(running.url, WARM)
        time.sleep(KEPT_SECONDS)
        before = running.web_bytes()
        open_and_close(running.url, SESSIONS)
        time.sleep(KEPT_SECONDS)
        report("session_growth", (running.web_bytes() - before) / MB / SESSIONS, "MB")


def open_and_close(url: str, count: int) -> None:
    """Open sessions one after the other: each trains for a moment and leaves."""
    for number in range(count):
        with Visitor(url, "clustering" if number % 2 else "vae") as visitor:
            visitor.load()
            visitor.click("Train")
            visitor.poll()
