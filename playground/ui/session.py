"""What a browser tab and the server share: the engine, and who is asking."""

import gc
import secrets
import threading
from contextlib import suppress

import streamlit as st

from playground import gallery
from playground.engine.base import Engine, UnknownRun
from playground.engine.supervisor import WorkerEngine
from playground.runs import Run
from playground.settings import Settings

WARM_UP_DELAY = 3.0
GRACE_SECONDS = 20.0
MOST_REMEMBERED = 4


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """Return the server's one engine. Its worker starts after the first page has been drawn."""
    started = WorkerEngine()
    started.warm_up(WARM_UP_DELAY)
    rest = threading.Timer(WARM_UP_DELAY, _freeze)
    rest.daemon = True
    rest.start()
    return started


def _freeze() -> None:
    """Take what the imports have left out of every later garbage collection."""
    gc.collect()
    gc.freeze()


class Visitor:
    """The owner of a session's runs. When the tab closes, they end after a time of grace.

    A short loss of the network looks like a closed tab; whoever is back in time finds everything.
    """

    def __init__(self) -> None:
        self.id = secrets.token_hex(16)
        self._farewell: threading.Timer | None = None

    def leave(self) -> None:
        """Begin the time of grace."""
        self._farewell = threading.Timer(GRACE_SECONDS, engine().release, [self.id])
        self._farewell.daemon = True
        self._farewell.start()

    def stay(self) -> None:
        """End the time of grace: the visitor is here."""
        if self._farewell:
            self._farewell.cancel()
            self._farewell = None


@st.cache_resource(scope="session", show_spinner=False, on_release=lambda sign: sign.leave())
def _watch(visitor_id: str, _visitor: Visitor) -> Visitor:
    return _visitor


def visitor() -> Visitor:
    """Return this session's visitor."""
    state = st.session_state
    if "visitor" not in state:
        state["visitor"] = Visitor()
    here: Visitor = state["visitor"]
    _watch(here.id, here).stay()
    return here


def gallery_run(concept: str, name: str = gallery.DEFAULT) -> Run | None:
    """Return a stored run of a concept, shared by all sessions, or None."""
    if name not in gallery.stored(concept):
        return None
    run_id = f"gallery-{concept}" + ("" if name == gallery.DEFAULT else f"-{name}")
    try:
        return engine().poll(run_id).run
    except UnknownRun:
        engine().load(gallery.FOLDER / concept / name, run_id=run_id)
        return engine().poll(run_id).run


def stored_run(concept: str, settings: Settings) -> Run | None:
    """Return the stored run that was trained with these settings, or None."""
    runs = (gallery_run(concept, name) for name in gallery.stored(concept))
    return next((run for run in runs if run and run.settings == settings), None)


def remember(run: Run) -> None:
    """Keep a finished run of this session, so that coming back to its settings shows it again.

    One with the same settings is forgotten, and so are the oldest ones.
    """
    key = f"finished:{run.experiment}"
    kept: dict[str, Settings] = st.session_state.get(key, {})
    others = {old: settings for old, settings in kept.items()
              if old != run.id and settings != run.settings}
    fresh = dict(list({**others, run.id: run.settings}.items())[-MOST_REMEMBERED:])
    for old in kept.keys() - fresh.keys():
        engine().drop(old)
    st.session_state[key] = fresh


def finished_runs(concept: str) -> list[Run]:
    """Return this session's finished runs of a concept that were left, and the stored ones."""
    runs = []
    for run_id in st.session_state.get(f"finished:{concept}", {}):
        with suppress(UnknownRun):
            runs.append(engine().poll(run_id).run)
    stored = (gallery_run(concept, name) for name in gallery.stored(concept))
    return runs + [run for run in stored if run]


def finished_run(concept: str, settings: Settings) -> Run | None:
    """Return a run that was trained to its end with these settings: this session's, or stored."""
    for run_id, known in st.session_state.get(f"finished:{concept}", {}).items():
        if known == settings:
            with suppress(UnknownRun):
                return engine().poll(run_id).run
    return stored_run(concept, settings)


def newest_run(concept: str) -> Run | None:
    """Return this session's run of a concept if it has trained, else the stored default one."""
    try:
        run = engine().poll(st.session_state.get(f"run:{concept}", "")).run
    except UnknownRun:
        return gallery_run(concept)
    return run if run.step else gallery_run(concept)
