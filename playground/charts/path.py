"""A second clock inside a frame: the way on which a model draws what the frame shows."""

from collections.abc import Sequence

from playground.charts.encode import Figure


def along(end: Figure, states: Sequence[Figure], at: Sequence[float | str], total: float | str,
          says: str) -> Figure:
    """A figure with the way that leads to it, which the visitor can play and scrub.

    Args:
        end: What is shown at rest.
        states: The same figure on its way, the earliest first; only their traces count.
        at: Where on the way each of them lies.
        total: Where the end lies.
        says: A translated sentence with `{at}` and `{total}`.

    Raises:
        ValueError: there is not one place for each state.
    """
    if len(at) != len(states):
        raise ValueError(f"at must have {len(states)} places, one for each state, got {len(at)}")
    path = {"data": [state["data"] for state in states], "at": list(at), "total": total,
            "says": says}
    return {**end, "layout": {**end["layout"], "meta": {"path": path}}}
