"""The figures in the prose about density estimation that the page itself does not have."""

from contextlib import suppress
from functools import lru_cache

import numpy as np

from playground.algorithms import bandwidth
from playground.charts.curves import lines, noted, with_gaps
from playground.charts.density import boxes, with_rules
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.lab import Figure

FEW_BOXES, MANY_BOXES = 6, 60


def figures(run: Run, drawn: dict[str, Figure]) -> dict[str, Figure]:
    """Return what single sections show at the newest moment of a run.

    Args:
        run: as it stood at the moment that is looked at.
        drawn: the page's own figures of that moment.
    """
    last, settings = run.history.last, _settings(run)
    if last is None or "density" not in last.arrays:
        return {}
    points = last.arrays["points"]
    found = {"judged": judged(run)}
    if settings.on_a_line:
        found["boxes"] = boxes(points, (FEW_BOXES, MANY_BOXES))
    if settings.estimator == "mixture":
        found["rounds"] = drawn["learning"]
    if settings.estimator == "kde":
        found["rules"] = with_rules(drawn["scores"], _rules(run, points))
    return found


def judged(run: Run) -> Figure:
    """Draw what held-out and training points get over the steps.

    Where points join, step 0 belongs to all points at once and is left out. Where the held-out
    score is minus infinity its curve is interrupted.
    """
    first = 0 if _settings(run).estimator in ("mixture", "ascent") else 1
    all_steps, _train = run.history.curve("train")
    curves = {}
    for label, name in ((N_("held out"), "held_out"), (N_("training points"), "train")):
        both = np.stack(with_gaps(*run.history.curve(name), all_steps))  # (2, T)
        curves[label] = both[0, both[0] >= first], both[1, both[0] >= first]
    drawn = lines(curves, unit=N_("nats per point"))
    if np.isnan(curves["held out"][1]).any():
        return noted(drawn, _("no line: minus infinity"))
    return drawn


def _settings(run: Run) -> DensityEstimationSettings:
    assert isinstance(run.settings, DensityEstimationSettings)
    return run.settings


def _rules(run: Run, points: np.ndarray) -> dict[str, float]:
    """What each rule chooses for the points that have joined, by its translated name."""
    settings = _settings(run)
    titles = settings.knobs()["rule"].choices
    chosen = _choices(points.tobytes(), points.shape[1], settings.kernel)
    return {_(titles[rule]): width for rule, width in chosen.items()}


@lru_cache(maxsize=16)
def _choices(coordinates: bytes, dimension: int, kernel: str) -> dict[str, float]:
    """What each rule chooses for points (N, dimension), given as the bytes of float32."""
    points = np.frombuffer(coordinates, np.float32).reshape(-1, dimension)
    found = {}
    for rule in bandwidth.RULES:
        with suppress(bandwidth.NoBandwidth):
            found[rule] = bandwidth.choose(rule, points, kernel)
    return found
