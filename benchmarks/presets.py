"""How long each preset and each fix trains: which of them need a stored run.

The figures are kept in `presets.json`. What is in there is not measured again: delete the file to
measure all of them anew.
"""

import functools
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks._report import report
from playground import concepts, gallery
from playground.experiments.contest import Contest
from playground.experiments.gradient_contestant import GradientContestant
from playground.settings import Settings, Value
from playground.training.recipe import begin

RECORD = Path(__file__).with_suffix(".json")
SAMPLE_SECONDS = 2.0
SAMPLE_SHARE = 0.25
PATIENCE = 60.0

Entry = dict[str, Any]


def measure() -> None:
    """Print for each preset without a stored run how long it trains, in seconds of one core.

    It is extrapolated from the first `SAMPLE_SECONDS`, or from a quarter of the training if that
    is longer, with the time that its pace lets it wait. `longest_preset` shall be `PATIENCE` at
    most: whoever waits longer needs a stored run.
    """
    record = {concept: [entry for entry in entries if _is_wanted(concept, entry)]
              for concept, entries in _record().items()}
    for concept, title, values in variants():
        if gallery.name_of(concept, _settings(concept, values)) or seconds(concept, values):
            continue
        took = _seconds(concept, values)
        report(f"{concept}: {title}", took, "s")
        record.setdefault(concept, []).append({"changes": dict(values), "seconds": round(took, 1),
                                               "steps": _steps(concept, values)})
        _write(record)
    report("longest_preset", max(entry["seconds"] for entries in record.values()
                                 for entry in entries), "s")


def variants() -> Iterator[tuple[str, str, Mapping[str, Value]]]:
    """Go through all presets and their fixes: concept, what is pressed, knob values."""
    for concept in concepts.names():
        for preset in concepts.presets(concept):
            for title, values in preset.variants().items():
                yield concept, title, values


def seconds(concept: str, values: Mapping[str, Value]) -> float | None:
    """Return how long a preset or a fix trains, as it was measured; None if it was not."""
    wanted = _settings(concept, values)
    return next((entry["seconds"] for entry in _record().get(concept, [])
                 if _settings(concept, entry["changes"]) == wanted
                 and entry["steps"] == _steps(concept, values)), None)


@functools.cache
def _record() -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    return found


def _write(record: Mapping[str, list[Entry]]) -> None:
    parts = (f" {json.dumps(concept)}: [\n"
             + ",\n".join(f"  {json.dumps(entry)}" for entry in entries) + "\n ]"
             for concept, entries in sorted(record.items()))
    RECORD.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    _record.cache_clear()


def _settings(concept: str, values: Mapping[str, Value]) -> Settings:
    return concepts.settings_type(concept)(**values)


def _steps(concept: str, values: Mapping[str, Value]) -> int | None:
    return getattr(_settings(concept, values), "steps", None)


def _is_wanted(concept: str, entry: Entry) -> bool:
    """Tell whether a preset still has these settings."""
    return any(name == concept and dict(values) == entry["changes"]
               and _steps(concept, values) == entry["steps"]
               for name, _, values in variants())


def _seconds(concept: str, values: Mapping[str, Value]) -> float:
    settings = _settings(concept, values)
    _run, training = begin(concept, settings, "cpu")
    experiment = training.experiment
    if isinstance(experiment, Contest) and experiment.settings.budget == "seconds":
        learning = [each for each in experiment.contestants.values()
                    if isinstance(each, GradientContestant)]  # the others need hardly any
        return float(experiment.settings.seconds * len(learning))
    began = time.process_time()

    def is_enough() -> bool:
        spent, done = time.process_time() - began, training.step
        return done > 0 and not training.halfway and spent > max(
            SAMPLE_SECONDS, SAMPLE_SHARE * spent * experiment.total_steps / done)

    training.train(is_enough=is_enough)
    total = training.step if training.over else experiment.total_steps
    taken = (time.process_time() - began) * total / max(training.step, 1)
    return max(taken, total / experiment.pace) if experiment.pace else taken
