"""Some measures of a contest as a figure for the prose."""

from collections.abc import Sequence

from playground.charts.measures import Column, dots
from playground.experiments.contestant import took_part
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.lab import Figure
from playground.ui.tools.contest import Board, cell, measured, value_of


def compared(board: Board, run: Run, measures: Sequence[str], *,
             log: Sequence[str] = ()) -> Figure:
    """Return a figure of all families that take part by some measures, side by side.

    Args:
        board: of the contest.
        run: as it stood at the moment that is looked at.
        measures: their names.
        log: those of them with a logarithmic axis.
    """
    metrics, columns = measured(run), []
    families = took_part(board.families, metrics)
    for name in measures:
        item = board.measures[name]
        values = [value_of(metrics, family, name, item) for family in families]
        texts = [found.claim.write(value, item.digits, item.likelihood) if item.likelihood
                 else _text(value, item.digits, small=name in log)
                 for found, value in zip(families.values(), values, strict=True)]
        columns.append(Column(_(item.title), values, texts, metrics.get(f"floor_{name}"),
                              name in log))
    return dots([_(family.title) for family in families.values()], columns)


def _text(value: float | None, digits: int, *, small: bool) -> str:
    """Write a number; where it may be small, one below 1 with two digits that count."""
    return f"{value:.2g}" if small and value is not None and value < 1 else cell(value, digits)
