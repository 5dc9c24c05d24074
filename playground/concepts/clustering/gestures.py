"""What a click or a drag in the second figure of clustering does: it cuts there."""

from playground.concepts.clustering.settings import MAX_CLUSTERS, ClusteringSettings
from playground.runs.run import Run
from playground.ui.bench.browser_events import Event
from playground.ui.bench.controls import choose_next
from playground.ui.bench.state import Wish, wish


def cut_here(run: Run[ClusteringSettings], event: Event) -> bool:
    """Set the radius, or the number of clusters, to where the visitor has clicked or dragged."""
    last = run.history.last
    if event.y is None or last is None:
        return False
    if "distances" in last.arrays:
        return _choose(run, "eps", round(min(1.0, max(0.02, 0.02 * round(event.y / 0.02))), 2))
    if "branches" in last.arrays:
        higher = int((last.arrays["branches"][1][:, 1] > event.y).sum())
        return _choose(run, "n_clusters", min(MAX_CLUSTERS, 1 + higher))
    return False


def _choose(run: Run[ClusteringSettings], name: str, value: float) -> bool:
    """Turn a knob; where it stands there already, go to the end that the figure has shown."""
    last = run.history.last
    choose_next(name, value)
    if last and getattr(run.settings, name) == value and not _is_at_its_end(last.metrics):
        wish(Wish.RESET)
    return True


def _is_at_its_end(metrics: dict[str, float]) -> bool:
    return bool(metrics.get("converged") or metrics.get("at_once"))
