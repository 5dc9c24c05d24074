"""Moving figures: plotly panels that share one clock, drawn by a small component of our own.

`st.plotly_chart` rebuilds its chart at every change. Here the browser keeps the charts, receives
snapshots as they are made, plays them back evenly, and lets the visitor scrub through the whole
run without asking the server. The browser's half is `frontend/live_plot.js`.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from streamlit.components.v1 import declare_component

from playground.language import _
from playground.ui.source import Source

FRONTEND = Path(__file__).parent / "frontend"
CACHE = Path(__file__).parents[2] / ".cache"
PLOTLY = "plotly.min.js.gz"

# Streamlit sends this text again with every update, so it only fetches the real component, once.
# The address of Streamlit's own script says where the app is mounted, also behind a proxy.
_LOADER = """
const script = document.querySelector('script[src*="/static/js/"]')
const home = script ? script.src.replace(/static\\/js\\/.*$/, "") : null
const waiting = new Map()
let component, loading

const load = async ({ script: path, base }) => {
  const roots = [home, new URL(base, location.origin).href].filter(Boolean)
  for (const root of roots) {
    try { return await import(new URL(path, root).href) } catch (error) { console.warn(error) }
  }
  loading = null
}

const start = (loaded) => {
  component = loaded
  if (component) for (const arguments_ of waiting.values()) component.default(arguments_)
  waiting.clear()
}

export default function (arguments_) {
  const { parentElement: place, data } = arguments_
  if (data.preload) {
    loading ??= load(data.assets).then(start)
    loading.then(() => component?.preload(data.assets))
    return
  }
  if (component) return component.default(arguments_)
  place.style.minHeight = `${data.height}px`
  waiting.set(place, arguments_)
  loading ??= load(data.assets).then(start)
  return () => {
    if (place.isConnected) return
    waiting.delete(place)
    component?.unmount(place)
  }
}
"""

_mount = st.components.v2.component("live_plot", js=_LOADER, isolate_styles=False)


@dataclass(frozen=True)
class Panel:
    """One figure of a live plot.

    Attributes:
        name: the key of this panel in `frames` or `curves`.
        title: the line above the figure.
        alt: what the figure shows, for visitors who do not see it.
        kind: "frame" for a picture of one moment, "curve" for a history over the steps.
        events: what Python wants to hear about.
        weight: the width, relative to the other panels.
        square: keep one unit of x as long as one unit of y.
        zoom: dragging zooms, also where clicks are heard.
    """

    name: str
    title: str
    alt: str
    kind: Literal["frame", "curve"] = "frame"
    events: tuple[Literal["hover", "click", "drag", "stroke"], ...] = ()
    weight: float = 1.0
    square: bool = False
    zoom: bool = False


@dataclass(frozen=True)
class Event:
    """Something a visitor did in a panel.

    Attributes:
        kind: "hover", "click", "drag", "stroke", or "resync": the browser asks for all frames.
        id: a fresh name; an answer carries it back.
        panel: the panel's name.
        x, y: where, in the units of the axes.
        trace, index: the point under the cursor, where there is one.
        seq: the frame that was on the screen.
        path: of a stroke, the places (x, y) that the pointer passed while it was down.
    """

    kind: Literal["hover", "click", "drag", "stroke", "resync"]
    id: str = ""
    panel: str = ""
    x: float | None = None
    y: float | None = None
    trace: str | None = None
    index: int | None = None
    seq: int | None = None
    path: list[list[float]] | None = None


def live_plot(
    *,
    key: str,
    panels: Sequence[Panel],
    run: str,
    frames: list[dict[str, Any]],
    curves: dict[str, dict[str, Any]],
    first: int,
    last: int,
    total: int | None,
    live: bool,
    source: Source,
    answer: dict[str, Any] | None = None,
    height: int = 380,
) -> Event | None:
    """Draw linked figures above one timeline.

    Everything must be plain JSON. Arrays are plotly's typed arrays, a dict of "dtype" and "bdata":
    they are small, and unlike a list they may hold NaN.

    Args:
        key: the component's name in the session; it must not change while the page is open.
        panels: the figures, from left to right.
        run: the run's id; when it changes, the browser forgets all frames.
        frames: dicts with "seq", "step" and "plots", a dict from panel name to "data" and
            "layout". While a run is live, its tail is enough: the browser remembers the others.
        curves: panel name to "data" and "layout", the whole history over the steps.
        first: the seq of the first frame that the server has.
        last: the seq of the newest.
        total: the step at which the run ends, where that is known.
        live: whether more frames are to come.
        source: what a figure says about itself when the visitor saves it.
        answer: the reply to an event: its "id" and "panel", with "text" and "image" (a data URI)
            to show beside the cursor, and "lines" to draw over the figure as long as the cursor
            rests: dicts with "x" and "y" in the units of the axes, "color" and "width" in pixels.
        height: of one row of figures, in pixels.

    Returns:
        What the visitor did since the last run of the script, or None. To answer within the same
        run, call `read_event` before this function.
    """
    event = read_event(key)
    handled = st.session_state.get(f"{key}-handled")
    _mount(
        key=key,
        data={
            "assets": _assets(),
            "labels": _labels(),
            "panels": [asdict(panel) for panel in panels],
            "run": run,
            "frames": frames,
            "curves": curves,
            "first": first,
            "last": last,
            "total": total,
            "live": live,
            "source": asdict(source),
            "answer": answer,
            "handled": event.id if event and event.id else handled,
            "height": height,
        },
        on_event_change=_ignore,
        on_resync_change=_ignore,
    )
    if event and event.id:
        st.session_state[f"{key}-handled"] = event.id
    return event


def preload() -> None:
    """Let the browser fetch plotly.js while the server still works on the page. Draws nothing."""
    with st.container(key="preload"):
        _mount(key="preload-plot", data={"preload": True, "assets": _assets(), "height": 0})


def read_event(key: str) -> Event | None:
    """Return what the visitor did, before the live plot of this run is drawn.

    An event that was returned once is not returned again when the browser repeats it.
    """
    state = st.session_state.get(key) or {}
    sent = state.get("event")
    if sent and sent["id"] != st.session_state.get(f"{key}-handled"):
        return Event(**sent)
    return Event(kind="resync") if state.get("resync") else None


def _ignore() -> None:
    """Stand in for a callback; Streamlit only reports triggers that have one."""


def _labels() -> dict[str, str]:
    return {
        "timeline": _("Timeline"),
        "play": _("Play"),
        "pause": _("Pause"),
        "live": _("live"),
        "newest": _("newest"),
        "step": _("step {step}"),
        "step_of_total": _("step {step} of {total}"),
        "loading": _("Loading the figures ..."),
        "save": _("Save this figure"),
        "png": _("Picture (PNG)"),
        "html": _("Zoomable page (HTML)"),
        "failed": _("The figures could not be loaded. Please reload the page."),
    }


def _assets() -> dict[str, str]:
    """Return where the browser finds our script and plotly's; the queries outwit its cache."""
    script, plotly = _serve()
    changed = max(file.stat().st_mtime_ns for file in FRONTEND.iterdir())
    base = st.get_option("server.baseUrlPath").strip("/")
    return {
        "base": f"/{base}/" if base else "/",
        "script": f"component/{script}/live_plot.js?v={changed}",
        "plotly": f"../{plotly}/{PLOTLY}?v={importlib.metadata.version('plotly')}",
    }


@st.cache_resource(show_spinner=False)
def _serve() -> tuple[str, str]:
    """Let Streamlit serve our folder and plotly's, and return the names it gives them.

    A component of version 2 can only serve files of its own installed package. Registering a
    folder as a component of version 1, which is then never mounted, serves any folder.
    """
    script = declare_component("frontend", path=FRONTEND)
    plotly = declare_component("plotly", path=_plotly_folder())
    return script.name, plotly.name


def _plotly_folder() -> Path:
    """Return a folder with plotly.js, compressed once and for all.

    Streamlit would compress the 5 MB anew for each visitor, a third of a second in which it serves
    nobody else; an archive it sends as it is.
    """
    source = _plotly_source()
    folder = CACHE / f"plotly-{importlib.metadata.version('plotly')}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / PLOTLY).exists():
            with tempfile.NamedTemporaryFile(dir=folder, delete=False) as partial:
                partial.write(gzip.compress(source.read_bytes(), 6))
            Path(partial.name).replace(folder / PLOTLY)
    except OSError:  # a read-only installation
        folder = Path(tempfile.mkdtemp(prefix="playground-plotly-"))
        (folder / PLOTLY).write_bytes(gzip.compress(source.read_bytes(), 6))
    return folder


def _plotly_source() -> Path:
    spec = importlib.util.find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("live_plot draws with plotly.js from the plotly package")
    return Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
