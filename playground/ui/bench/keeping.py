"""What visitors keep: the server's one store, its keeper, and the runs that come back from it.

`PLAYGROUND_STORE` says where: a folder, an address of a database as SQLAlchemy writes it, or
"off"; by default the user's own folder for such data. `PLAYGROUND_FILES` is the folder of the
runs where the database is elsewhere. `PLAYGROUND_VISITOR_GB` and `PLAYGROUND_STORE_GB` bound what
one visitor and all together may keep.
"""

import io
import logging
import os
from contextlib import suppress
from pathlib import Path

import streamlit as st
from PIL import Image
from platformdirs import user_data_path

from playground import tokens
from playground.charts.painter import is_pixels, paint, pixels
from playground.engine.base import Engine, UnknownRun
from playground.engine.memory import gigabytes
from playground.language import N_
from playground.refusal import Refusal
from playground.runs.keeper import Keeper
from playground.runs.run import Run, Status
from playground.runs.store import Quota, Store
from playground.ui.bench.labs import lab_of

STORE, FILES = "PLAYGROUND_STORE", "PLAYGROUND_FILES"
OFF = "off"
PREFIX = "kept-"
SIZE = (144, 144)
QUALITY = 70
WORTH_SECONDS = 2.0
# A page's figures may look into its session; the keeper's thread has none, and needs none.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(
    logging.ERROR)
NOTHING_IS_KEPT = N_("this server keeps no runs")


def opened() -> Store:
    """Open the store that the environment names.

    Raises:
        Refusal: it is switched off, or cannot be used.
    """
    given = os.environ.get(STORE, "")
    if given == OFF:
        raise Refusal(NOTHING_IS_KEPT)
    is_address = "://" in given
    place = os.environ.get(FILES, "") if is_address else given
    folder = Path(place).expanduser() if place else user_data_path("generative-playground")
    quota = Quota(gigabytes("PLAYGROUND_VISITOR_GB", 1.0), gigabytes("PLAYGROUND_STORE_GB", 20.0))
    return Store(folder, given if is_address else "", quota)


@st.cache_resource(show_spinner=False)
def _keeper() -> Keeper | Refusal:
    try:
        return Keeper(opened(), picture)
    except Refusal as refusal:
        return refusal


def keeper() -> Keeper:
    """Return the server's one keeper.

    Raises:
        Refusal: this server keeps nothing, and why.
    """
    found = _keeper()
    if isinstance(found, Refusal):
        raise found
    return found


def store() -> Store:
    """Return the server's one store.

    Raises:
        Refusal: this server keeps nothing, and why.
    """
    return keeper().store


def watch(engine: Engine) -> None:
    """Let all runs of an engine be kept that end, and are worth it."""
    found = _keeper()
    if isinstance(found, Keeper):
        engine.on_ended = lambda run, learned: (
            found.put(run, learned) if is_worth_keeping(run) else None)


def is_worth_keeping(run: Run) -> bool:
    """Tell whether a run is more than a moment on the way from one setting to the next."""
    if run.stored or not run.history.last or not run.owner:
        return False
    return (run.status is Status.FINISHED or run.seconds >= WORTH_SECONDS or bool(run.sweep)
            or (run.status is Status.FAILED and run.step > 0))


def picture(run: Run) -> bytes | None:
    """Draw a run's first figure, small, as WebP on a light ground; None without any."""
    lab, last = lab_of(run.experiment), run.history.last
    if last is None:
        return None
    hero = lab.panels(run.settings)[0].name
    drawn = lab.frame(run, last)[hero]
    image = pixels(drawn) if is_pixels(drawn) else paint(drawn, SIZE)
    ground = Image.new("RGB", image.size, tokens.PAGES["light"]["backgroundColor"])
    ground.paste(image, mask=image.getchannel("A"))
    file = io.BytesIO()
    ground.save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()


def bring(engine: Engine, owner: str, run_id: str) -> Run:
    """Return a run that a visitor has kept, as the engine has it: to be looked at and asked.

    Raises:
        Refusal: this visitor has no such run, or it cannot be read.
    """
    place = store().place(owner, run_id)
    known = PREFIX + run_id
    with suppress(UnknownRun):
        found = engine.poll(known).run
        if found.folder == place and found.owner == owner:
            return found
    engine.drop(known)
    engine.load(place, run_id=known, owner=owner)
    return engine.poll(known).run


def kept_id(run: Run) -> str:
    """Return under which id a run is kept, whether it has come back from there or not."""
    return run.id.removeprefix(PREFIX)


def is_kept(run: Run) -> bool:
    """Tell whether a run has come back from the store."""
    return run.id.startswith(PREFIX)
