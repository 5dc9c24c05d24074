"""The figures of one moment of density estimation, and those that only its prose has."""

from contextlib import suppress
from functools import lru_cache

import numpy as np

from playground.algorithms import bandwidth
from playground.charts.colors import SAMPLES
from playground.charts.curves import lines, noted, with_gaps
from playground.charts.density import boxes, contours, line, scores, with_rules
from playground.charts.encode import Figure
from playground.charts.scatter import figure, plane, points, square
from playground.concepts.density_estimation import ascent
from playground.concepts.density_estimation.panels import KNOB
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.concepts.density_estimation.words import scores_of
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot

FEW_BOXES, MANY_BOXES = 6, 60


def frame(settings: DensityEstimationSettings, snapshot: Snapshot) -> dict[str, Figure]:
    """Draw the density of one moment, and where it stands among other values of its knob."""
    a, m = snapshot.arrays, snapshot.metrics
    if "density" not in a:
        return {"density": _too_few(a["points"], a["held_out"])}
    if settings.estimator == "ascent":
        return ascent.frame(snapshot)
    drawn = (line(a["points"], a["grid"], a["density"], a.get("truth"), a.get("bump"),
                  a["held_out"])
             if settings.on_a_line else
             contours(a["points"], a["grid"], a["density"], a["held_out"]))
    if settings.estimator not in KNOB:
        return {"density": drawn}
    return {"density": drawn, "scores": scores(
        a.get("candidates", np.zeros(0)), scores_of(a), m["chosen"], m.get("held_out"),
        title=_(KNOB[settings.estimator]), log=settings.estimator != "mixture")}


def _too_few(joined: np.ndarray, held_out: np.ndarray) -> Figure:
    """Points that are too few for a density, on the plane on which more can be drawn."""
    own = np.concatenate([joined, held_out])
    own = np.column_stack([own, np.zeros(len(own))])[:, :2]
    return figure([points(own, name=_("points"), color=SAMPLES, size=7)],
                  {**plane(square(2.4)), "showlegend": False})


def figures(run: Run[DensityEstimationSettings], drawn: dict[str, Figure]) -> dict[str, Figure]:
    """Return what single sections show at the newest moment of a run.

    Args:
        run: as it stood at the moment that is looked at.
        drawn: the page's own figures of that moment.
    """
    last, settings = run.history.last, run.settings
    if last is None or "density" not in last.arrays:
        return {}
    joined = last.arrays["points"]
    found = {"judged": judged(run)}
    if settings.on_a_line:
        found["boxes"] = boxes(joined, (FEW_BOXES, MANY_BOXES))
    if settings.estimator == "mixture":
        found["rounds"] = drawn["learning"]
    if settings.estimator == "kde":
        found["rules"] = with_rules(drawn["scores"], _rules(settings, joined))
    return found


def judged(run: Run[DensityEstimationSettings]) -> Figure:
    """Draw what held-out and training points get over the steps.

    Where points join, step 0 belongs to all points at once and is left out. Where the held-out
    score is minus infinity its curve is interrupted.
    """
    first = 0 if run.settings.estimator in ("mixture", "ascent") else 1
    all_steps, _train = run.history.curve("train")
    curves = {}
    for label, name in ((N_("held out"), "held_out"), (N_("training points"), "train")):
        both = np.stack(with_gaps(*run.history.curve(name), all_steps))  # (2, T)
        curves[label] = both[0, both[0] >= first], both[1, both[0] >= first]
    drawn = lines(curves, unit=N_("nats per point"))
    if np.isnan(curves["held out"][1]).any():
        return noted(drawn, _("no line: minus infinity"))
    return drawn


def _rules(settings: DensityEstimationSettings, joined: np.ndarray) -> dict[str, float]:
    """What each rule chooses for the points that have joined, by its translated name."""
    titles = settings.knobs()["rule"].choices
    chosen = _choices(joined.tobytes(), joined.shape[1], settings.kernel)
    return {_(titles[rule]): width for rule, width in chosen.items()}


@lru_cache(maxsize=16)
def _choices(coordinates: bytes, dimension: int, kernel: str) -> dict[str, float]:
    """What each rule chooses for points (N, dimension), given as the bytes of float32."""
    joined = np.frombuffer(coordinates, np.float32).reshape(-1, dimension)
    found = {}
    for rule in bandwidth.RULES:
        with suppress(bandwidth.NoBandwidth):
            found[rule] = bandwidth.choose(rule, joined, kernel)
    return found
