"""The figures of one moment of restored pictures, and those that its prose cuts out of them."""

import numpy as np

from playground.charts.curves import lines
from playground.concepts.applications import families
from playground.concepts.applications.board import (
    BOARD,
    N_ANSWERS,
    columns_of,
    distance,
    groups,
    n_columns,
)
from playground.concepts.applications.figures import WIDEST, sheet, trade
from playground.concepts.applications.restorer import RestoringFamily
from playground.concepts.applications.settings import ApplicationsSettings
from playground.experiments.contestant import took_part
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench.lab import Figure
from playground.ui.tools import contest
from playground.ui.tools.compared import compared

N_ROWS = 4
DRAWS = "pixel_cnn"  # whose answers are averaged, since it always draws


def frame(run: Run, snapshot: Snapshot) -> dict[str, Figure]:
    """Draw the answers of one moment, and the way up to there."""
    m = snapshot.metrics
    measure, title = distance(m)
    return {"sheet": sheet(snapshot.arrays["sheet"], groups(m)),
            "trade": trade(_trails(run, snapshot.step, measure), m.get(f"floor_{measure}"),
                           m.get("regression_psnr"), title, contest.shades(BOARD))}


def _trails(run: Run, until: int, measure: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return PSNR and a distance of each family, each time it was judged up to a step."""
    found = {}
    for name, family in families.found().items():
        steps, psnr = run.history.curve(f"{name}_psnr")
        also, apart = run.history.curve(f"{name}_{measure}")
        common = np.intersect1d(steps[steps <= until], also)
        both = np.stack([psnr[np.isin(steps, common)], apart[np.isin(also, common)]])
        fresh = np.ones(both.shape[1], bool)
        fresh[1:] = (np.diff(both) != 0).any(axis=0)
        found[_(family.title)] = both[0, fresh], both[1, fresh]
    return found


def figures(run: Run) -> dict[str, Figure]:
    """Return what the sections show, at the newest moment of a run that has one."""
    last = run.history.last
    if last is None:
        return {}
    rows, m = last.arrays["sheet"], last.metrics
    rows = rows.reshape(-1, n_columns(m), *rows.shape[1:])  # (R, K, C, H, W)
    drawn = {"blur": _blur(rows, m), "several": _several(rows, m),
             "farthest": _farthest(rows, m),
             "edges": compared(BOARD, run, ("patches", "recall"))}
    if _grey_tells_all(run):
        drawn["dice"] = lines({
            family.title: run.history.curve(f"{name}_diversity")
            for name, family in _varied(m).items()}, unit=N_("diversity"))
    return drawn


def _grey_tells_all(run: Run) -> bool:
    settings = run.settings
    assert isinstance(settings, ApplicationsSettings)
    return settings.task == "colourisation" and settings.grey == "luma"


def _varied(m: dict[str, float]) -> dict[str, RestoringFamily]:
    return {name: family for name, family in took_part(families.found(), m).items()
            if family.varied}


def _blur(rows: np.ndarray, m: dict[str, float]) -> Figure:
    """Some answers, their mean, and what the net says that learns the mean of all."""
    answers = rows[:N_ROWS, columns_of(DRAWS, m)]
    return _sheet([(_(families.found()[DRAWS].title), answers), (_("mean"), _mean(answers)),
                   (_(families.found()["regression"].title),
                    rows[:N_ROWS, columns_of("regression", m)]),
                   (_("truth"), rows[:N_ROWS, -1:])])


def _several(rows: np.ndarray, m: dict[str, float]) -> Figure:
    """The answers of each family that has several, and where they differ."""
    parts = [(_("given"), rows[:N_ROWS, :1])]
    for name, family in _varied(m).items():
        answers = rows[:N_ROWS, columns_of(name, m)]
        apart = (answers / 255).std(axis=1, keepdims=True) / WIDEST
        parts += [(_(family.title), answers),
                  (_("spread"), np.rint(255 * apart.clip(0, 1)).astype(np.uint8))]
    return _sheet(parts)


def _farthest(rows: np.ndarray, m: dict[str, float]) -> Figure:
    """The picture whose nearest answer lies farthest from the truth."""
    answers = rows[:, [column for name in _varied(m) for column in columns_of(name, m)]]
    errors = ((answers / 255 - rows[:, -1:] / 255) ** 2).mean(axis=(2, 3, 4))  # (R, answers)
    row = rows[errors.min(axis=1).argmax()][None]
    return _sheet([(_("given"), row[:, :1]),
                   *((_(family.title), row[:, columns_of(name, m)])
                     for name, family in _varied(m).items()), (_("truth"), row[:, -1:])])


def _mean(answers: np.ndarray) -> np.ndarray:
    assert answers.shape[1] == N_ANSWERS
    return np.rint(answers.mean(axis=1, keepdims=True)).astype(np.uint8)


def _sheet(parts: list[tuple[str, np.ndarray]]) -> Figure:
    """Draw groups of columns, (R, K, C, H, W) bytes each, side by side under their titles."""
    images = np.concatenate([images for _title, images in parts], axis=1)
    drawn = sheet(images.reshape(-1, *images.shape[2:]),
                  [(title, images.shape[1]) for title, images in parts])
    drawn["layout"]["height"] = 40 + 44 * images.shape[0]
    return drawn
