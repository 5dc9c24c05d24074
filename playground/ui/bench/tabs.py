"""Tabs: the sessions of a visitor, and which run is whose.

A run is held by one tab at a time, and for all others it is unknown: nobody pauses, changes or
ends by accident what another tab shows. When a tab is closed or its connection is lost, a time of
grace begins. Until it is over, the same tab or another one of its visitor may go on with the runs;
then they are forgotten.
"""

import secrets
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playground.engine.base import Engine, UnknownRun
from playground.engine.desk import Desk
from playground.runs.run import Change, Run
from playground.settings import Settings

GRACE_SECONDS = 20.0

_lock = threading.RLock()
_tabs: dict[str, list["Tab"]] = {}


class Tab:
    """A session of a visitor.

    Attributes:
        id: a name that no other tab has.
        owner: the visitor, to whom its runs belong.
        is_open: tells whether its browser is connected.
        lasting: whether its browser will be known again when it comes back.
    """

    def __init__(self, engine: Engine, owner: str, is_open: Callable[[], bool], *,
                 lasting: bool) -> None:
        self.id = secrets.token_hex(16)
        self.owner = owner
        self.is_open = is_open
        self.lasting = lasting
        self._engine = engine
        self._held: set[str] = set()
        self._farewell: threading.Timer | None = None

    @property
    def desk(self) -> "TabDesk":
        """The engine as this tab sees it."""
        return TabDesk(self._engine, self.owner, self._engine.limits.moment, self)

    @property
    def grace(self) -> float:
        """Seconds for which its runs wait for the visitor: those of a run that nobody watches.

        A browser that cannot be known again can only have lost its connection for a moment.
        """
        return self._engine.limits.lease if self.lasting else GRACE_SECONDS

    def last(self) -> None:
        """Note that its browser will be known again."""
        self.lasting = True

    def stay(self) -> None:
        """End the time of grace: the visitor is here."""
        with _lock:
            if self._farewell:
                self._farewell.cancel()
                self._farewell = None
            tabs = _tabs.setdefault(self.owner, [])
            if self not in tabs:
                tabs.append(self)

    def leave(self) -> None:
        """Begin the time of grace."""
        with _lock:
            if self._farewell:
                self._farewell.cancel()
            self._farewell = threading.Timer(self.grace, self._end)
            self._farewell.daemon = True
            self._farewell.start()

    def holds(self, run_id: str) -> bool:
        """Tell whether this is the tab that has a run."""
        return run_id in self._held

    def take(self, run_id: str) -> bool:
        """Hold a run from now on; False if another tab that is open has it."""
        with _lock:
            holders = [tab for tab in _tabs.get(self.owner, ())
                       if tab is not self and tab.holds(run_id)]
            if any(tab.is_open() for tab in holders):
                return False
            for tab in holders:
                tab._held.discard(run_id)
            self._held.add(run_id)
            return True

    def drop(self, run_id: str) -> None:
        """Forget a run, if this tab has it."""
        with _lock:
            if run_id in self._held:
                self._held.discard(run_id)
                self._engine.drop(run_id)

    def leave_run(self, run_id: str) -> None:
        """End a run and forget it then, if this tab has it."""
        with _lock:
            if run_id in self._held:
                self._held.discard(run_id)
                with suppress(UnknownRun):
                    self._engine.leave(run_id)

    def _end(self) -> None:
        """Forget the runs that it still holds; with a visitor's last tab, all that are theirs.

        A browser may be connected again and have nothing to ask so far: then it is waited for.
        """
        with _lock:
            if threading.current_thread() is not self._farewell:
                return  # back at the last moment
            if self.is_open():
                self.leave()
                return
            _tabs[self.owner].remove(self)
            for run_id in self._held.copy():
                self.leave_run(run_id)
            if not _tabs[self.owner]:
                del _tabs[self.owner]
                self._engine.release(self.owner)


@dataclass(frozen=True)
class TabDesk(Desk):
    """The engine as one tab sees it: the runs that it holds, and stored ones."""

    tab: Tab

    def start(self, experiment: str, settings: Settings, *, paused: bool = False,
              background: bool = False, changes: Sequence[Change] = ()) -> str:
        """See `Engine.start`."""
        run_id = super().start(experiment, settings, paused=paused, background=background,
                               changes=changes)
        self.tab.take(run_id)
        return run_id

    def branch(self, parent_id: str, number: int, changes: dict[str, Any]) -> str:
        """See `Engine.branch`."""
        run_id = super().branch(parent_id, number, changes)
        self.tab.take(run_id)
        return run_id

    def drop(self, run_id: str) -> None:
        """See `Engine.drop`; nothing happens if this tab has no such run."""
        self.tab.drop(run_id)

    def leave(self, run_id: str) -> None:
        """See `Engine.leave`; nothing happens if this tab has no such run."""
        self.tab.leave_run(run_id)

    def _own(self, run_id: str) -> Run:
        if not self.tab.holds(run_id):
            raise UnknownRun(run_id)
        return super()._own(run_id)
