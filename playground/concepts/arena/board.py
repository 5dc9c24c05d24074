"""Who takes part in the arena, and what is measured there."""

from playground.concepts.arena import families
from playground.language import N_
from playground.measures import Measure
from playground.runs.run import Run
from playground.ui.tools.contest import OVERLAP, Board, costs

BOARD = Board(
    "arena", families.found(),
    {
        "nats": Measure(N_("held-out log p, nats"), 2, "high", likelihood=1),
        "transport": Measure(N_("sliced Wasserstein"), 3, "low"),
        **OVERLAP,
        **costs(2, Measure(N_("1000 samples, s"), 4, "low")),
    },
    N_("{n_judged:,.0f} samples of each against as many held-out points; the last row is what "
       "training points get in their place: whoever draws from the true density gets about that. "
       "Samples that crowd where the data are dense can have more precision and density. "
       "Told apart: how often a classifier tells samples from held-out points, 0.5 is chance. "
       "Where a model gives a held-out point no chance at all, its mean of log p is minus "
       "infinity. ≥ is a lower bound, n/a is no likelihood at all. A dash: not judged yet."),
)


def is_ready(run: Run) -> bool:
    """Tell whether there are points enough for a model."""
    return run.history.last is not None and "top" in run.history.last.metrics
