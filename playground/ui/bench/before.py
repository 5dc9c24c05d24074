"""Before and after: what a fix mends stays on the screen beside it, until the next choice."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from playground.engine.base import UnknownRun
from playground.language import _
from playground.presets import Preset
from playground.runs.run import Run
from playground.ui.bench import pins
from playground.ui.bench.lab import Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.bench.session import desk, is_remembered
from playground.ui.bench.state import Mending, state_of

NAME = "before"


def keep(lab: Lab, broken: Preset) -> None:
    """Note that the broken run is to stay on the screen, beside the next one. For callbacks.

    It is the run that is shown, or if that was mended already, the one that stands beside it.
    """
    here = state_of(lab.concept)
    pair = here.beside
    is_mended = pair and (pair.by, pair.label) == (here.run, broken.label)
    here.asked = Mending(pair.broken if pair and is_mended else here.run, broken.label)


def take(lab: Lab, last_id: str, next_id: str) -> bool:
    """Let a run stand beside the next one, if a fix has asked for it; else free the one there was.

    Args:
        last_id: the run that was on the screen until now.

    Returns:
        Whether that run is still needed.
    """
    here = state_of(lab.concept)
    asked, old = here.asked, here.beside
    here.asked = here.beside = None
    wanted = asked.broken if asked else ""
    if old and old.broken not in (wanted, last_id):
        _forget(old.broken)
    if not asked or not wanted or wanted not in (last_id, old.broken if old else ""):
        return False
    here.beside = replace(asked, by=next_id)
    with suppress(UnknownRun):
        run = desk().poll(wanted).run
        if not run.stored and not run.status.over:
            desk().stop(wanted)
    return bool(wanted == last_id)


def before(lab: Lab, run: Run) -> Run | None:
    """Return the run that this one mends, or else the newest that is pinned, if there is one."""
    pair = state_of(lab.concept).beside
    if pair is None or pair.by != run.id:
        return pins.ghost(lab, run)
    try:
        other = desk().poll(pair.broken).run
    except UnknownRun:
        return None
    return other if other.history.last else None


def panels(lab: Lab, run: Run) -> list[Panel]:
    """Return the page's figures; after a fix, what it mends stands beside its counterpart."""
    own = lab.panels(run.settings)
    other = before(lab, run)
    if other is None:
        return own
    place = next((i for i, panel in enumerate(own) if panel.name == _panel(lab, own)), 0)
    past = replace(own[place], name=NAME, events=(), zoom=True, twin=True,
                   title=_title(lab, run, other),
                   alt=_("The same figure of the run before"))
    return [own[place], past, *own[:place], *own[place + 1:]]


def _title(lab: Lab, run: Run, other: Run) -> str:
    if other.id not in pins.pinned(lab.concept):
        return _("Before, step {step:,}").format(step=other.step)
    differs = pins.difference(run, other)
    if not differs:
        return _("Pinned, step {step:,}").format(step=other.step)
    return _("Pinned: {difference}").format(difference=differs)


def plots(lab: Lab, run: Run, other: Run) -> dict[str, Any]:
    """Return the figure of the run before, at its end, under the name of its panel."""
    assert other.history.last
    name = _panel(lab, lab.panels(run.settings))
    drawn = lab.frame(other, other.history.last)
    return {NAME: drawn[name]} if name in drawn else {}


def _panel(lab: Lab, own: list[Panel]) -> str:
    pair = state_of(lab.concept).beside
    pair = pair if pair and pair.by == state_of(lab.concept).run else None
    preset = next((item for item in lab.presets if pair and item.label == pair.label), None)
    return preset.panel if preset and preset.panel else own[0].name


def _forget(run_id: str) -> None:
    with suppress(UnknownRun):
        run = desk().poll(run_id).run
        if not run.stored and not is_remembered(run):
            desk().drop(run_id)
