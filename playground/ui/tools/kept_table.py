"""Kept runs as rows: what a table and a CSV file say of them."""

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from playground.language import _
from playground.measures import Measure
from playground.runs.run import Run
from playground.runs.store import Kept
from playground.settings import Settings
from playground.ui.bench.labs import lab_of
from playground.ui.bench.source import in_words
from playground.ui.tools.own_data import plain

Rows = list[dict[str, Any]]
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would calculate


def title(kept: Kept) -> str:
    """Return what a run is called: its name, or else its page and its data, translated."""
    if kept.name:
        return kept.name
    page = _(lab_of(kept.concept).title)
    data = lab_of(kept.concept).settings.knobs().get("dataset")
    if data and kept.dataset in data.choices:
        return _("{page}, {data}").format(page=page, data=_(data.choices[kept.dataset]))
    return page


def settings_of(kept: Kept) -> Settings | None:
    """Return a run's settings; None where its knobs are not those of today."""
    try:
        found: Settings = lab_of(kept.concept).settings(**kept.settings)
    except ValueError:
        return None
    return found


def differing(runs: Sequence[Kept]) -> list[str]:
    """Return the knobs by which some runs of one concept differ, in the sidebar's order.

    What does not count with a run's other knobs is no difference.
    """
    if len({kept.concept for kept in runs}) != 1:
        return []
    known = [found for kept in runs if (found := settings_of(kept))]
    names = lab_of(runs[0].concept).settings.knobs()
    return [name for name in names
            if len({getattr(each, name) for each in known if each.shown(name)}) > 1]


def in_value(kept: Kept, name: str) -> Any:
    """Return a knob's value as a cell shows it: its choice's words, or the number itself."""
    item, value = lab_of(kept.concept).settings.knobs().get(name), kept.settings.get(name)
    if item is None:
        return None
    if value in item.choices:
        return _(item.choices[value])
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return value


def measures_of(concept: str) -> Mapping[str, Measure]:
    """Return what runs of a concept are compared by."""
    return lab_of(concept).measures


def when(kept: Kept) -> datetime:
    """Return when a run was kept."""
    return datetime.fromtimestamp(kept.at, UTC)


def picture(kept: Kept) -> str | None:
    """Return a run's picture for an `<img>`."""
    if kept.picture is None:
        return None
    return f"data:image/webp;base64,{base64.b64encode(kept.picture).decode()}"


def difference(kept: Kept, names: Sequence[str]) -> str:
    """Return some knobs of a run in words, e.g. "beta: 4, Seed: 1"."""
    settings = settings_of(kept)
    if settings is None:
        return title(kept)
    return ", ".join(in_words(settings, name) for name in names if settings.shown(name))


def escaped(text: str) -> str:
    """Return what a person has typed, to be shown letter by letter."""
    return plain(text)


def metrics_csv(runs: Sequence[Kept]) -> str:
    """Return one row for each run: its knobs and the metrics of its last look."""
    knobs = list(dict.fromkeys(name for kept in runs for name in kept.settings))
    metrics = list(dict.fromkeys(name for kept in runs for name in kept.metrics))
    head = ["id", "name", "concept", "status", "kept_at", "steps", "seconds"]
    rows = [[kept.id, _safe(kept.name), kept.concept, kept.status, when(kept).isoformat(),
             kept.step, round(kept.seconds, 3),
             *(kept.settings.get(name, "") for name in knobs),
             *(kept.metrics.get(name, "") for name in metrics)] for kept in runs]
    return _csv([head + knobs + metrics, *rows])


def curves_csv(runs: Mapping[str, Run]) -> str:
    """Return one row for each look at each run, by their ids: step, seconds, metrics."""
    names = list(dict.fromkeys(name for run in runs.values()
                               for _step, _seconds, values in run.history.metrics
                               for name in values))
    rows = [[run_id, step, round(seconds, 4), *(values.get(name, "") for name in names)]
            for run_id, run in runs.items() for step, seconds, values in run.history.metrics]
    return _csv([["id", "step", "seconds", *names], *rows])


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def is_number(value: Any) -> bool:
    """Tell whether a knob's value can be sorted and filtered as a number."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def unusual(kept: Kept) -> list[str]:
    """Return the knobs of a run that do not stand where they stand on arrival."""
    kind = lab_of(kept.concept).settings
    return [name for name in kind.knobs() if kept.settings.get(name) != kind.default(name)]
