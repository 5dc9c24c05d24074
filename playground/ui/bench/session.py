"""What a session and the server share: the engine, and who is asking."""

import gc
import math
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground import events, gallery
from playground.engine import cluster, handover, health
from playground.engine.base import Engine, UnknownRun
from playground.engine.desk import Desk
from playground.refusal import Refusal
from playground.runs.run import Run
from playground.settings import Settings
from playground.sweeps.sweeper import Sweeper
from playground.ui.bench import cookie, keeping
from playground.ui.bench.state import state_of
from playground.ui.bench.tabs import Tab

WARM_UP_DELAY = 3.0
MOST_REMEMBERED = 4


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """Return the server's one engine. Its worker starts after the first page has been drawn."""
    started = cluster.chosen(left=handover.folder())
    keeping.watch(started)
    started.warm_up(WARM_UP_DELAY)
    health.serve(started)
    rest = threading.Timer(WARM_UP_DELAY, _freeze)
    rest.daemon = True
    rest.start()
    return started


def _freeze() -> None:
    """Take what the imports have left out of every later garbage collection."""
    gc.collect()
    gc.freeze()


@st.cache_resource(scope="session", show_spinner=False, on_release=Tab.leave)
def _watch(tab_id: str, _tab: Tab) -> Tab:
    return _tab


def tab() -> Tab:
    """Return this session's tab."""
    state = st.session_state
    if "tab" not in state:
        known = cookie.sent()
        state["token"] = known or cookie.new()
        state["tab"] = Tab(engine(), cookie.owner(state["token"]), _connection(),
                           lasting=bool(known))
    here: Tab = state["tab"]
    if here.is_open():  # a script may run on for a moment after its visitor has left
        here.stay()
        _watch(here.id, here)
    return here


def _connection() -> Callable[[], bool]:
    """Return a function that tells whether this session's browser is connected."""
    context = get_script_run_ctx()
    if context is None:
        return bool
    return partial(runtime.get_instance().is_active_session, context.session_id)


def be_known() -> None:
    """Offer our cookie to a browser that has sent none. Draws nothing."""
    here = tab()
    if not here.lasting:
        cookie.offer(st.session_state["token"], here.last)


@st.cache_resource(show_spinner=False)
def _sweeper() -> Sweeper:
    return Sweeper(engine(), keeping.keeper())


def sweeper() -> Sweeper:
    """Return what trains the sweeps of all visitors.

    Raises:
        Refusal: this server keeps nothing, and why.
    """
    keeping.keeper()
    return _sweeper()


def desk(moment: float | None = None) -> Desk:
    """Return the engine as this session sees it.

    Args:
        moment: seconds to wait for an answer, by default those of the engine's limits.
    """
    seen = tab().desk
    return seen if moment is None else replace(seen, moment=moment)


def gallery_run(concept: str, name: str = gallery.DEFAULT) -> Run | None:
    """Return a stored run of a concept, shared by all sessions; None if there is none to read."""
    if name not in gallery.stored(concept):
        return None
    run_id = f"gallery-{concept}" + ("" if name == gallery.DEFAULT else f"-{name}")
    return _read(gallery.FOLDER / concept / name, run_id)


def opened_runs(concept: str) -> list[Run]:
    """Return the runs of a concept in the folders that the server was told to show."""
    runs = (_read(folder, f"opened-{number}") for number, folder in enumerate(gallery.opened()))
    return [run for run in runs if run and run.experiment == concept]


def _read(folder: Path, run_id: str) -> Run | None:
    try:
        return engine().poll(run_id).run
    except UnknownRun:
        try:
            engine().load(folder, run_id=run_id)
        except Refusal as refusal:
            events.refused("stored_run", refusal)
            return None
        return engine().poll(run_id).run


def stored_run(concept: str, settings: Settings) -> Run | None:
    """Return the stored run that ended with these settings, or None; an opened one goes first."""
    for run in opened_runs(concept):
        if run.settings_at(math.inf) == settings:
            return run
    name = gallery.name_of(concept, settings)
    return gallery_run(concept, name) if name else None


def remember(run: Run) -> None:
    """Keep a finished run of this session, so that coming back to its settings shows it again.

    One with the same settings is forgotten, and so are the oldest ones.
    """
    here = state_of(run.experiment)
    kept = here.finished
    others = {old: settings for old, settings in kept.items()
              if old != run.id and settings != run.settings}
    fresh = dict(list({**others, run.id: run.settings}.items())[-MOST_REMEMBERED:])
    for old in kept.keys() - fresh.keys():
        desk().drop(old)
    here.finished = fresh


def is_remembered(run: Run) -> bool:
    """Tell whether a run is among the finished ones of this session that are kept."""
    return run.id in state_of(run.experiment).finished


def forget(run: Run) -> None:
    """Let a finished run not be found by its settings any more: it is not what it was."""
    state_of(run.experiment).finished.pop(run.id, None)


def finished_runs(concept: str) -> list[Run]:
    """Return this session's finished runs of a concept that were left, and the stored ones."""
    runs = []
    for run_id in state_of(concept).finished:
        with suppress(UnknownRun):
            runs.append(desk().poll(run_id).run)
    stored = (gallery_run(concept, name) for name in gallery.stored(concept))
    return runs + opened_runs(concept) + [run for run in stored if run]


def finished_run(concept: str, settings: Settings) -> Run | None:
    """Return a run that was trained to its end with these settings: this session's, or stored."""
    for run_id, known in state_of(concept).finished.items():
        if known == settings:
            with suppress(UnknownRun):
                return desk().poll(run_id).run
    return stored_run(concept, settings)


def kept_run(run_id: str) -> Run:
    """Return a run from this visitor's notebook.

    Raises:
        Refusal: there is no such run, or it cannot be read.
    """
    return keeping.bring(engine(), tab().owner, run_id)


def newest_run(concept: str) -> Run | None:
    """Return this session's run of a concept if it has trained, else that of its arrival."""
    try:
        run = desk().poll(state_of(concept).run).run
    except UnknownRun:
        return gallery_run(concept, gallery.arrival(concept))
    return run if run.step else gallery_run(concept, gallery.arrival(concept))
