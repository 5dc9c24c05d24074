"""The gallery: finished default runs that a page shows on arrival.

`python -m playground.gallery` trains them anew, all or those that are named. Do this after every
change that alters what a default run looks like.
"""

import sys
import time
from pathlib import Path

from playground import experiments, runs
from playground.engine.supervisor import WorkerEngine

FOLDER = Path(__file__).parents[1] / "model_zoo" / "gallery"
MAX_SNAPSHOTS = 40


def build(names: list[str]) -> None:
    """Train the default run of each named concept and store it."""
    engine = WorkerEngine()
    try:
        for name in names:
            run_id = engine.start(name, experiments.settings_type(name)(), "gallery")
            while not (run := engine.poll(run_id).run).status.over:
                time.sleep(0.1)
            if run.reason:
                raise RuntimeError(f"{name}: {run.reason}")
            runs.save(run, FOLDER / name, max_snapshots=MAX_SNAPSHOTS)
            print(f"{name}: {run.step} steps in {run.seconds:.1f} s")
    finally:
        engine.close()


if __name__ == "__main__":
    build(sys.argv[1:] or experiments.names())
