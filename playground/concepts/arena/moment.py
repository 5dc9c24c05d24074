"""The figures of one moment of the arena: a small plot for each family."""

from collections.abc import Iterable

from playground.charts.arena import multiples
from playground.charts.encode import Figure
from playground.concepts.arena import words
from playground.snapshot import Snapshot


def small_plots(snapshot: Snapshot, families: Iterable[str], *, data: str) -> Figure:
    """Draw the data, and the samples of some families over their densities.

    Args:
        snapshot: the moment.
        families: their names.
        data: what stands over the plot of the data, translated.
    """
    a, m = snapshot.arrays, snapshot.metrics
    plots = [(data, a["data"], None), *(
        (words.title(name, m), a[f"samples_{name}"], a.get(f"surface_{name}"))
        for name in families if f"samples_{name}" in a)]
    return multiples(plots, m.get("top", 1.0))
