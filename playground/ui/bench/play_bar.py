"""The play bar: train, pause, step, reset, new seed, and how far the run is."""

import math
import secrets
from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from playground.engine.base import UnknownRun
from playground.language import N_, _
from playground.runs.run import Run, Status
from playground.settings import Value
from playground.ui.bench import long_run, present
from playground.ui.bench.controls import choose_next
from playground.ui.bench.device import device_text
from playground.ui.bench.lab import Lab
from playground.ui.bench.live_plot import timeline
from playground.ui.bench.session import desk, engine, forget
from playground.ui.bench.state import Wish, wish
from playground.ui.bench.trouble import said

STEP_WAIT = 1.0
STATES = {
    Status.QUEUED: N_("waiting"),
    Status.RUNNING: N_("training"),
    Status.PAUSED: N_("ready"),
    Status.FINISHED: N_("finished"),
    Status.STOPPED: N_("stopped"),
    Status.FAILED: N_("failed"),
}


def play_bar(lab: Lab, run: Run, position: int, plot: str, more: Callable[[], None]) -> None:
    """Draw the buttons, the timeline and the progress of a run, at the bottom of the window.

    On a long run that is over, whatever would train it anew trains its quick variant.

    Args:
        position: its place in the queue, 0 if it does not wait.
        plot: the name of the live plot whose timeline stands here.
        more: draws what else one can do with this run.
    """
    training = run.status in (Status.RUNNING, Status.QUEUED)
    long = long_run.preset_of(lab, run) is not None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="play-bar"):
        if training:
            st.button(_("Pause"), key="pause", icon=":material/pause:", type="primary",
                      on_click=_pause, args=(run,),
                      help=_("Hold after the current step. The space bar does it too."))
        else:
            st.button(_("Train the quick variant") if long else _("Train"), key="train-button",
                      icon=":material/play_arrow:", type="primary",
                      on_click=_train, args=(lab, run),
                      help=_("The knobs turn to a variant of this run that trains quickly, and it "
                             "begins. The space bar does it too.") if long else
                      _("Start, or go on. A finished run starts again from its beginning. "
                        "The space bar does it too."))
        further = next_end(run)
        if further:
            st.button(_("Train further"), key="further", icon=":material/fast_forward:",
                      on_click=_go_further, args=(run, further), help=_(
                          "On from where it stands, to {steps:,} steps. A learning rate that "
                          "falls is planned anew.").format(steps=further))
        ended = run.status.over and not further
        st.button(_("Step"), key="step", icon=":material/skip_next:", on_click=_step, args=(run,),
                  disabled=ended, help=_("This run is over: press Reset, then Step.") if ended
                  else _("Exactly one training step."))
        st.button(_("Reset"), key="reset", icon=":material/restart_alt:", on_click=_reset,
                  args=(lab, run), help=_("To the start of the quick variant, untrained.") if long
                  else _("Back to the start, with the same initial weights."))
        st.button(_("New seed"), key="new-seed", icon=":material/casino:", on_click=_new_seed,
                  args=(lab, run),
                  help=_("The quick variant with other initial weights and other batches.") if long
                  else _("Other initial weights, other batches: does the result depend on luck?"))
        more()
        with st.container(key="progress", gap=None):
            timeline(plot)
            st.progress(run.share, text=_progress(run, position))
        if present.pinned() is not None:
            present.leave(run.experiment)


def _progress(run: Run, position: int) -> str:
    parts = [_steps(run)]
    if engine().place is None and not run.stored:
        return _("The training process is starting ...")
    if run.status is Status.QUEUED and position:
        return _("Place {position} in the queue: all places are taken.").format(position=position)
    if run.status is Status.RUNNING and math.isfinite(speed := run.steps_per_second()) and speed:
        parts.append(_("{speed:.3g} steps/s").format(speed=speed))
        if math.isfinite(left := run.seconds_left()):
            parts.append(_("{seconds:.0f} s left").format(seconds=left))
    elif run.stored:
        text = (_("stored run, {seconds:.0f} s on {device}, {day}") if run.seconds >= 1 else
                _("stored run, under 1 s on {device}, {day}"))
        parts.append(text.format(seconds=run.seconds, device=device_text(run.device),
                                 day=run.created))
    elif run.status is Status.STOPPED:
        parts.append(_("stopped: {reason}").format(reason=said(run.refusal)))
    else:
        paused = run.status is Status.PAUSED and run.step > 0
        parts.append(_("paused") if paused else _(STATES[run.status]))
    if not run.stored and (place := engine().place):
        parts.append(device_text(place.name))
    return " · ".join(parts)


def _steps(run: Run) -> str:
    if run.last_step:
        return _("{step:,} of {total:,} steps").format(step=run.step, total=run.last_step)
    if run.progress is not None:
        return _("{share:.0%} of the time, {step:,} steps").format(share=run.share, step=run.step)
    return _("building the model")


def _train(lab: Lab, run: Run) -> None:
    long_run.turn_quick(lab, run)
    wish(Wish.TRAIN if run.status.over else Wish.RESUME)


def _pause(run: Run) -> None:
    with suppress(UnknownRun):
        desk().pause(run.id)


def next_end(run: Run) -> int | None:
    """Return to how many steps a finished run can be trained on, or None if it cannot."""
    if not run.further:
        return None
    return next((stop for stop in run.settings.stops("steps") if stop > run.step), None)


def _go_further(run: Run, steps: int) -> None:
    if _extend(run, steps):
        wish(Wish.RESUME)


def _extend(run: Run, steps: int) -> bool:
    """Let a finished run have more steps, and the knob say so; tell whether that was possible."""
    try:
        desk().go_further(run.id, steps)
    except (ValueError, UnknownRun):
        st.toast(_("The model is not in memory any more: press Train for a new run."),
                 icon=":material/hourglass_disabled:")
        return False
    forget(run)
    choose_next("steps", steps)
    return True


def _step(run: Run) -> None:
    with suppress(UnknownRun):  # the page draws a new one then
        one_step(run)


def one_step(run: Run, **changes: Value) -> None:
    """Let a run make one step, a finished one too if it can be trained on.

    Args:
        changes: live knobs that move before it.

    Raises:
        UnknownRun: it was dropped.
    """
    further = next_end(run)
    if further is not None and not _extend(run, further):
        return
    if changes:
        desk().update(run.id, **changes)
    desk().step(run.id)
    desk().wait(run.id, run.step + 1, STEP_WAIT)
    if further:
        wish(Wish.LOOK)  # draws the knobs too


def _reset(lab: Lab, run: Run) -> None:
    long_run.turn_quick(lab, run)
    wish(Wish.RESET)


def _new_seed(lab: Lab, run: Run) -> None:
    long_run.turn_quick(lab, run)
    choose_next("seed", secrets.randbelow(10_000))
    wish(Wish.TRAIN)
