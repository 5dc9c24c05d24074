"""What a session knows of a concept's page: its run, its knobs, and what is to happen next."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import streamlit as st

from playground.runs.run import Change
from playground.settings import Settings, Value
from playground.ui.bench.browser_events import Event

PAGE = "page"

Moves = tuple[dict[str, Any], list[Change]]


class Wish(Enum):
    """What the next drawing of the page does about its run."""

    LOOK = auto()  # it shows what there is for the knobs as they stand, or builds it
    SHOW = auto()  # a finished run in any case, where there is one
    TRAIN = auto()  # a new one, which trains
    STEP = auto()  # a new one, which makes one step
    RESET = auto()  # a new one, which waits
    RESUME = auto()  # this one trains on


@dataclass(frozen=True)
class Mending:
    """A fix was chosen: the broken run is to stay beside the next one.

    Attributes:
        broken: the id of the run.
        label: of the preset that breaks.
        by: the id of the run that mends it; empty as long as there is none.
    """

    broken: str
    label: str
    by: str = ""


@dataclass
class BenchState:
    """What a session knows of one concept's page. Callbacks set a wish, the page takes it.

    Attributes:
        concept: whose page it is.
        run: the id of the run on the screen; empty before the first one.
        values: how the knobs that are shown stood when they were drawn last.
        linked: whether it was the address that turned them then.
        wish: what is to happen next, if anything.
        came: when the visitor has come to the page, in seconds of the monotonic clock.
        active: whether snapshots were to come when the page was drawn last.
        moment: the run and the step of which the tabs speak, once they are drawn.
        unanswered: the newest event of the figures and its run, while there is no answer yet.
        reply: the answer to the newest event of the figures, and what it answers.
        sent: the run, its newest frame that the browser has, and those that cannot be drawn.
        finished: finished runs that were left, by id: coming back to their settings shows them.
        moves: how the knobs of the next run stand at its start, and how they move: from a link.
        asked: a fix that was just chosen.
        beside: the broken run that stands beside the one that mends it.
        pins: the ids of runs that stay, the newest last.
    """

    concept: str
    run: str = ""
    values: dict[str, Value] = field(default_factory=dict)
    linked: bool = False
    wish: Wish | None = None
    came: float = 0.0
    active: bool = False
    moment: tuple[str, int] | None = None
    unanswered: tuple[str, Event] | None = None
    reply: dict[str, Any] | None = None
    sent: tuple[str, int, frozenset[int]] = ("", -1, frozenset())
    finished: dict[str, Settings] = field(default_factory=dict)
    moves: Moves | None = None
    asked: Mending | None = None
    beside: Mending | None = None
    pins: list[str] = field(default_factory=list)

    def take_wish(self) -> Wish:
        """Return what is to happen now, which is then done with."""
        wish, self.wish = self.wish or Wish.LOOK, None
        return wish

    def take_moves(self) -> Moves | None:
        """Return what a link has brought for the next run, which is then done with."""
        moves, self.moves = self.moves, None
        return moves


def state_of(concept: str) -> BenchState:
    """Return what this session knows of a concept's page."""
    found: BenchState = st.session_state.setdefault(f"bench:{concept}", BenchState(concept))
    return found


def state() -> BenchState:
    """Return what this session knows of the page that it is on."""
    return state_of(st.session_state[PAGE])


def wish(what: Wish) -> None:
    """Say what the page that one is on does next."""
    state().wish = what
