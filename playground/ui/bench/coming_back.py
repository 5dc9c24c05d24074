"""Coming back: whoever reloads a page, or opens it again in time, goes on with the run they left.
"""

import math
from collections.abc import Sequence

from playground.runs.run import Change, Run, Status
from playground.settings import Settings
from playground.ui.bench.session import tab


def left_run(concept: str, settings: Settings, changes: Sequence[Change]) -> Run | None:
    """Take up the visitor's newest run that stands at these settings and that no open tab has.

    Args:
        settings: as the address has them.
        changes: by which a run must have come to these settings; any will do if there are none.
    """
    here = tab()
    return next((run for run in here.desk.runs(concept)
                 if _is_worth_it(run) and run.settings_at(math.inf) == settings
                 and _came_by(run, changes) and here.take(run.id)), None)


def _is_worth_it(run: Run) -> bool:
    """Tell whether a run is more than a new one: it has trained, or waits to."""
    return not (run.background or run.stored) and (run.step > 0 or run.status is not Status.PAUSED)


def _came_by(run: Run, changes: Sequence[Change]) -> bool:
    """Compare changes but for their steps: the worker tells them later than the address does."""
    moved = sorted(((step, change) for step, change in run.changes if step and change),
                   key=lambda each: each[0])
    return not changes or [change for _, change in changes] == [change for _, change in moved]
