"""A real server on a free port, started as a visitor would start it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        url: its address, without a slash at the end.
        pid: the web process.
        started: when it was started, on the clock of `time.perf_counter`.
    """

    url: str
    pid: int
    started: float

    def web_bytes(self) -> int:
        """Return the resident memory of the web process."""
        return psutil.Process(self.pid).memory_info().rss

    def worker_bytes(self) -> int:
        """Return the resident memory of the worker, 0 if there is none yet."""
        children = psutil.Process(self.pid).children(recursive=True)
        return sum(child.memory_info().rss for child in children)


@contextmanager
def server(script: str | Path = "streamlit_app.py", *, wait: bool = True,
           log: Path | None = None, store: Path | None = None) -> Iterator[Server]:
    """Run the app on 127.0.0.1 and end it afterwards.

    Args:
        script: the entry script, another one for an app to compare with.
        wait: return only when it answers.
        log: a file for what it says, None to let it speak to nobody.
        store: where runs are kept, None for a new place.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    with (log or Path(os.devnull)).open("wb") as out, tempfile.TemporaryDirectory() as left:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), "--server.port",
             str(port)],
            cwd=PROJECT,
            env=os.environ | {"PLAYGROUND_STATE": left, "PLAYGROUND_STORE": str(store or left)},
            stdout=out, stderr=out,
        )
    try:
        running = Server(f"http://127.0.0.1:{port}", process.pid, started)
        if wait:
            wait_until_healthy(running.url)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_until_healthy(url: str, seconds: float = 60.0) -> None:
    """Wait until the server answers."""
    deadline = time.perf_counter() + seconds
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
            return
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.02)
