"""What a hand does in the figure of a flow: it holds a particle, or asks which pairs pass."""

from typing import Any

import streamlit as st

from playground.charts.colors import DATA, GRADIENTS, NEUTRAL, SAMPLES
from playground.concepts.flow_matching.settings import FlowMatchingSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask
from playground.ui.bench.browser_events import Event

TIME, WHAT = "flow-time", "flow-what"
HELD = {"particle": N_("a particle: on to the data, back to the source"),
        "pairs": N_("the pairs that pass, and their mean")}
FARTHEST = 25.0
TIP = 0.11  # of a velocity of 1
MOST_PAIRS = 30


def hand() -> None:
    """Draw what the cursor holds, and at which time."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        st.selectbox(_("Under the cursor"), list(HELD), format_func=lambda name: _(HELD[name]),
                     key=WHAT)
        st.slider(_("at t"), 0.0, 1.0, 0.5, 0.05, key=TIME,
                  help=_("Rest the cursor on the figure: a particle stands there at this time. "
                         "Orange leads on to the data, blue back to the source; of pairs, grey "
                         "leads to their data, orange is their mean, violet what the net says."))


def hold(run: Run[FlowMatchingSettings], event: Event) -> dict[str, Any] | None:
    """Return what to draw under the cursor."""
    if event.x is None or event.y is None or run.settings.is_image:
        return None
    x, y = (min(max(each, -FARTHEST), FARTHEST) for each in (event.x, event.y))
    t = float(st.session_state.get(TIME, 0.5))
    if st.session_state.get(WHAT) == "pairs":
        return _pairs(run, x, y, t)
    return _particle(run, x, y, t)


def _particle(run: Run[FlowMatchingSettings], x: float, y: float,
              t: float) -> dict[str, Any] | None:
    """Follow the particle to the data and back to the source."""
    reply = ask(run, "follow", x=x, y=y, t=t)
    if reply is None:
        return None
    vx, vy = reply["velocity"].tolist()
    lines = [_line(way[:, 0].tolist(), way[:, 1].tolist(), color, 3)
             for way, color in ((reply["back"], DATA), (reply["forth"], SAMPLES)) if len(way) > 1]
    lines.append(_line([x, x + TIP * vx], [y, y + TIP * vy], GRADIENTS, 4))
    end, start = reply["forth"][-1].tolist(), reply["back"][-1].tolist()
    return {"lines": lines, "text": _(
        "t = {t:.2f}, speed {speed:.2f}\nfrom ({sx:.2f}, {sy:.2f}) at t = 0\nto ({ex:.2f}, "
        "{ey:.2f}) at t = 1").format(t=t, speed=(vx**2 + vy**2) ** 0.5, sx=start[0], sy=start[1],
                                     ex=end[0], ey=end[1])}


def _pairs(run: Run[FlowMatchingSettings], x: float, y: float, t: float) -> dict[str, Any] | None:
    """Draw the pairs that pass: each to its datum, and their mean beside what the net says."""
    reply = ask(run, "passing", x=x, y=y, t=t)
    if reply is None:
        return None
    heaviest = max(float(reply["weights"].max()), 1e-9)
    lines = [_line([x, ex], [y, ey], NEUTRAL, 0.5 + 1.5 * weight / heaviest)
             for (ex, ey), weight in zip(reply["ends"][:MOST_PAIRS].tolist(),
                                         reply["weights"].tolist(), strict=False)]
    for name, color in (("mean", SAMPLES), ("learned", GRADIENTS)):
        vx, vy = ((1 - t) * reply[name]).tolist()
        lines.append(_line([x, x + vx], [y, y + vy], color, 4))
    (mx, my), (lx, ly) = reply["mean"].tolist(), reply["learned"].tolist()
    return {"lines": lines, "text": _(
        "t = {t:.2f}\nmean of the pairs ({mx:.2f}, {my:.2f})\nthe net says ({lx:.2f}, {ly:.2f})"
        ).format(t=t, mx=mx, my=my, lx=lx, ly=ly)}


def _line(x: list[float], y: list[float], color: str, width: float) -> dict[str, Any]:
    return {"x": x, "y": y, "color": color, "width": width}
