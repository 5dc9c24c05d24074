"""A run in a folder: all that it takes to look at it, to ask its model, and to train it on."""

import math
import secrets
import tempfile
from pathlib import Path
from typing import Any

from playground.engine import checkpoints
from playground.engine.messages import Checkpoint
from playground.experiments.base import Experiment, experiment_type
from playground.experiments.sliced import Build
from playground.language import N_
from playground.refusal import Refusal
from playground.runs import files, weights
from playground.runs.run import Run, Status
from playground.training.recipe import Training

WEIGHTS = "weights.safetensors"


def carry_on(folder: Path, device: str, steps: int | None = None) -> tuple[Run, Training]:
    """Return the run of a folder, and its training where it stood.

    Where its numbers were not put away it has to go through its steps again.

    Args:
        steps: up to which a run that is finished shall be trained further.

    Raises:
        Refusal: it is finished and not told how to go on, or its folder is not whole.
    """
    run = files.load(folder, secrets.token_hex(16))
    if steps is None and run.status is Status.FINISHED:
        raise Refusal(N_("this run is finished at step {step}; say with --steps how far it shall "
                         "go"), step=run.step)
    if steps is not None:
        if not experiment_type(run.experiment).goes_further:
            raise Refusal(N_("this model has no steps after its end; train it anew"))
        if steps <= run.step:
            raise Refusal(N_("{name} must be more than {low}, got {value!r}"), name="steps",
                          low=run.step, value=steps)
        run.settings_at(math.inf).with_changes(steps=steps)
        run.changes.append((run.step, {"steps": steps}))
    experiment_type(run.experiment).prepare(run.settings)
    training = Training(run.experiment, run.settings.model_dump(), device, run.changes)
    training.build()
    if saved := checkpoints.read(folder):
        training.recall({name: saved[name] for name in ("step", "seconds", "state", "random")})
    run.status = Status.PAUSED
    return run, training


def check_place(folder: Path) -> None:
    """Refuse to put a run where something else is.

    Raises:
        Refusal: there is something, and it is neither a run nor an empty folder.
    """
    if folder.exists() and not (folder / "run.json").is_file() and (
            not folder.is_dir() or any(folder.iterdir())):
        raise Refusal(N_("a run is kept in a new folder, an empty one, or in place of another "
                         "run, got {folder!r}"), folder=str(folder))


def keep(run: Run, training: Training, folder: Path) -> None:
    """Write a run to a folder: its history, the weights, and what it takes to train it on.

    A run that was there is replaced.

    Raises:
        Refusal: something else is there.
    """
    folder = folder.resolve()
    check_place(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        run.folder = Path(scratch)
        if trained := training.experiment.weights():
            weights.save(trained, run.folder / WEIGHTS)
        half = run.folder / "half"
        files.save(run, half)
        if not training.experiment.replays and run.status is not Status.FAILED:
            checkpoints.write(Checkpoint(run.id, **training.checkpoint()), half)
        if folder.exists():
            folder.replace(run.folder / "replaced")
        half.replace(folder)
    run.folder = folder


def model(folder: Path, device: str) -> tuple[Run, Experiment[Any]]:
    """Return the run of a folder, and its trained model.

    Raises:
        Refusal: its folder is not whole, or holds no weights.
    """
    run = files.load(folder, secrets.token_hex(16))
    now = run.settings_at(math.inf)
    experiment_type(run.experiment).prepare(now)
    build = Build(run.experiment, now.model_dump(), device)
    build.advance(math.inf)
    build.experiment.restore(weights.load(folder / WEIGHTS))
    return run, build.experiment
