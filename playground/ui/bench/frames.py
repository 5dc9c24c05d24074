"""The frames of a run: its figures and its caption at each moment, on their way to the browser."""

import functools
import threading
from collections import OrderedDict
from typing import Any

from playground.language import language
from playground.runs.run import Run
from playground.ui.bench import before
from playground.ui.bench.lab import Lab
from playground.ui.bench.live_plot import is_new, read_shown
from playground.ui.bench.state import state_of
from playground.ui.bench.trouble import attempt_each

MAX_REMEMBERED = 240

Frame = dict[str, Any]

_frames: OrderedDict[tuple[str, int, str, str], Frame] = OrderedDict()
_lock = threading.Lock()


def plot_key(lab: Lab) -> str:
    """Return the name of the page's live plot in the session."""
    return f"figures-{lab.concept}"


def shown(lab: Lab, run: Run) -> Run:
    """Return the run as it stood at the moment that the visitor looks at."""
    number = read_shown(plot_key(lab), run.id)
    return run.at(number) if number in run.history.kept else run


def news(lab: Lab, run: Run, since: int | None) -> tuple[list[Frame], list[int]]:
    """Return the frames that the browser has not got yet, and the numbers of all that there are.

    Args:
        since: the browser has nothing after this number, and says so; None where it is silent.
    """
    here = state_of(lab.concept)
    of, newest, failed = here.sent
    if of != run.id:
        newest, failed = -1, frozenset()
    elif is_new(plot_key(lab)):
        newest = -1
    last = newest if since is None else since
    kept = list(run.history.kept)
    wanted = [number for number in kept if number > last and number not in failed]
    frames = attempt_each([functools.partial(_frame, lab, run, number) for number in wanted])
    failed |= set(wanted) - {frame["seq"] for frame in frames}
    here.sent = (run.id, kept[-1] if kept else -1, failed)
    return frames, [number for number in kept if number not in failed]


def _frame(lab: Lab, run: Run, number: int) -> Frame:
    other = before.before(lab, run)
    key = (run.id, number, language.get(), other.id if other else "")
    with _lock:
        if key in _frames:
            _frames.move_to_end(key)
            return _frames[key]
    snapshot = run.history.kept[number]
    frame: Frame = {"seq": number, "step": snapshot.step, "plots": lab.frame(run, snapshot),
                    "caption": lab.caption(run, snapshot)}
    if other and number == min(run.history.kept):  # the later ones show it too: see live_plot
        frame["plots"].update(before.plots(lab, run, other))
    with _lock:
        _frames[key] = frame
        while len(_frames) > MAX_REMEMBERED:
            _frames.popitem(last=False)
    return frame

