"""The bench: play bar, moving figures, timeline and tabs, the same for every concept."""

import math
import time
from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.engine.base import EngineFull, UnknownRun
from playground.language import _
from playground.presets import Preset
from playground.refusal import Refusal
from playground.runs.run import Run, Status
from playground.settings import Settings, Value
from playground.ui.bench import address, ask, before, carried, long_run, pins, present
from playground.ui.bench.ask import aside
from playground.ui.bench.branching import branch_menu
from playground.ui.bench.browser_events import Event
from playground.ui.bench.code import code_tab
from playground.ui.bench.coming_back import left_run
from playground.ui.bench.compare_tab import compare_tab
from playground.ui.bench.controls import choose, controls
from playground.ui.bench.fragments import soon, top
from playground.ui.bench.frames import news, plot_key, shown
from playground.ui.bench.how_it_works import how_it_works
from playground.ui.bench.keeping import PREFIX, is_kept, kept_id
from playground.ui.bench.lab import Lab
from playground.ui.bench.live_plot import is_new, live_plot, read_event
from playground.ui.bench.locale import set_language
from playground.ui.bench.play_bar import play_bar
from playground.ui.bench.session import (
    be_known,
    desk,
    engine,
    finished_run,
    is_remembered,
    kept_run,
    remember,
    tab,
)
from playground.ui.bench.source import source
from playground.ui.bench.state import Wish, state_of, wish
from playground.ui.bench.trouble import attempt, said

POLL_SECONDS = 0.5
FIRST_STEP_WAIT = 0.3
SLOW_POLL_SECONDS = 2.0
FIGURES_FIRST = 0.8  # seconds
PROSE_SECONDS = 5.0
BREAKS = "break-it"
ACTIVE = (Status.RUNNING, Status.QUEUED)


def show(lab: Lab) -> None:
    """Draw a concept's page."""
    set_language()
    tab()
    present.set_style()
    # In a container of its own, so that what comes and goes does not make the figures anew.
    head = st.container(gap="xsmall")
    settings = controls(lab)
    with head:
        _header(lab)
    run = _sync(lab, settings)
    active = _is_active(run)
    here = state_of(lab.concept)
    here.active, here.moment = active, None  # the tabs are still to be drawn
    if is_new(plot_key(lab)):
        here.came = time.monotonic()
    top(_bench, f"bench {lab.concept}", POLL_SECONDS if active else None)(lab)
    _tabs(lab, active)
    top(be_known, "be known")()


def _header(lab: Lab) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.header(_(lab.title), anchor=False, width="content")
        st.markdown(_(lab.idea))
        if present.pinned() is None:
            present.menu(lab.settings)
    chosen, _mended = _chosen_preset(lab)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="presets",
                      wrap=False):
        for number, preset in enumerate(lab.presets):
            if not preset.breaks:
                _chip(lab, number, preset is chosen)
        # Its label stays: with another one it would be another menu, open if that was left open.
        with st.popover(_("Break it"),
                        icon=":material/bolt:", key=BREAKS, on_change="rerun",
                        type="primary" if chosen and chosen.breaks else "secondary"):
            for number, preset in enumerate(lab.presets):
                if preset.breaks:
                    _chip(lab, number, preset is chosen)
                    st.caption(_(preset.look_for))


def _chip(lab: Lab, number: int, chosen: bool) -> None:
    preset = lab.presets[number]
    st.button(_(preset.label), key=f"preset-{number}", type="primary" if chosen else "secondary",
              icon=":material/bolt:" if preset.breaks else ":material/star:",
              width="stretch" if preset.breaks else "content",
              on_click=_take_preset, args=(lab, preset))


def _what_to_watch(lab: Lab) -> None:
    """Say what to look for, or how to mend what is broken."""
    chosen, mended = _chosen_preset(lab)
    if chosen is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="watch"):
        for place, (label, fix) in enumerate(chosen.fixes.items()):
            st.button(_(label), key=f"fix-it-{place}", icon=":material/build:",
                      type="primary" if label == mended or not mended else "secondary",
                      on_click=_fix, args=(lab, chosen, fix))
        if not mended:
            if chosen.breaks:
                st.markdown(f"**{_(chosen.label)}**", width="content")
            st.caption(":material/visibility: " + _(chosen.look_for))


def _chosen_preset(lab: Lab) -> tuple[Preset | None, str]:
    """Return the preset that the knobs stand at, whoever turned them, and by which fix mended.

    The seed may be any, unless the preset names it.
    """
    now = state_of(lab.concept).values

    def at(changes: Mapping[str, Value]) -> bool:
        return all(now[name] == changes.get(name, lab.settings.default(name))
                   for name in now if name != "seed" or name in changes)

    for preset in lab.presets:
        if at(preset.changes):
            return preset, ""
    for preset in lab.presets:
        for label, fix in preset.fixes.items():
            if at({**preset.changes, **fix}):
                return preset, label
    return None, ""


def _take_preset(lab: Lab, preset: Preset) -> None:
    st.session_state[BREAKS] = False  # the menu closes
    choose(lab.settings, dict(preset.changes))
    known = finished_run(lab.concept, lab.settings(**preset.changes))
    wish(Wish.SHOW if known else Wish.TRAIN)


def _fix(lab: Lab, preset: Preset, fix: Mapping[str, Value]) -> None:
    before.keep(lab, preset)
    choose(lab.settings, {**preset.changes, **fix})
    wish(Wish.TRAIN)


def _sync(lab: Lab, settings: Settings) -> Run:
    """Return the run that belongs to these settings, started or changed as needed."""
    run, here = current_run(lab), state_of(lab.concept)
    asked = address.asked_run() if here.linked else ""
    if asked and PREFIX + asked != here.run and (found := _kept(lab, asked)):
        return _show_kept(lab, found)
    wanted = here.take_wish()
    if run and wanted is Wish.RESUME:
        return _resume(run)
    if run is None or wanted is not Wish.LOOK:
        return _start(lab, settings, wanted)
    now = run.settings_at(math.inf)
    changes = {name: value for name, value in settings.model_dump().items()
               if value != getattr(now, name)}
    if not changes:
        return run
    if set(changes) <= settings.live_names() and not run.status.over:
        desk().update(run.id, **changes)
        return run
    if long_run.preset_of(lab, run) and not here.linked:
        long_run.follow(lab, run, here.values)
    if long_run.preset_with(lab, settings):
        return _start(lab, settings, Wish.SHOW)
    return _start(lab, settings, Wish.TRAIN if run.status in ACTIVE else Wish.LOOK)


def current_run(lab: Lab) -> Run | None:
    """Return the run that this session is looking at, if it is still there."""
    shown = state_of(lab.concept).run
    try:
        return desk().poll(shown).run
    except UnknownRun:
        return _kept(lab, shown.removeprefix(PREFIX)) if shown.startswith(PREFIX) else None


def _kept(lab: Lab, run_id: str) -> Run | None:
    """Return a run of this page from the visitor's notebook, if it is still there."""
    try:
        found = kept_run(run_id)
        return found if found.experiment == lab.concept else None
    except Refusal as refusal:
        st.toast(_("The run that was asked for cannot be shown: {reason}.").format(
            reason=said(refusal)), icon=":material/link_off:")
        return None


def _start(lab: Lab, settings: Settings, wanted: Wish) -> Run:
    """Replace the session's run: by a finished one with these settings, else by a new one.

    Whoever comes back goes on with the run that they left. Whoever comes by a link to settings
    that nobody has stored sees them trained at once, unless that takes long.

    Args:
        wanted: whoever wants to look or to be shown something takes what there is.
    """
    old = current_run(lab)
    if old and not old.stored and old.status is Status.FINISHED and not old.changes:
        remember(old)
    first, changes = carried.moves(lab.concept, settings)
    left = (left_run(lab.concept, settings, changes)
            if old is None and wanted is Wish.LOOK else None)
    known = left or (None if changes else finished_run(lab.concept, settings))
    if known and wanted in (Wish.LOOK, Wish.SHOW):
        run_id = known.id
    else:
        run_id = desk().start(lab.concept, first, paused=True, changes=changes)
        desk().wait(run_id, 0)
        if wanted is Wish.TRAIN or (old is None and wanted is Wish.LOOK and lab.is_ready(settings)
                                    and not long_run.preset_with(lab, settings)):
            _resume(desk().poll(run_id).run)
        if wanted is Wish.STEP:
            desk().step(run_id)
            desk().wait(run_id, 1)
    state_of(lab.concept).run = run_id
    needed = before.take(lab, old.id if old else "", run_id)
    if old and not (old.stored or needed or pins.hold(old) or is_remembered(old)):
        desk().leave(old.id)
    return desk().poll(run_id).run


def _show_kept(lab: Lab, run: Run) -> Run:
    """Show a run from the notebook, with its knobs and its own data."""
    here, now, old = state_of(lab.concept), run.settings_at(math.inf), current_run(lab)
    here.run = run.id
    here.take_moves()
    here.take_wish()
    if old and not (old.stored or pins.hold(old) or is_remembered(old)):
        desk().leave(old.id)
    lab.take(run.settings)
    if any(getattr(now, name) != value for name, value in here.values.items()):
        choose(lab.settings, {name: getattr(now, name) for name in lab.settings.knobs()})
        st.rerun()
    return run


def _resume(run: Run) -> Run:
    target = run.step + 1
    try:
        desk().resume(run.id)
        if desk().poll(run.id).run.status is Status.RUNNING:
            desk().wait(run.id, target, FIRST_STEP_WAIT)  # the page comes back with news on it
    except EngineFull as full:
        st.toast(_("No place to train now: {reason}.").format(reason=said(full)),
                 icon=":material/hourglass:")
    return run


def _bench(lab: Lab) -> None:
    run = current_run(lab)
    if run is None:
        st.rerun()
        return
    event = read_event(plot_key(lab), run.id)
    frames, kept = news(lab, run, event.since if event and event.kind == "resync" else None)
    live_plot(
        key=plot_key(lab),
        panels=before.panels(lab, run),
        run=run.id,
        frames=frames,
        curves=attempt(lambda: _curves(lab, run), {}),
        kept=kept,
        total=run.last_step,
        live=run.status in ACTIVE,
        starts=run.starts,
        opens=attempt(lambda: lab.opens(run), None) if run.stored else None,
        source=source(run, _(lab.title)),
        answer=attempt(lambda: _answer(lab, run, event), None),
    )
    with st.container(gap="xsmall"):
        _what_to_watch(lab)
        if long := long_run.preset_of(lab, run):
            long_run.offer(lab, run, long)
        if run.status is Status.FAILED:
            st.error(_("This run failed: {reason}. What it had shown stays on the screen.")
                     .format(reason=said(run.refusal)))
        if run.resumed and not run.status.over:
            st.caption(_("The training process ended at step {step:,}, and another one took this "
                         "run over. Its numbers are those that it would have had anyway.")
                       .format(step=run.resumed[-1]))
        if pins.pinned(lab.concept):
            pins.row(lab, run)
        attempt(lambda: lab.tools(run), None)
    play_bar(lab, run, desk().poll(run.id).position, plot_key(lab), lambda: _keeping(lab, run))
    _write_address(lab, run)
    if event and event.kind in ("click", "drag") and attempt(lambda: lab.act(run, event), False):
        st.rerun()
    here = state_of(lab.concept)
    if (here.moment is not None and here.moment != (run.id, shown(lab, run).step)
            and not _is_active(run)):
        st.rerun()  # the tabs speak of the moment shown
    if here.wish or _is_active(run) != here.active:
        st.rerun()


def _curves(lab: Lab, run: Run) -> dict[str, Any]:
    """Return the curves, with the turns of knobs on them and those of a pinned run under them."""
    own = pins.marked(lab.curves(run), run)
    other = pins.ghost(lab, run)
    return pins.under(own, lab.curves(other)) if other else own


def _keeping(lab: Lab, run: Run) -> None:
    """Draw what keeps a run, and what goes on from a moment of it."""
    if run.id in pins.pinned(lab.concept):
        st.button(_("Unpin"), key="pin", icon=":material/keep_off:", on_click=pins.unpin,
                  args=(lab.concept, run.id), help=_("Let this run go when the next one starts."))
    else:
        st.button(_("Pin"), key="pin", icon=":material/keep:", on_click=pins.pin, args=(run,),
                  disabled=not run.history.kept,
                  help=_("This run stays beside the next one: its figure, and its curves under "
                         "the new ones."))
    branch_menu(lab, run)


def _write_address(lab: Lab, run: Run) -> None:
    """Let the address lead back to this page as it is."""
    values = state_of(lab.concept).values
    now = run.settings_at(math.inf)
    if any(getattr(now, name) != value for name, value in values.items()):
        return  # the knobs are still to be drawn as the run has them
    kept = kept_id(run) if is_kept(run) else ""
    if not address.write(lab, values, carried.gather(lab, run, values), kept):
        st.caption(_("The link to this page does not carry your points and changes: they take "
                     "more than {size} kB.").format(size=carried.MAX_CHARACTERS // 1000))


def _answer(lab: Lab, run: Run, event: Event | None) -> dict[str, Any] | None:
    """Return the answer to the newest event; it is sent until the next one has another.

    A script that is run again at once may overtake the message in which it was sent first. What
    takes longer than a page waits is asked again until the answer is there.
    """
    here = state_of(lab.concept)
    if event and event.kind != "resync":
        here.unanswered = run.id, event
    asked, here.unanswered = here.unanswered, None
    if asked is None or asked[0] != run.id:
        return here.reply
    about = asked[1]
    to = {"id": about.id, "panel": about.panel}
    with aside() as told:
        reply = lab.answer(run, about)
    if told.late:
        here.unanswered = asked
        here.reply = {**to, "id": f"{about.id} is late", "text": _("The answer is under way ...")}
        return here.reply
    waited = here.reply and here.reply["id"] == f"{about.id} is late"
    if told.refusals:
        reply = {"text": told.refusals[-1]}
    here.reply = {**to, **(reply or {})} if reply or waited else None
    return here.reply


def _is_active(run: Run) -> bool:
    """Tell whether snapshots are to come without anybody asking."""
    return run.status in ACTIVE or not (run.history.kept or run.status.over)


def _tabs(lab: Lab, active: bool) -> None:
    names = (_("Explore"), _("Compare"), _("How it works"), _("Code"))
    explore, beside, how, code = st.tabs(names, key=f"tabs-{lab.concept}", on_change="rerun")
    with explore:
        if explore.open:
            waiting = engine().place is None
            every = POLL_SECONDS if waiting else SLOW_POLL_SECONDS if active else None
            top(_explore, f"explore {lab.concept}", every)(lab, waiting)
    with beside:
        if beside.open:
            top(_compare, f"compare {lab.concept}", SLOW_POLL_SECONDS if active else None)(lab)
    with how:
        if how.open:
            top(_how_it_works, f"how {lab.concept}", PROSE_SECONDS if active else None)(lab)
    with code:
        if code.open:
            attempt(lambda: code_tab(lab.code, current_run(lab)), None)


def _at_the_moment(lab: Lab) -> Run | None:
    """Return the run as it stood at the moment shown, and note which that was."""
    run = current_run(lab)
    then = shown(lab, run) if run else None
    state_of(lab.concept).moment = (then.id, then.step) if then else None
    if run and then and then.step < run.step:
        st.caption(_("You look at step {shown:,}, and so do the figures here. The model itself "
                     "answers as it is now, at step {now:,}.").format(shown=then.step,
                                                                      now=run.step))
    return then


def _explore(lab: Lab, waiting: bool) -> None:
    """Draw the Explore tab; whoever comes to the page sees its figures first."""
    if ask.ON_ARRIVAL and time.monotonic() < state_of(lab.concept).came + FIGURES_FIRST:
        st.caption(_(":material/hourglass_top: The answer is under way ..."))
        soon()
    elif engine().place is None:
        st.caption(_("The training process is starting ..."))
    elif waiting:
        st.rerun()
    elif run := _at_the_moment(lab):
        lab.explore(run)


def _compare(lab: Lab) -> None:
    if run := current_run(lab):
        compare_tab(lab, run)


def _how_it_works(lab: Lab) -> None:
    how_it_works(lab, _at_the_moment(lab))
