"""The handover: what a server that is told to end leaves for the one that comes after it."""

import json
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from playground.engine import checkpoints
from playground.refusal import Refusal
from playground.runs import files
from playground.runs.run import Run, Status

STANDING = "standing.json"


def folder() -> Path:
    """Return where it is: `PLAYGROUND_STATE`, or in the user's own folder for such things."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(os.environ.get("PLAYGROUND_STATE") or Path(home) / "generative-playground")


def leave(left: Iterable[Run], place: Path) -> None:
    """Write runs with their histories, weights and checkpoints, each whole or not at all.

    Nobody but this user can read them. What cannot be written is left out.
    """
    with suppress(OSError):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for run in left:
            with suppress(OSError):
                half = place / f".{run.id}"
                files.save(run, half)
                if run.folder and (run.folder / checkpoints.NAME).exists():
                    shutil.copy(run.folder / checkpoints.NAME, half)
                (half / STANDING).write_text(json.dumps(
                    {"owner": run.owner, "status": run.status, "background": run.background,
                     "sweep": run.sweep}))
                half.replace(place / run.id)


def find(place: Path, spool: Path) -> list[Run]:
    """Take what was left, and return the runs, as they stood then.

    Args:
        place: where they were left; nothing remains there.
        spool: each run gets a folder of its own in it.
    """
    found = []
    for old in sorted(place.glob("[0-9a-f]*")):
        new = spool / old.name
        try:
            shutil.move(old, new)
            found.append(_read(new))
        except (OSError, ValueError, KeyError, Refusal):
            shutil.rmtree(new, ignore_errors=True)
    return found


def _read(folder: Path) -> Run:
    run = files.load(folder, folder.name)
    standing = json.loads((folder / STANDING).read_text())
    run.owner, run.background = str(standing["owner"]), bool(standing["background"])
    run.sweep = str(standing.get("sweep", ""))
    run.status, run.stored = Status(standing["status"]), False
    return run
