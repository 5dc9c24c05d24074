"""Where a saved figure comes from: its page, its run and its settings, in words."""

import math
from dataclasses import dataclass

from playground.language import _
from playground.runs.run import Run
from playground.settings import GROUPS, Settings


@dataclass(frozen=True)
class Source:
    """What a figure that is saved as a file says about itself.

    Attributes:
        file: how the file's name begins, e.g. "arena_moons".
        page: the page's title, translated.
        settings: the settings in words; empty where there are none.
    """

    file: str
    page: str
    settings: str = ""


def source(run: Run, page: str) -> Source:
    """Return the source of a run's figures.

    Args:
        page: the page's title, translated.
    """
    now = run.settings_at(math.inf)
    parts = [run.experiment, getattr(now, "dataset", "")]
    return Source("_".join(filter(None, parts)), page,
                  " · ".join(in_words(now, name) for name in in_order(now)))


def in_order(settings: Settings) -> list[str]:
    """Return the names of the knobs that matter, in the order of the sidebar."""
    knobs = settings.knobs()
    return sorted(filter(settings.shown, knobs), key=lambda name: GROUPS.index(knobs[name].group))


def in_words(settings: Settings, name: str) -> str:
    """Return a knob and its value as the sidebar shows them, e.g. "Data set: Moons"."""
    item, value = settings.knobs()[name], getattr(settings, name)
    if value in (named := {**item.choices, **item.examples}):
        shown = _(named[value])
    elif isinstance(value, bool):
        shown = _("on") if value else _("off")
    else:
        shown = f"{value:g}" if isinstance(value, float) else str(value)
    return _("{knob}: {value}").format(knob=_(item.label), value=shown)
