"""Moving figures: plotly panels that share one clock, drawn by a small component of our own.

`st.plotly_chart` rebuilds its chart at every change. Here the browser keeps the charts, receives
snapshots as they are made, plays them back evenly, and lets the visitor scrub through the whole
run without asking the server. The browser's half is `frontend/live_plot.js`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import streamlit as st
from streamlit.components.v1 import declare_component

from playground.language import _
from playground.ui.bench import plotly
from playground.ui.bench.browser_events import Event, Resync, Shown, heard
from playground.ui.bench.lasting import Lasting
from playground.ui.bench.plotly_words import plotly_words
from playground.ui.bench.source import Source

# Streamlit sends this text again with every update, so it only fetches the real component, once.
# The address of Streamlit's own script says where the app is mounted, also behind a proxy.
_LOADER = """
const script = document.querySelector('script[src*="/static/js/"]')
const home = script ? script.src.replace(/static\\/js\\/.*$/, "") : null
const waiting = new Map()
let component, loading

const load = async ({ script: path, base, modules }) => {
  const roots = [home, new URL(base, location.origin).href].filter(Boolean)
  for (const root of roots) {
    // One asks for the next one, and that for others: the browser may fetch all of them at once.
    for (const name of modules) {
      const href = new URL(name, new URL(path, root)).href
      const kind = /[.]css/.test(name) ? { rel: "preload", as: "style" } : { rel: "modulepreload" }
      document.head.append(Object.assign(document.createElement("link"), { ...kind, href }))
    }
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
  if (!data.timelineOf) {
    place.style.minHeight = data.height ? `${data.height}px` : "var(--figures)"
  }
  waiting.set(place, arguments_)
  loading ??= load(data.assets).then(start)
  return () => {
    if (place.isConnected) return
    waiting.delete(place)
    component?.unmount(place)
  }
}
"""

# Of live_plot.js, in the order in which they are needed.
MODULES = ("panel", "mailbox", "caption", "lasting", "keys", "grip", "hand", "follow", "layer",
           "legend", "numbers", "overlay", "path", "save", "thumbnails", "symbols",
           "write")

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
        weight: relative to what is usual, of the first panel, the hero, the width; of the others,
            which stand in a column beside it, the height.
        twin: it stands beside the hero, as large as that.
        square: keep one unit of x as long as one unit of y.
        zoom: dragging zooms, also where clicks are heard.
        pictures: draw the points as pictures, in their order the cells of one sheet: in the first
            frame, the layout's "meta" has its "sheet", that is "src" (a data URI), the side of a
            "cell" in pixels, and how many "columns" it has.
        space: it has three dimensions, for which the browser fetches the whole of plotly.js.
    """

    name: str
    title: str
    alt: str
    kind: Literal["frame", "curve"] = "frame"
    events: tuple[Literal["hover", "click", "drag", "stroke"], ...] = ()
    weight: float = 1.0
    square: bool = False
    zoom: bool = False
    twin: bool = False
    pictures: bool = False
    space: bool = False


def live_plot(
    *,
    key: str,
    panels: Sequence[Panel],
    run: str,
    frames: list[dict[str, Any]],
    curves: dict[str, dict[str, Any]],
    kept: list[int],
    total: int | None,
    live: bool,
    starts: int = 0,
    opens: int | None = None,
    source: Source,
    answer: dict[str, Any] | None = None,
    height: int | None = None,
    autoplay: bool = False,
    linked: bool = False,
) -> Event | None:
    """Draw linked figures above one timeline.

    Everything must be plain JSON. Arrays are plotly's typed arrays, a dict of "dtype" and "bdata":
    they are small, and unlike a list they may hold NaN.

    Args:
        key: the component's name in the session; it must not change while the page is open.
        panels: the figures, from left to right.
        run: the run's id; when it changes, the browser forgets all frames.
        frames: dicts with "seq", "step", "plots", a dict from panel name to "data" and "layout",
            and, if there is one, the "caption" of that moment: text in which only **bold** is
            marked. What was sent once need not be sent again: the browser remembers it, and asks
            for what it misses. A panel without a plot in a frame keeps that of the frame before.
            layout's "meta" may have a "path", the way to what the plot shows, which has a clock of
            its own: see `charts.path`.
        curves: panel name to "data" and "layout", the whole history over the steps.
        kept: the seq of each frame that the server has; the browser forgets all others.
        total: the step at which the run ends, where that is known.
        live: whether more frames are to come.
        starts: how often the run was told to go on; whoever does that wants to see it.
        opens: the seq of the frame that is shown first of a run that has ended; the newest one
            where None.
        source: what a figure says about itself when the visitor saves it.
        answer: the reply to an event: its "id" and "panel", with "text" and "image" (a data URI)
            to show beside the cursor, and "lines" to draw over the figure as long as the cursor
            rests: dicts with "x" and "y" in the units of the axes, "color" and "width" in pixels.
        height: of the figures, in pixels; what suits the window where None.
        autoplay: let a finished run play by itself, again and again, until the visitor takes the
            clock. Where motion is not wanted, its end is shown.
        linked: a zoom into one of the figures is one into all of them.

    Returns:
        What the visitor did since the last run of the script, or None. To answer within the same
        run, call `read_event` before this function.
    """
    event = read_event(key, run)
    handled = st.session_state.get(f"{key}-handled")
    lasting: Lasting = st.session_state.setdefault(f"{key}-lasting", Lasting())
    curve_parts = {f"curve {name}": figure for name, figure in curves.items()}
    _mount(
        key=key,
        data={
            "assets": _assets(),
            "lasting": lasting.news(
                {"labels": labels(), "words": plotly_words(),
                 "panels": [asdict(panel) for panel in panels],
                 "source": asdict(source), **curve_parts},
                everything=is_new(key) or (event is not None and event.kind == "resync")),
            "run": run,
            "frames": frames,
            "kept": kept,
            "total": total,
            "live": live,
            "starts": starts,
            "opens": opens,
            "answer": answer,
            "handled": event.id if event and event.id else handled,
            "key": key,
            "height": height,
            "autoplay": autoplay,
            "linked": linked,
        },
        on_event_change=_ignore,
        on_resync_change=_ignore,
        on_shown_change=_ignore,
    )
    if event and event.id:
        st.session_state[f"{key}-handled"] = event.id
    return event


def timeline(key: str) -> None:
    """Let the timeline of a live plot stand here and not under its figures."""
    _mount(key=f"{key}-timeline", data={"timelineOf": key, "assets": _assets()})


def preload() -> None:
    """Let the browser fetch plotly.js while the server still works on the page. Draws nothing."""
    with st.container(key="preload"):
        _mount(key="preload-plot", data={"preload": True, "assets": _assets()})


def is_new(key: str) -> bool:
    """Tell whether the page has just come, so that its browser knows nothing of this plot yet."""
    return key not in st.session_state


def read_event(key: str, run: str = "") -> Event | None:
    """Return what the visitor did, before the live plot of this run is drawn.

    An event that was returned once is not returned again when the browser repeats it.
    """
    state = st.session_state.get(key) or {}
    sent = heard(Event, state.get("event"))
    if sent and sent.id != st.session_state.get(f"{key}-handled"):
        return sent
    asked = heard(Resync, state.get("resync"))
    return Event("resync", since=asked.since) if asked and asked.run == run else None


def read_shown(key: str, run: str) -> int | None:
    """Return the seq at which the visitor has stopped the clock, or None for the newest frame.

    Args:
        run: whose frames they are; those of another one do not count.
    """
    shown = heard(Shown, (st.session_state.get(key) or {}).get("shown"))
    return shown.seq if shown and shown.run == run else None


def _ignore() -> None:
    """Stand in for a callback; Streamlit only reports triggers that have one."""


def labels() -> dict[str, str]:
    """Return the words on and around the figures."""
    return {
        "timeline": _("Timeline"),
        "play": _("Play"),
        "pause": _("Pause"),
        "path": _("The way on which it is drawn"),
        "live": _("live"),
        "newest": _("newest"),
        "step": _("step {step}"),
        "step_of_total": _("step {step} of {total}"),
        "grip": _("{name}, {number} of {count}: the arrow keys move it, Enter drops it"),
        "loading": _("Loading the figures ..."),
        "whole": _("Fill the screen, and back"),
        "save": _("Save this figure"),
        "save_it": _("Save this figure: {title}"),
        "png": _("Picture (PNG)"),
        "html": _("Zoomable page (HTML)"),
        "failed": _("The figures could not be loaded. Please reload the page."),
    }


def _assets() -> dict[str, Any]:
    """Return where the browser finds our script and plotly's; the queries outwit its cache."""
    script, whole = _serve()
    changed = max(file.stat().st_mtime_ns for file in plotly.FRONTEND.iterdir())
    base = st.get_option("server.baseUrlPath").strip("/")
    return {
        "base": f"/{base}/" if base else "/",
        "script": f"component/{script}/live_plot.js?v={changed}",
        "modules": [f"{name}?v={changed}" for name in (
            *(f"{name}.js" for name in MODULES), "live_plot.css")],
        "plane": f"../{script}/{plotly.CARTESIAN}?v={plotly.version()}",
        "space": f"../{whole}/{plotly.WHOLE}?v={plotly.version()}",
    }


@st.cache_resource(show_spinner=False)
def _serve() -> tuple[str, str]:
    """Let Streamlit serve our folder and plotly's, and return the names it gives them.

    A component of version 2 can only serve files of its own installed package. Registering a
    folder as a component of version 1, which is then never mounted, serves any folder.
    """
    script = declare_component("frontend", path=plotly.FRONTEND)
    whole = declare_component("plotly", path=plotly.whole_folder())
    return script.name, whole.name
