"""What the server logs: one event a line, of what happens, and nothing of whom it happens to.

`PLAYGROUND_LOG` chooses what is written to standard error: "json", all events, one JSON object a
line; "text", all events as text; without it, what is a warning or worse, as text.

An event holds numbers, and names that the project has given: no owner, no data, no words that a
person has typed. Of a refusal it has the sentence without its values, and of an error the places
in the code; the error's message only where its kind does not quote what was being worked on.
"""

import functools
import logging
import os
import traceback
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

from playground.refusal import Refusal

Field = str | int | float | bool | list[str] | None
Outcome = Literal["answered", "refused", "failed", "late", "left"]

MAY_QUOTE = (ValueError, LookupError)


def run_started(run: str, experiment: str, device: str) -> None:
    """Log that a run begins to train."""
    _write(logging.INFO, "run_started", run=run, experiment=experiment, device=device)


def run_ended(run: str, experiment: str, status: str, *, steps: int, seconds: float,
              refusal: Refusal | None = None) -> None:
    """Log how a run has ended, after how many steps and seconds of training."""
    _write(logging.INFO, "run_ended", run=run, experiment=experiment, status=status, steps=steps,
           seconds=round(seconds, 3), refusal=outline(refusal) if refusal else None)


def worker_started(device: str, pid: int) -> None:
    """Log that a worker is up."""
    _write(logging.INFO, "worker_started", device=device, pid=pid)


def worker_died(device: str, cause: str, *, runs: int, seconds: float) -> None:
    """Log the end of a worker that should have gone on.

    Args:
        cause: how it ended, e.g. "was killed (SIGKILL)".
        runs: how many runs trained there.
        seconds: its age.
    """
    _write(logging.WARNING, "worker_died", device=device, cause=cause, runs=runs,
           seconds=round(seconds, 3))


def without_cluster(refusal: Refusal) -> None:
    """Log that there is no cluster to train on, and why, with what was not as it must be."""
    _write(logging.WARNING, "without_cluster", reason=str(refusal))


def refused(what: str, refusal: Refusal) -> None:
    """Log that something was not done.

    Args:
        what: a name in the code, e.g. "start", "file", "browser_event".
    """
    _write(logging.INFO, "refused", what=what, refusal=outline(refusal))


def question_ended(experiment: str, question: str, outcome: Outcome, *, seconds: float) -> None:
    """Log how a question has ended, and the seconds from its arrival on."""
    _write(logging.INFO, "question_ended", experiment=experiment, question=question,
           outcome=outcome, seconds=round(seconds, 3))


def failed(number: str, error: BaseException) -> None:
    """Log an error of programming under the number that the visitor reads."""
    _write(logging.ERROR, "error", number=number, kind=type(error).__name__,
           message="" if isinstance(error, MAY_QUOTE) else str(error), places=_places(error))


def outline(refusal: Refusal) -> str:
    """Return the English sentence of a refusal without its values."""
    text = refusal.message
    for name, value in refusal.values.items():
        if isinstance(value, Refusal):
            text = text.replace(f"{{{name}}}", outline(value))
    return text


def _places(error: BaseException) -> list[str]:
    """Return where in the code an error was raised, the innermost place last, causes first."""
    cause = error.__cause__ or error.__context__
    return (_places(cause) if cause else []) + [
        f"{place.filename}:{place.lineno} {place.name}: {place.line}"
        for place in traceback.extract_tb(error.__traceback__)]


class _Line(logging.Formatter):
    """An event as a line of text: its time, its name, its fields; places below."""

    def format(self, record: logging.LogRecord) -> str:
        if not isinstance(record.msg, dict):
            return super().format(record)
        fields = dict(record.msg)
        name, places = fields.pop("event"), fields.pop("places", [])
        told = " ".join(f"{key}={value!r}" for key, value in fields.items())
        head = f"{self.formatTime(record)} {record.levelname} {name} {told}"
        return "\n  ".join([head, *places])


def _write(level: int, event: str, **fields: Field) -> None:
    _log().log(level, {"event": event, **fields})


@functools.cache
def _log() -> logging.Logger:
    """Return the project's logger, set up as `PLAYGROUND_LOG` says."""
    chosen = os.environ.get("PLAYGROUND_LOG", "")
    log, handler = logging.getLogger("playground"), logging.StreamHandler()
    handler.setFormatter(JsonFormatter(["levelname"], rename_fields={"levelname": "level"},
                                       timestamp="time") if chosen == "json" else _Line())
    log.setLevel(logging.INFO if chosen in ("json", "text") else logging.WARNING)
    log.addHandler(handler)
    return log
