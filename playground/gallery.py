"""The gallery: finished runs, shown on arrival and wherever somebody chooses their settings.

`python -m playground.gallery` trains the default runs anew; names of runs after it train just
those, e.g. `vae/default` or a long one, `pixel_cnn/mnist`. Do this after every change that alters
what a run looks like. Large models (`HALVED`, with the number of snapshots that they keep) are
stored in 16 bits.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

from playground import experiments, runs, weights
from playground.engine.base import Limits
from playground.engine.supervisor import WorkerEngine
from playground.settings import Settings, Value

FOLDER = Path(__file__).parents[1] / "model_zoo" / "gallery"
DEFAULT = "default"
MAX_SNAPSHOTS = 40
SECONDS_BETWEEN_REPORTS = 60
LONG: dict[str, dict[str, Value]] = {
    "pixel_cnn/gated": {"model": "gated", "features": 32, "blocks": 5, "dropout": 0.3,
                        "steps": 5000},
    "pixel_rnn/diagonal": {"units": 32, "steps": 2000},
    "pixel_cnn/mnist": {"dataset": "mnist_full", "features": 16, "blocks": 8, "steps": 20_000},
    "pixel_rnn/mnist": {"dataset": "mnist_full", "units": 20, "steps": 10_000,
                        "learning_rate": 0.002},
    "vae/mnist": {"dataset": "mnist_full", "coder": "residual", "latent_dim": 20,
                  "learning_rate": 0.002, "schedule": "cosine", "warm_up": 1000,
                  "batch_size": 200, "steps": 10_000},
    "dcgan/mnist": {"dataset": "mnist_full", "average": 1000, "steps": 20_000},
    "image_arena/mnist": {"dataset": "mnist_full", "pixels": "dynamic", "features": 16,
                          "budget": "seconds", "seconds": 100.0},
}
HALVED = {"vae/mnist": 12, "dcgan/default": MAX_SNAPSHOTS, "dcgan/mnist": 12,
          "image_arena/default": MAX_SNAPSHOTS, "image_arena/mnist": 12,
          "applications/default": 10}


def names() -> list[str]:
    """Return all runs that can be trained and stored, "concept/name"."""
    return [*(f"{concept}/{DEFAULT}" for concept in experiments.names()), *LONG]


def settings(name: str) -> Settings:
    """Return the settings of one of `names`."""
    return experiments.settings_type(name.partition("/")[0])(**LONG.get(name, {}))


def stored(concept: str) -> list[str]:
    """Return the names of a concept's stored runs, the default one first."""
    found = sorted(path.parent.name for path in (FOLDER / concept).glob("*/run.json"))
    return sorted(found, key=lambda name: name != DEFAULT)


def build(wanted: list[str]) -> None:
    """Train runs and store them; report each minute how far they are."""
    engine = WorkerEngine(limits=replace(Limits(), seconds=float("inf")))
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
            (FOLDER / name).parent.mkdir(exist_ok=True)
            runs.save(run, FOLDER / name, max_snapshots=HALVED.get(name, MAX_SNAPSHOTS))
            if name in HALVED:
                weights.halve(FOLDER / name / "weights.safetensors")
            print(f"{name}: {run.step} steps in {run.seconds:.1f} s", flush=True)
    finally:
        engine.close()


if __name__ == "__main__":
    build(sys.argv[1:] or [name for name in names() if name not in LONG])
