"""How many CPU threads a training takes."""

import os

MOST = 4


def worth(large: bool, *, half: bool = False) -> int:
    """Return one thread, or up to four where the work is large enough to be shared out.

    Args:
        half: take at most half of the cores: for what is also judged, by work of its own.

    It depends on the model alone and not on who else trains: with another number of threads sums
    are rounded otherwise, and a run would not repeat itself.
    """
    cores = (os.cpu_count() or 1) // (2 if half else 1)
    return max(1, min(MOST, cores)) if large else 1
