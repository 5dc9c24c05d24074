"""Where the visitor lets centroids start: clicked or dragged in the figure of clustering."""

import streamlit as st

from playground.concepts.clustering.settings import MAX_CLUSTERS
from playground.datasets.own import LIMIT
from playground.language import _
from playground.runs.run import Run, Status
from playground.ui.bench.browser_events import Event
from playground.ui.bench.controls import choose_next
from playground.ui.bench.lab import Places
from playground.ui.bench.state import Wish, wish

CENTRED = ("kmeans", "gmm")  # the methods that start from centres, which a visitor may place


def _near(event: Event) -> tuple[float, float] | None:
    """Return where an event was, if that is a place for a centroid."""
    if event.x is None or event.y is None or max(abs(event.x), abs(event.y)) > LIMIT:
        return None
    return round(event.x, 4), round(event.y, 4)


def place_centroid(event: Event) -> bool:
    """Let a centroid start where the visitor has clicked."""
    place, starts = _near(event), starts_drawn()
    if place is None or len(starts) >= MAX_CLUSTERS:
        return False
    starts.append(place)
    return True


def move_centroid(run: Run, event: Event) -> bool:
    """Let all centroids start where they are, but one where it was dragged to.

    The points are assigned at once, as the browser has shown it while the centroid moved.
    """
    place = _near(event)
    if place is None or event.index is None or event.seq not in run.history.kept:
        return False
    centroids = run.history.kept[event.seq].arrays["centroids"].tolist()
    starts = [(round(x, 4), round(y, 4)) for x, y in centroids]
    if event.index >= len(starts):
        return False
    starts[event.index] = place
    starts_drawn()[:] = starts
    choose_next("start", "clicks")
    wish(Wish.TRAIN if run.status is Status.RUNNING else Wish.STEP)
    return True


def starts_drawn() -> list[tuple[float, float]]:
    """Return where the visitor lets the centroids start; append to it to add one."""
    starts: list[tuple[float, float]] = st.session_state.setdefault("own-starts", [])
    return starts


STARTS = Places(starts_drawn, lambda values: values.get("start") == "clicks", MAX_CLUSTERS)


def _take_back_start() -> None:
    if starts_drawn():
        starts_drawn().pop()
        wish(Wish.LOOK)


def _clear_starts() -> None:
    starts_drawn().clear()
    wish(Wish.LOOK)


def start_tools() -> None:
    """Say what a click does, and let the visitor take clicks back."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_("Click into the figure: each click places a centroid."))
        st.button(_("Take back"), key="take-back-start", icon=":material/undo:",
                  on_click=_take_back_start)
        st.button(_("Clear"), key="clear-starts", icon=":material/delete_sweep:",
                  on_click=_clear_starts)
