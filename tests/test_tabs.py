"""Which tab has which run, and what is left when tabs are closed."""

import threading
from collections.abc import Iterator
from itertools import chain

import pytest
from polling import LONG, wait_for

from playground.engine.base import UnknownRun
from playground.engine.inline import InlineEngine
from playground.engine.limits import Limits
from playground.ui.bench import tabs
from playground.ui.bench.tabs import Tab


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[InlineEngine]:
    """An engine without visitors."""
    monkeypatch.setattr(tabs, "GRACE_SECONDS", 0.01)
    monkeypatch.setattr(tabs, "_tabs", {})
    made = InlineEngine(Limits(lease=600.0), slices=0)
    yield made
    for tab in chain(*tabs._tabs.values()):
        tab.stay()  # nothing of it is left to the next test
    made.close()


class Visit:
    """A tab whose browser is connected, until it leaves."""

    def __init__(self, engine: InlineEngine, owner: str, *, lasting: bool = True) -> None:
        self.engine, self.connected = engine, True
        self.tab = Tab(engine, owner, lambda: self.connected, lasting=lasting)
        self.tab.stay()
        self.desk = self.tab.desk

    def start(self) -> str:
        return self.desk.start("vae", LONG, paused=True)

    def leave(self) -> None:
        self.connected = False
        self.tab.leave()

    def come_back(self) -> None:
        self.connected = True
        self.tab.stay()

    def farewell(self) -> threading.Timer:
        """Return the timer that runs since they have left."""
        found = self.tab._farewell
        assert found is not None
        return found

    def leave_for_good(self) -> None:
        self.engine.limits = Limits(lease=0.01)
        self.leave()
        self.farewell().join()


def test_what_one_tab_has_is_unknown_to_another_one_of_the_same_visitor(
        engine: InlineEngine) -> None:
    first, second = Visit(engine, "ann"), Visit(engine, "ann")
    run = first.start()
    for action in ("poll", "pause", "resume", "step", "stop"):
        with pytest.raises(UnknownRun):
            getattr(second.desk, action)(run)
    with pytest.raises(UnknownRun):
        second.desk.update(run, beta=2.0)
    second.desk.drop(run)
    assert not second.tab.take(run)
    assert first.desk.poll(run).run.changes == []


def test_a_run_goes_over_from_a_tab_that_was_left_and_never_back(engine: InlineEngine) -> None:
    first, second = Visit(engine, "ann"), Visit(engine, "ann")
    run = first.start()
    first.leave()
    assert second.tab.take(run)
    first.come_back()
    assert second.desk.poll(run).run.id == run
    with pytest.raises(UnknownRun):
        first.desk.pause(run)
    assert not first.tab.take(run)


def test_nobody_takes_the_run_of_another_visitor(engine: InlineEngine) -> None:
    run = Visit(engine, "ann").start()
    stranger = Visit(engine, "ben")
    stranger.tab.take(run)
    with pytest.raises(UnknownRun):
        stranger.desk.poll(run)


@pytest.mark.parametrize("lasting", [False, True])
def test_the_runs_of_a_visitor_who_stays_away_end(engine: InlineEngine, lasting: bool) -> None:
    visit = Visit(engine, "ann", lasting=lasting)
    run = visit.start()
    visit.leave_for_good()
    assert run not in engine._runs and not tabs._tabs


def test_a_browser_that_will_be_known_again_has_the_time_of_a_lease(engine: InlineEngine) -> None:
    visit = Visit(engine, "ann", lasting=False)
    assert visit.tab.grace == tabs.GRACE_SECONDS
    visit.tab.last()
    assert visit.tab.grace == engine.limits.lease


def test_the_runs_of_a_visitor_who_is_back_in_time_go_on(engine: InlineEngine) -> None:
    visit = Visit(engine, "ann")
    run = visit.start()
    visit.leave()
    farewell = visit.farewell()
    visit.come_back()
    farewell.join()
    assert visit.desk.poll(run).run.id == run


def test_a_farewell_that_is_overtaken_ends_nothing(engine: InlineEngine) -> None:
    visit = Visit(engine, "ann")
    run = visit.start()
    visit.leave()
    visit.tab._end()  # as by the timer of an earlier leave that was too late to be stopped
    assert run in engine._runs


def test_only_what_no_other_tab_shows_ends_with_a_tab(engine: InlineEngine) -> None:
    first, second = Visit(engine, "ann"), Visit(engine, "ann")
    kept, gone, taken = second.start(), first.start(), first.start()
    unheld = engine.start("vae", LONG, "ann", paused=True)  # as from the server before this one
    first.leave()
    second.tab.take(taken)
    first.leave_for_good()
    assert gone not in engine._runs and {kept, taken, unheld} <= engine._runs.keys()
    second.leave_for_good()
    assert not engine._runs


def test_a_tab_that_comes_back_too_late_can_begin_anew(engine: InlineEngine) -> None:
    visit = Visit(engine, "ann")
    old = visit.start()
    visit.leave_for_good()
    visit.come_back()
    with pytest.raises(UnknownRun):
        visit.desk.poll(old)
    run = visit.start()
    assert not Visit(engine, "ann").tab.take(run)


def test_a_tab_that_is_connected_again_and_asks_nothing_keeps_its_runs(
        engine: InlineEngine) -> None:
    visit = Visit(engine, "ann", lasting=False)
    run = visit.start()
    visit.tab.leave()
    visit.farewell().join(0.05)
    assert run in engine._runs and not Visit(engine, "ann").tab.take(run)
    visit.connected = False
    wait_for(lambda: run not in engine._runs, 10, "it has left after all")
