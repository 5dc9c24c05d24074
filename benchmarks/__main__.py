"""`python -m benchmarks [NAME ...]`: measure and print a line `figure value unit` per figure."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path


def names() -> list[str]:
    """Return all benchmarks: the modules of this package that have a `measure` function."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(item.name for item in found if not item.name.startswith("_"))


def main(wanted: list[str]) -> None:
    """Measure what is named, or everything, each in a process of its own."""
    if unknown := set(wanted) - set(names()):
        sys.exit(f"benchmark must be one of {', '.join(names())}, got {sorted(unknown)[0]!r}")
    if len(wanted) == 1:
        importlib.import_module(f"benchmarks.{wanted[0]}").measure()
        return
    for name in wanted or names():
        subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
