"""The labs of all pages, for whoever has no page: each is found in its page's file."""

import functools
import runpy
from pathlib import Path

from playground.ui.bench import guard
from playground.ui.bench.lab import Lab

PAGES = Path(__file__).parents[3] / "pages"


@functools.cache
def lab_of(concept: str) -> Lab:
    """Return the lab of a concept; its page is read and not drawn.

    Raises:
        KeyError: no page has such a lab.
    """
    with guard.closed():
        for item in runpy.run_path(str(PAGES / f"{concept}.py")).values():
            if isinstance(item, type) and issubclass(item, Lab) and item is not Lab:
                lab = item()
                if lab.concept == concept:
                    return lab
    raise KeyError(concept)
