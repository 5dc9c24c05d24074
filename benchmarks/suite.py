"""How long the tests take: `make test`, once what it needs is installed."""

import subprocess
import time
from pathlib import Path

from benchmarks._report import report

PROJECT = Path(__file__).parents[1]


def measure() -> None:
    """Print `suite_seconds`; the aim on two quiet cores is 360. A test that fails ends it."""
    subprocess.run(["make", ".venv/.dev"], cwd=PROJECT, check=True, capture_output=True)
    began = time.perf_counter()
    subprocess.run(["make", "test"], cwd=PROJECT, check=True, capture_output=True)
    report("suite_seconds", time.perf_counter() - began, "s")
