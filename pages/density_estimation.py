"""Density estimation: from points to p(x), on a line and on a plane."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from playground.charts.colors import SAMPLES
from playground.charts.density import contours, line, scores
from playground.charts.scatter import figure, plane, points, square
from playground.concepts.density_estimation import ascent
from playground.concepts.density_estimation import moment as density_figures
from playground.concepts.density_estimation import words as density_words
from playground.concepts.density_estimation.explore import dimensions, landscape, new_points
from playground.concepts.density_estimation.moment import judged
from playground.concepts.density_estimation.presets import PRESETS
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.language import N_, _, plural
from playground.numbers import shown
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

KNOB = {"kde": N_("bandwidth h"), "histogram": N_("bins along each axis"),
        "mixture": N_("Gaussians")}


class DensityEstimationLab(Lab[DensityEstimationSettings]):
    """The bench of density estimation."""

    concept = "density_estimation"
    settings = DensityEstimationSettings
    title = N_("Density estimation")
    idea = N_("How likely is a new point here? Bend a formula until it fits, or put a small "
              "bump on every point, and you have p(x). It can even draw new points.")
    presets = PRESETS
    code = ("playground/algorithms/gaussian_ascent.py", "playground/algorithms/density.py",
            "playground/algorithms/kde.py", "playground/algorithms/bandwidth.py",
            "playground/concepts/density_estimation/experiment.py")
    height = 410
    canvas = "density"

    def panels(self, settings: DensityEstimationSettings) -> list[Panel]:
        """The density, the score against how fine it is, and the score over the steps."""
        if settings.estimator == "ascent":
            return ascent.panels()
        on_a_line = (_("Points, their kernels, and p(x)") if settings.estimator == "kde" else
                     _("Points, and p(x)"))
        density = (Panel("density", on_a_line, weight=1.5,
                         events=("hover", "click"), alt=_("The estimated density over a line"))
                   if settings.on_a_line else
                   Panel("density", _("p(x): the darker, the denser"), square=True, weight=1.2,
                         events=("click",), alt=_("Contours of the estimated density on a plane")))
        by_knob = Panel("scores", _("Score against {knob}").format(
            knob=_(KNOB.get(settings.estimator, ""))),
            alt=_("Held-out and training score against how fine the estimate is"))
        title = (_("Score after each half-step") if settings.estimator == "mixture"
                 else _("Score as points join"))
        over_steps = Panel("learning", title, kind="curve",
                           alt=_("Held-out and training score over the steps"))
        return [density, *[by_knob] * (settings.estimator in KNOB), over_steps]

    def frame(self, run: Run[DensityEstimationSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the density of one moment, and where it stands among other values of its knob."""
        a, m, settings = snapshot.arrays, snapshot.metrics, run.settings
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
            a.get("candidates", np.zeros(0)), density_words.scores_of(a), m["chosen"],
            m.get("held_out"), title=_(KNOB[settings.estimator]),
            log=settings.estimator != "mixture")}

    def curves(self, run: Run[DensityEstimationSettings]) -> dict[str, Figure]:
        """Draw both scores over the steps; those of step 0 belong to all points at once.

        Where the held-out score is minus infinity its curve is interrupted.
        """
        if run.settings.estimator == "ascent":
            return ascent.curves(run)
        return {"learning": judged(run)}

    def caption(self, run: Run[DensityEstimationSettings], snapshot: Snapshot) -> str:
        """Say how well the estimate predicts new points, and what is wrong with it."""
        m = snapshot.metrics
        n = int(m["joined"])
        if "train" not in m:
            return plural("There is {n} point of your own; five are needed. Click into the "
                          "figure to draw some.", "There are {n} points of your own; five are "
                          "needed. Click into the figure to draw some.", n).format(n=n)
        if run.settings.estimator == "ascent":
            return ascent.caption(snapshot)
        return density_words.caption(run.settings, snapshot)

    def numbers(self, run: Run[DensityEstimationSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        last = run.history.last
        if last is None or "train" not in last.metrics:
            return {}
        m = last.metrics
        units = {name: shown(m[name], ".3f") for name in ("train", "mean", "deviation")}
        return units | {
            "held_out": shown(m["held_out"], ".3f") if "held_out" in m else _("minus infinity"),
            "n": shown(m["joined"], ".0f"),
            "h": shown(m["chosen"], ".3f") if run.settings.estimator == "kde" else "–",
            "likelihood": (_("{value:.2f} nats").format(value=m["log_likelihood"]) if "mu" in m
                           else "–"),
            "best": (_("{value:.3f} nats").format(value=m["best"]) if "best" in m else
                     _("not known for this set")),
        }

    def answer(self, run: Run[DensityEstimationSettings], event: Event) -> dict[str, Any] | None:
        """Under the cursor: a point's own kernel, or how high p(x) is and who contributes."""
        last = run.history.kept.get(event.seq or 0) or run.history.last
        if (last is None or event.x is None or not run.settings.on_a_line
                or "density" not in last.arrays):
            return None
        a = last.arrays
        if run.settings.estimator == "ascent":
            return ascent.answer(last.metrics, event)
        if "bump" not in a:
            return {"text": _("p({x:.2f}) = {total:.3f}").format(
                x=event.x, total=np.interp(event.x, a["grid"], a["density"]))}
        places = a["points"][:, 0]
        if event.trace == "points" and event.index is not None and event.index < len(places):
            return density_words.own_kernel(places, event.index, a["bump"])
        return density_words.contributors(places, event.x, a["bump"])

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the visitor's own points, and the Gaussians that were tried on these data."""
        drawn = super().drawn(values)
        if values["estimator"] != "ascent":
            return drawn
        return drawn | {"visited": ascent.tried(values)}

    def act(self, run: Run[DensityEstimationSettings], event: Event) -> bool:
        """Move the Gaussian by its handles, or place a point where the axis is."""
        if event.kind == "drag" and run.settings.estimator == "ascent":
            return ascent.move(run, event)
        if run.settings.on_a_line and event.x is not None:
            x, y = (0.0, event.x) if run.settings.axis == "second" else (event.x, 0.0)
            event = replace(event, x=x, y=y)
        return super().act(run, event)

    def illustrations(self, run: Run[DensityEstimationSettings]) -> dict[str, Figure]:
        """Name the first figure after the estimator too, and add those of single sections."""
        drawn = super().illustrations(run)
        if "density" not in drawn:
            return drawn
        return drawn | {run.settings.estimator: drawn["density"]} | density_figures.figures(
            run, drawn)

    def explore(self, run: Run[DensityEstimationSettings]) -> None:
        """Draw new points, look at the landscape, and climb the dimensions."""
        left, right = st.columns(2, gap="large")
        with left:
            new_points(run)
        with right:
            landscape(run)
            dimensions(run)


def _too_few(joined: np.ndarray, held_out: np.ndarray) -> Figure:
    """Points that are too few for a density, on the plane on which more can be drawn."""
    own = np.concatenate([joined, held_out])
    own = np.column_stack([own, np.zeros(len(own))])[:, :2]
    return figure([points(own, name=_("points"), color=SAMPLES, size=7)],
                  {**plane(square(2.4)), "showlegend": False})


if guard.pass_gate():
    page.show(DensityEstimationLab())
