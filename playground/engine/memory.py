"""How much memory there is, and how much the web and each worker may take of it."""

import os

GB = 2**30


def machine_bytes() -> int:
    """Return the memory of this machine in bytes; 16 GB where nobody can tell (Windows)."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):
        return 16 * GB


def gigabytes(name: str, default: float) -> float:
    """Return the bytes that a variable of the environment allows, or so many gigabytes.

    Raises:
        ValueError: it is not a number above 0.
    """
    given = os.environ.get(name, "")
    try:
        value = float(given) if given else default
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a number of gigabytes above 0, got {given!r}")
    return value * GB
