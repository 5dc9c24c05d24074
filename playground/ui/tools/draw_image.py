"""The visitor's own picture, shared by all pages: drawn on a canvas, or uploaded."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from playground import events
from playground.charts.images import picture
from playground.datasets.own_image import MAX_BYTES, MAX_STROKES, SIDE, Stroke, drawing, read
from playground.language import _
from playground.refusal import Refusal
from playground.ui.bench.browser_events import Event
from playground.ui.bench.live_plot import Panel, live_plot, read_event
from playground.ui.bench.source import Source
from playground.ui.tools.own_data import plain

HEIGHT = 260


@dataclass
class OwnPicture:
    """What a session has drawn or uploaded. A file goes before the drawing.

    Attributes:
        strokes: places (x, y) of each stroke between 0 and 1, y upwards.
        uploaded: the file's picture, bytes (H, W, 3), and `name` its name.
        error: why the last file was refused.
        files: how many files have been taken; it makes the uploader a new one.
    """

    strokes: list[Stroke] = field(default_factory=list)
    uploaded: np.ndarray | None = None
    name: str = ""
    error: str = ""
    files: int = 0


def own_picture() -> OwnPicture:
    """Return this session's own picture."""
    own: OwnPicture = st.session_state.setdefault("own-picture", OwnPicture())
    return own


def draw_image(key: str) -> np.ndarray | None:
    """Draw the canvas and the uploader, and return the picture as it is now.

    Call it in a fragment of its own, which is drawn again after every stroke.

    Args:
        key: of the canvas; one for each page.

    Returns:
        Bytes, (H, W) white on black or (H, W, 3); None where there is nothing yet.
    """
    own, name = own_picture(), f"canvas-{key}"
    if (event := read_event(name)) and event.kind == "stroke":
        _add(own, event)
    shown = drawing(own.strokes) if own.uploaded is None else own.uploaded
    live_plot(key=name, run="canvas", frames=[], curves={"canvas": picture(shown)},
              kept=[], total=None, live=False, height=HEIGHT,
              source=Source("own_picture", _("My own picture")), panels=[
                  Panel("canvas", _("Draw here"), kind="curve", square=True, events=("stroke",),
                        alt=_("A canvas to draw on, white on black"))])
    with st.container(horizontal=True, gap="small"):
        st.button(_("Take back"), key="stroke-back", icon=":material/undo:", on_click=_take_back)
        st.button(_("Clear"), key="strokes-clear", icon=":material/delete_sweep:",
                  on_click=_clear)
    if own.uploaded is None:
        st.file_uploader(_("Or a PNG or JPEG file"), type=["png", "jpg", "jpeg"],
                         key=f"own-picture-{own.files}", on_change=_take_file,
                         help=_("Up to {size:g} MB and 4 million pixels. It stays in this "
                                "server's memory and goes when you close the tab.")
                         .format(size=MAX_BYTES / 1e6))
    else:
        st.caption(_("**{name}**. Clear it to draw.").format(name=plain(own.name)))
    if own.error:
        st.warning(plain(own.error), icon=":material/warning:")
    return shown if own.strokes or own.uploaded is not None else None


def _add(own: OwnPicture, event: Event) -> None:
    """Add a stroke; its places come in pixels of the picture, row 0 at the top."""
    places = [((x + 0.5) / SIDE, 1 - (y + 0.5) / SIDE) for x, y in event.path or ()]
    if own.uploaded is not None or not places or len(own.strokes) >= MAX_STROKES:
        return
    try:
        drawing([*own.strokes, places])
    except Refusal:  # only a tampered browser sends such strokes
        return
    own.strokes.append(places)


def _take_back() -> None:
    own = own_picture()
    if own.uploaded is not None:
        _clear()
    elif own.strokes:
        own.strokes.pop()


def _clear() -> None:
    own = own_picture()
    own.strokes.clear()
    own.uploaded, own.name, own.error, own.files = None, "", "", own.files + 1


def _take_file() -> None:
    own = own_picture()
    file = st.session_state.get(f"own-picture-{own.files}")
    if file is None:
        return
    own.files += 1
    try:
        own.uploaded = read(file.getvalue())
    except Refusal as refusal:
        events.refused("file", refusal)
        own.error = _("{name}: {reason}").format(name=file.name[:60], reason=refusal.in_words())
        return
    own.error, own.name = "", file.name[:60]
