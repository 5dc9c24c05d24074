"""Train the presets, and every fix, and keep what their captions read, at some moments of each.

`python tests/record_runs.py vae arena` writes `runs/vae.json` and `runs/arena.json` beside this
file; do so after a change of the models, their training or their measures. On two cores the GAN
takes ten minutes, the DCGAN more than an hour, all others together a quarter of an hour. Names of
presets after the concepts train those alone, e.g. "Sprites". With `--seconds 60` a run ends after
so long, and what it has reached by then is kept; with `--missing` what is there stays.

A run that is in the gallery is not trained: its snapshots are read.
"""

import argparse
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from test_pages import LABS

from playground import gallery
from playground.experiments.base import experiment_type
from playground.experiments.game import GameExperiment
from playground.refusal import Refusal
from playground.runs import files
from playground.settings import Settings, Value
from playground.snapshot import Snapshot
from playground.training.recipe import begin, seen

FOLDER = Path(__file__).with_name("runs")
GAMES = ("gan", "dcgan")
CONCEPTS = (*GAMES, "vae", "autoencoder", "pixel_cnn", "pixel_rnn", "arena", "image_arena",
            "applications")
STORED = {("dcgan", "All of MNIST")}  # of which little is learned: its samples are judged late
READ = ("js", "modes", "high_quality", "fid", "precision", "recall", "density", "coverage")
ALSO = ("shown_real", "shown_fake", "push", "push_at_start", "steepest", "measured_at", "rarest",
        "spread")
PARTS = (0.02, 0.1, 0.2, 0.5)  # of all steps
DIGITS = 4
N_NORMS = 100


def cases(concept: str) -> Iterator[tuple[str, dict[str, Value]]]:
    """Go over the presets of a page and the fixes of those that break: a name, changed knobs."""
    for preset in LABS[concept].presets:
        if (concept, preset.label) not in STORED:
            yield preset.label, dict(preset.changes)
            for label, fix in preset.fixes.items():
                yield f"{preset.label} | {label}", {**preset.changes, **fix}


def table(concept: str) -> dict[str, dict[str, Any]]:
    """Return what is recorded of a concept: by case, the changed knobs and the rows by step."""
    path = FOLDER / f"{concept}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def moments(concept: str, steps: int) -> list[int]:
    """Steps to keep: untrained, before and after the first measurement, on the way, the end."""
    if concept in GAMES:
        kind = experiment_type(concept)
        assert issubclass(kind, GameExperiment)
        every = max(1, steps // kind.n_measurements)
        return [0, every // 2, every,
                *(every * (steps // every * part // 4) for part in (1, 2, 3)), steps]
    return [0, *(max(1, round(steps * part)) for part in PARTS), steps]


def compact(concept: str, metrics: dict[str, float]) -> dict[str, float]:
    """Keep what captions read, with few digits."""
    names: Iterable[str] = metrics
    if concept in GAMES:
        names = [*READ, *(f"floor_{name}" for name in READ), *ALSO]
    return {name: float(f"{metrics[name]:.{DIGITS}g}") for name in names if name in metrics}


def small(concept: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Keep of the arrays what captions read: how far codes lie from 0, how large an image is."""
    kept: dict[str, Any] = {}
    if concept == "vae":
        norms = np.linalg.norm(arrays["codes"], axis=1)
        kept["codes"] = [[round(float(norm), 2)]
                         for norm in np.quantile(norms, np.linspace(0, 1, N_NORMS))]
    elif "image" in arrays:
        kept["image"] = list(arrays["image"].shape)
    return kept


def row(concept: str, seconds: float, metrics: dict[str, float],
        arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return what is kept of a moment, so many seconds after the start."""
    if concept in GAMES:
        return compact(concept, metrics)
    return {"seconds": round(seconds, 1), "metrics": compact(concept, metrics),
            "arrays": small(concept, arrays)}


def snapshot(step: int, kept: dict[str, Any]) -> Snapshot:
    """Make of what is kept a snapshot that a caption can be asked about."""
    if "metrics" not in kept:
        return Snapshot(step, 0.0, kept, {})
    arrays = {name: np.array(each, np.float32) if name == "codes" else np.zeros(each, np.uint8)
              for name, each in kept["arrays"].items()}
    return Snapshot(step, kept.get("seconds", 0.0), kept["metrics"], arrays)


def stored_rows(concept: str, settings: Settings) -> dict[str, Any] | None:
    """Return rows of the run in the gallery with these settings, if there is one."""
    name = gallery.name_of(concept, settings)
    if name is None:
        return None
    run = files.load(gallery.FOLDER / concept / name, "tests")
    kept = {each.step: each for each in run.history.kept.values()}
    wanted = {min(kept, key=lambda step: abs(step - moment))
              for moment in moments(concept, max(kept))}
    return {str(step): row(concept, kept[step].seconds, kept[step].metrics, kept[step].arrays)
            for step in sorted(wanted)}


def record(concept: str, changes: dict[str, Value], seconds: float) -> dict[str, Any]:
    """Train, and return the changed knobs and the rows of the moments to keep, by step."""
    settings = LABS[concept].settings(**changes)
    if found := stored_rows(concept, settings):
        return {"changes": changes, "rows": found}
    _run, training = begin(concept, settings, "cpu")
    rows, started = {}, time.monotonic()

    def late() -> bool:
        return time.monotonic() - started > seconds

    with suppress(Refusal):  # a number was not finite: what was before it is kept
        for moment in moments(concept, training.experiment.total_steps):
            if moment:
                training.train(is_enough=lambda: not training.halfway and (
                    training.step >= moment or late()))  # noqa: B023
            if training.step < moment and not late():
                break  # it has ended by itself
            look = seen(training)
            rows[str(look.step)] = row(concept, time.monotonic() - started, look.metrics,
                                       look.arrays)
            if late():
                break
    return {"changes": changes, "rows": rows}


def main() -> None:
    """Train what is named, or all, and write a concept's file after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--missing", action="store_true")
    asked = parser.parse_intermixed_args()
    words = [name for name in asked.names if name not in CONCEPTS]
    FOLDER.mkdir(exist_ok=True)
    for concept in [name for name in asked.names if name in CONCEPTS] or CONCEPTS:
        for label, changes in cases(concept):
            found = table(concept)
            if (words and not any(word in label for word in words)) or (
                    asked.missing and label in found):
                continue
            found[label] = record(concept, changes, asked.seconds)
            (FOLDER / f"{concept}.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
            print(concept, label, list(found[label]["rows"]), flush=True)


if __name__ == "__main__":
    main()
