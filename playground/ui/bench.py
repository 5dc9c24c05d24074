"""The bench: play bar, moving figures, timeline and tabs, the same for every concept."""

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.engine.base import EngineFull, UnknownRun
from playground.language import _, language, prose
from playground.runs import Run, Status
from playground.settings import Settings, Value
from playground.ui.code import code_tab
from playground.ui.controls import choose, controls
from playground.ui.lab import Lab, Preset
from playground.ui.live_plot import Event, live_plot, read_event
from playground.ui.locale import set_language
from playground.ui.play_bar import play_bar
from playground.ui.session import engine, finished_run, remember, visitor
from playground.ui.source import source

POLL_SECONDS = 0.5
FIRST_STEP_WAIT = 0.3
SLOW_POLL_SECONDS = 2.0
OVERLAP = 2
MAX_FRAMES_REMEMBERED = 240
ACTIVE = (Status.RUNNING, Status.QUEUED)

_frames: OrderedDict[tuple[str, int, str], dict[str, Any]] = OrderedDict()
_frames_lock = threading.Lock()


def show(lab: Lab) -> None:
    """Draw a concept's page."""
    set_language()
    visitor()
    settings = controls(lab.settings, lab.concept, lab.drawn)
    # In a container of its own, so that what comes and goes does not make the figures anew.
    with st.container(gap="xsmall"):
        _header(lab)
    run = _sync(lab, settings)
    active = _is_active(run)
    st.session_state["active"] = active
    st.fragment(_bench, run_every=POLL_SECONDS if active else None)(lab)
    _tabs(lab, active)


def _header(lab: Lab) -> None:
    st.header(_(lab.title), anchor=False)
    st.markdown(_(lab.idea))
    chosen = _chosen_preset(lab)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for number, preset in enumerate(lab.presets):
            st.button(_(preset.label), key=f"preset-{number}", help=_(preset.look_for),
                      type="primary" if preset is chosen else "secondary",
                      icon=":material/bolt:" if preset.breaks else ":material/star:",
                      on_click=_take_preset, args=(lab, preset))
        for number, (label, fix) in enumerate(chosen.fixes.items() if chosen else ()):
            st.button(_(label), key=f"fix-it-{number}", icon=":material/build:", type="secondary",
                      on_click=_fix, args=(lab, chosen, fix))
    if chosen:
        st.caption(":material/visibility: " + _(chosen.look_for))


def _chosen_preset(lab: Lab) -> Preset | None:
    """Return the preset that the knobs stand at, whoever turned them.

    The seed may be any, unless the preset names it.
    """
    now = st.session_state[f"settings:{lab.concept}"]
    for preset in lab.presets:
        wanted = {name: preset.changes.get(name, lab.settings.default(name))
                  for name in now if name != "seed" or name in preset.changes}
        if all(now[name] == value for name, value in wanted.items()):
            return preset
    return None


def _take_preset(lab: Lab, preset: Preset) -> None:
    choose(lab.settings, dict(preset.changes))
    known = finished_run(lab.concept, lab.settings(**preset.changes))
    st.session_state["wish"] = "show" if known else "train"


def _fix(lab: Lab, preset: Preset, fix: Mapping[str, Value]) -> None:
    choose(lab.settings, {**preset.changes, **fix})
    st.session_state["wish"] = "train"


def _sync(lab: Lab, settings: Settings) -> Run:
    """Return the run that belongs to these settings, started or changed as needed."""
    run = current_run(lab)
    wish = st.session_state.pop("wish", "look")
    if run and wish == "resume":
        return _resume(run)
    if run is None or wish != "look":
        return _start(lab, settings, wish)
    now = run.settings_at(math.inf)
    changes = {name: value for name, value in settings.model_dump().items()
               if value != getattr(now, name)}
    if not changes:
        return run
    if set(changes) <= settings.live_names() and not run.status.over:
        engine().update(run.id, **changes)
        return run
    return _start(lab, settings, "train" if run.status in ACTIVE else "look")


def current_run(lab: Lab) -> Run | None:
    """Return the run that this session is looking at, if it is still there."""
    try:
        return engine().poll(st.session_state.get(f"run:{lab.concept}", "")).run
    except UnknownRun:
        return None


def _start(lab: Lab, settings: Settings, wish: str) -> Run:
    """Replace the session's run: by a finished one with these settings, else by a new one.

    Args:
        wish: "train", "step" or "reset" for a new run in any case; "look" and "show" take what
            there is.
    """
    before = current_run(lab)
    if before and not before.stored and before.status is Status.FINISHED and not before.changes:
        remember(before)
        before = None
    known = finished_run(lab.concept, settings)
    if known and wish in ("look", "show"):
        run_id = known.id
    else:
        run_id = engine().start(lab.concept, settings, visitor().id, paused=True)
        engine().wait(run_id, 0)
        if wish == "train":
            _resume(engine().poll(run_id).run)
        if wish == "step":
            engine().step(run_id)
            engine().wait(run_id, 1)
    st.session_state[f"run:{lab.concept}"] = run_id
    if before and not before.stored:
        engine().drop(before.id)
    return engine().poll(run_id).run


def _resume(run: Run) -> Run:
    target = run.step + 1
    try:
        engine().resume(run.id)
        if run.status is Status.RUNNING:  # so that the page comes back with something new on it
            engine().wait(run.id, target, FIRST_STEP_WAIT)
    except EngineFull as full:
        st.toast(_("No place to train now: {reason}.").format(reason=full),
                 icon=":material/hourglass:")
    return run


def _bench(lab: Lab) -> None:
    set_language()
    run = current_run(lab)
    if run is None:
        st.rerun()
        return
    key = f"plot-{lab.concept}"
    event = read_event(key)
    with st.container(gap="xsmall"):
        play_bar(run, engine().poll(run.id).position)
        if run.status is Status.FAILED:
            st.error(_("This run failed: {reason}. What it had shown stays on the screen.")
                     .format(reason=run.reason.rstrip(".")))
        lab.tools(run)
    resync = event is not None and event.kind == "resync"
    numbers = list(run.history.kept)
    live_plot(
        key=key,
        panels=lab.panels(run.settings),
        run=run.id,
        frames=[_frame(lab, run, number) for number in _tail(lab, run, resync)],
        curves=lab.curves(run),
        first=numbers[0] if numbers else 0,
        last=numbers[-1] if numbers else 0,
        total=run.last_step,
        live=run.status in ACTIVE,
        source=source(run, _(lab.title)),
        answer=_answer(lab, run, event),
        height=lab.height,
    )
    if run.history.last:
        st.info(lab.caption(run, run.history.last), icon=":material/search:")
    if event and event.kind in ("click", "drag") and lab.act(run, event):
        st.rerun()
    if "wish" in st.session_state or _is_active(run) != st.session_state["active"]:
        st.rerun()


def _answer(lab: Lab, run: Run, event: Event | None) -> dict[str, Any] | None:
    """Return the answer to the newest event; it is sent until the next one has another.

    A script that is run again at once may overtake the message in which it was sent first.
    """
    key = f"reply:{lab.concept}"
    if event and event.kind != "resync":
        reply = lab.answer(run, event)
        st.session_state[key] = reply and {"id": event.id, "panel": event.panel, **reply}
    shown: dict[str, Any] | None = st.session_state.get(key)
    return shown


def _tail(lab: Lab, run: Run, resync: bool) -> list[int]:
    """Return the numbers of the snapshots that the browser may not have yet.

    The last few polls are sent again, since a browser under load skips messages. Whatever it
    misses beyond that, it asks for.
    """
    key = f"sent:{lab.concept}"
    sent: tuple[str, list[int]] = st.session_state.get(key, ("", []))
    polls = sent[1] if sent[0] == run.id and not resync else []
    numbers = list(run.history.kept)
    since = polls[0] if polls else -1
    st.session_state[key] = (run.id, [*polls, numbers[-1] if numbers else -1][-OVERLAP:])
    return [number for number in numbers if number > since]


def _is_active(run: Run) -> bool:
    """Tell whether snapshots are to come without anybody asking."""
    return run.status in ACTIVE or not (run.history.kept or run.status.over)


def _frame(lab: Lab, run: Run, number: int) -> dict[str, Any]:
    key = (run.id, number, language.get())
    with _frames_lock:
        if key in _frames:
            _frames.move_to_end(key)
            return _frames[key]
    snapshot = run.history.kept[number]
    frame = {"seq": number, "step": snapshot.step, "plots": lab.frame(run, snapshot)}
    with _frames_lock:
        _frames[key] = frame
        while len(_frames) > MAX_FRAMES_REMEMBERED:
            _frames.popitem(last=False)
    return frame


def _tabs(lab: Lab, active: bool) -> None:
    names = (_("Explore"), _("How it works"), _("Code"))
    explore, how, code = st.tabs(names, key=f"tabs-{lab.concept}", on_change="rerun")
    every = SLOW_POLL_SECONDS if active else None
    with explore:
        if explore.open:
            waiting = engine().place is None
            st.fragment(_explore, run_every=POLL_SECONDS if waiting else every)(lab, waiting)
    with how:
        if how.open:
            st.fragment(_how_it_works, run_every=every)(lab)
    with code:
        if code.open:
            code_tab(lab.code, current_run(lab))


def _explore(lab: Lab, waiting: bool) -> None:
    set_language()
    if engine().place is None:
        st.caption(_("The training process is starting ..."))
    elif waiting:
        st.rerun()
    elif run := current_run(lab):
        lab.explore(run)


def _how_it_works(lab: Lab) -> None:
    set_language()
    text = prose(lab.concept, "how_it_works")
    run = current_run(lab)
    for name, number in (lab.numbers(run) if run else {}).items():
        text = text.replace(f"[[{name}]]", number)
    st.markdown(text)

