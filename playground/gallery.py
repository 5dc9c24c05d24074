"""The gallery: finished runs, shown on arrival and wherever somebody chooses their settings.

`python -m playground.gallery` trains the default runs anew; names of runs after it train just
those, e.g. `vae/default` or a long one, `pixel_cnn/mnist`. Do this after every change that alters
what a run looks like. Which runs there are is said by the presets (`Preset.stored`); a server may
be given more of them by their folders, in `PLAYGROUND_RUNS`.
`python -m playground.gallery measure pixel_cnn/mnist` trains nothing, and measures all held-out
data anew with the stored weights.
The pictures on the home page's cards are of stored runs too: draw them anew afterwards, by
`python -m playground.ui.thumbnails`.

A run takes less than `MAX_BYTES`: so many snapshots are kept as there is room for, and if there is
room for hardly any, the weights are stored in 16 bits.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from playground import concepts
from playground.engine.limits import Limits
from playground.engine.supervisor import WorkerEngine
from playground.runs import files, weights
from playground.runs.run import Run
from playground.settings import Settings, Value

OPENED = "PLAYGROUND_RUNS"
FOLDER = Path(__file__).parents[1] / "model_zoo" / "gallery"
DEFAULT = "default"
MAX_SNAPSHOTS, MIN_SNAPSHOTS = 40, 4
MAX_MEASUREMENTS = 1000
MAX_BYTES = 1_400_000
SECONDS_BETWEEN_REPORTS = 60
LOOKS = 1 / 5  # what looks may cost: the timeline of a stored run is scrubbed by everybody


def changes() -> dict[str, Mapping[str, Value]]:
    """Return all runs that can be trained and stored, "concept/name" -> knob values."""
    found: dict[str, Mapping[str, Value]] = {}
    for concept in concepts.names():
        found[f"{concept}/{DEFAULT}"] = {}
        found |= {f"{concept}/{preset.stored}": preset.changes
                  for preset in concepts.presets(concept) if preset.stored}
    return found


def names() -> list[str]:
    """Return all runs that can be trained and stored, "concept/name"."""
    return list(changes())


def settings(name: str) -> Settings:
    """Return the settings of one of `names`."""
    return concepts.settings_type(name.partition("/")[0])(**changes()[name])


def name_of(concept: str, settings: Settings) -> str | None:
    """Return the name of the stored run that was trained with these settings, if there is one."""
    kind = type(settings)
    known = {name.partition("/")[2]: kind(**values) for name, values in changes().items()
             if name.startswith(f"{concept}/")}
    return next((name for name in stored(concept) if known.get(name) == settings), None)


def arrival(concept: str) -> str:
    """Return the name of the stored run that stands on a page where you arrive."""
    return (concept in concepts.names() and concepts.presets(concept)[0].stored) or DEFAULT


def stored(concept: str) -> list[str]:
    """Return the names of a concept's stored runs, the default one first."""
    found = sorted(path.parent.name for path in (FOLDER / concept).glob("*/run.json"))
    return sorted(found, key=lambda name: name != DEFAULT)


def opened() -> list[Path]:
    """Return the folders of runs that the server was told to show: those in `PLAYGROUND_RUNS`."""
    return [Path(each) for each in os.environ.get(OPENED, "").split(os.pathsep) if each]


def build(wanted: list[str]) -> None:
    """Train runs and store them; report each minute how far they are."""
    engine = WorkerEngine(limits=replace(Limits(), seconds=float("inf"), looks=LOOKS))
    try:
        for name in wanted:
            run_id = engine.start(name.partition("/")[0], settings(name), "gallery")
            reported = time.monotonic()
            while not (run := engine.poll(run_id).run).status.over:
                time.sleep(0.1)
                if time.monotonic() - reported > SECONDS_BETWEEN_REPORTS and run.history.last:
                    reported = time.monotonic()
                    print(f"{name}: step {run.step}, {run.history.last.metrics}", flush=True)
            if run.reason:
                raise RuntimeError(f"{name}: {run.reason}")
            keep(run, FOLDER / name)
            print(f"{name}: {run.step} steps in {run.seconds:.1f} s", flush=True)
            measure(name)
    finally:
        engine.close()


def keep(run: Run, folder: Path) -> None:
    """Store a finished run in a folder, small enough to ship.

    Raises:
        ValueError: it cannot be made small enough.
    """
    folder.parent.mkdir(exist_ok=True)
    trained = folder / "weights.safetensors"
    for halved in (False, True):
        count = MAX_SNAPSHOTS
        while count >= MIN_SNAPSHOTS:
            files.save(run, folder, max_snapshots=count, max_measurements=MAX_MEASUREMENTS)
            if halved and trained.exists():
                weights.halve(trained)
            if sum(path.stat().st_size for path in folder.iterdir()) < MAX_BYTES:
                return
            count = count * 3 // 4
    raise ValueError(f"{folder} must be less than {MAX_BYTES} bytes")


def measure(name: str) -> None:
    """Measure all held-out data with the stored weights of a run, and store the figures."""
    from playground.experiments.base import built
    from playground.training.randomness import fixed_random_state

    run = files.load(FOLDER / name, "gallery")
    with fixed_random_state("cpu", run.settings.seed):  # type: ignore[attr-defined]
        experiment = built(run.experiment, run.settings, "cpu")
    experiment.restore(weights.load(FOLDER / name / "weights.safetensors"))
    run.all_held_out = experiment.all_held_out()
    if run.all_held_out:
        keep(run, FOLDER / name)
        print(f"{name}: {run.all_held_out}", flush=True)


def main(arguments: list[str]) -> None:
    """Do what the command line says; a mistake costs one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m playground.gallery", usage="%(prog)s [-h] [measure] [NAME ...]",
        description="Train runs and store them in model_zoo/gallery; without a name, the one that "
                    f"each concept calls {DEFAULT!r}. With the word measure before the names, "
                    "train nothing, and measure all held-out data anew with the stored weights.",
        epilog=f"These can be trained: {', '.join(names())}.")
    parser.add_argument("given", nargs="*", metavar="NAME", help="a run, CONCEPT/RUN")
    given: list[str] = parser.parse_args(arguments).given
    measures = given[:1] == ["measure"]
    wanted = given[1:] if measures else given
    for name in wanted:
        check(name, measures)
    if measures:
        for name in wanted:
            measure(name)
    else:
        build(wanted or [name for name in names() if name.endswith(f"/{DEFAULT}")])


def check(name: str, measures: bool) -> None:
    """Leave, with a sentence, where there is no such run."""
    concept = name.partition("/")[0]
    near = [each for each in names() if each.startswith(f"{concept}/")]
    if not near:
        sys.exit(f"the concept must be one of {', '.join(concepts.names())}, got {name!r}")
    if name not in near:
        sys.exit(f"the run must be one of {', '.join(near)}, got {name!r}")
    if measures and not (FOLDER / name).exists():
        sys.exit(f"what is measured must be stored, and {name!r} is not trained yet")


if __name__ == "__main__":
    main(sys.argv[1:])
