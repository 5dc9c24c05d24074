"""Long runs, of which there is a stored one: whoever trains one anew sees its quick variant.

All of it is trained by a button of its own, which says how long that takes.
"""

import math
from collections.abc import Mapping

import streamlit as st

from playground.language import _, plural, sentences
from playground.presets import Preset
from playground.runs.run import Run
from playground.settings import Settings, Value
from playground.ui.bench import present
from playground.ui.bench.controls import choose
from playground.ui.bench.device import device_text
from playground.ui.bench.lab import Lab
from playground.ui.bench.session import engine, stored_run
from playground.ui.bench.source import in_order, in_words
from playground.ui.bench.state import Wish, wish

MINUTE = 60
IN_SECONDS = 90  # a shorter time is said in seconds


def preset_of(lab: Lab, run: Run) -> Preset | None:
    """Return the preset of a run that is over and took long to train, None for every other run."""
    return preset_with(lab, run.settings_at(math.inf)) if run.status.over else None


def preset_with(lab: Lab, settings: Settings) -> Preset | None:
    """Return the preset with these settings, if it takes long to train."""
    return next((preset for preset in lab.presets if preset.quick is not None
                 and lab.settings(**preset.changes) == settings), None)


def turn_quick(lab: Lab, run: Run, changes: Mapping[str, Value] | None = None) -> None:
    """Turn the knobs of a long run to its quick variant in the next run of the page.

    Args:
        changes: knobs that stand otherwise all the same.
    """
    preset = preset_of(lab, run)
    if preset and preset.quick is not None:
        choose(lab.settings, {**preset.quick, **(changes or {})})


def follow(lab: Lab, run: Run, values: Mapping[str, Value]) -> None:
    """After a knob of a long run was turned, let the others stand at its quick variant.

    Args:
        values: how the knobs stand that are on the page.
    """
    now = run.settings_at(math.inf)
    turn_quick(lab, run, {name: value for name, value in values.items()
                          if value != getattr(now, name)})
    wish(Wish.SHOW)
    st.toast(_("The other knobs now stand at the quick variant of this long run."),
             icon=":material/speed:")
    st.rerun()


def offer(lab: Lab, run: Run, preset: Preset) -> None:
    """Say how long the stored run took and what Train shows instead; let it be trained anyway.

    Who presents reads it on the button alone.
    """
    if present.pinned() is not None:
        return
    stored = stored_run(lab.concept, run.settings_at(math.inf)) or run
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="long-run"):
        st.caption(":material/speed: " + sentences(_took(stored), _instead(lab, run, preset)),
                   width="content")
        minutes = _minutes(stored.seconds)
        st.button(plural("Train all of it: {n} minute", "Train all of it: {n} minutes",
                         minutes).format(n=minutes),
                  key="train-all", type="tertiary", icon=":material/hourglass_top:",
                  on_click=wish, args=(Wish.TRAIN,), help=_about_all(stored))


def _took(stored: Run) -> str:
    minutes = _minutes(stored.seconds)
    return plural("The stored run took {n} minute.", "The stored run took {n} minutes.",
                  minutes).format(n=minutes)


def _instead(lab: Lab, run: Run, preset: Preset) -> str:
    """Say what is trained instead, and where somebody has stored it, how long that took."""
    quick = lab.settings(**(preset.quick or {}))
    what = _named(lab, run, quick)
    known = stored_run(lab.concept, quick)
    if known is None:
        return _("Train shows a quick variant: {what}.").format(what=what)
    if known.seconds < IN_SECONDS:
        seconds = max(1, round(known.seconds))
        return plural("Train shows a quick variant, about {n} second long: {what}.",
                      "Train shows a quick variant, about {n} seconds long: {what}.",
                      seconds).format(n=seconds, what=what)
    minutes = _minutes(known.seconds)
    return plural("Train shows a quick variant, about {n} minute long: {what}.",
                  "Train shows a quick variant, about {n} minutes long: {what}.",
                  minutes).format(n=minutes, what=what)


def _named(lab: Lab, run: Run, quick: Settings) -> str:
    """Return what the chip of these settings says, or which knobs stand otherwise."""
    for preset in lab.presets:
        if lab.settings(**preset.changes) == quick:
            return _(preset.label)
    now = run.settings_at(math.inf)
    return " · ".join(in_words(quick, name) for name in in_order(quick)
                      if getattr(quick, name) != getattr(now, name))


def _about_all(stored: Run) -> str:
    text = _("These settings from their beginning. The stored run was trained on {device}.")
    limit = engine().limits.seconds
    if stored.seconds <= limit:
        return text.format(device=device_text(stored.device))
    minutes = _minutes(limit)
    ends = plural("Here a run ends after {n} minute of training, finished or not.",
                  "Here a run ends after {n} minutes of training, finished or not.", minutes)
    return sentences(text.format(device=device_text(stored.device)), ends.format(n=minutes))


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / MINUTE))
