"""Density estimation: from points to p(x), on a line and on a plane."""

from collections.abc import Mapping
from typing import Any

from playground.concepts.density_estimation import (
    ascent,
    explore,
    gestures,
    moment,
    panels,
    words,
)
from playground.concepts.density_estimation.measures import MEASURES
from playground.concepts.density_estimation.presets import PRESETS
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.language import N_
from playground.runs.run import Run
from playground.settings import Value
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel


class DensityEstimationLab(Lab[DensityEstimationSettings]):
    """The bench of density estimation."""

    concept = "density_estimation"
    settings = DensityEstimationSettings
    title = N_("Density estimation")
    idea = N_("How likely is a new point here? Bend a formula until it fits, or put a small "
              "bump on every point, and you have p(x). It can even draw new points.")
    presets = PRESETS
    measures = MEASURES
    code = ("playground/algorithms/gaussian_ascent.py", "playground/algorithms/density.py",
            "playground/algorithms/kde.py", "playground/algorithms/bandwidth.py",
            "playground/concepts/density_estimation/experiment.py")
    canvas = "density"

    def panels(self, settings: DensityEstimationSettings) -> list[Panel]:
        """The density, the score against how fine it is, and the score over the steps."""
        return panels.panels(settings)

    def frame(self, run: Run[DensityEstimationSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the density of one moment, and where it stands among other values of its knob."""
        return moment.frame(run.settings, snapshot)

    def curves(self, run: Run[DensityEstimationSettings]) -> dict[str, Figure]:
        """Draw both scores over the steps, or the climb of the one Gaussian."""
        if run.settings.estimator == "ascent":
            return ascent.curves(run)
        return {"learning": moment.judged(run)}

    def caption(self, run: Run[DensityEstimationSettings], snapshot: Snapshot) -> str:
        """Say how well the estimate predicts new points, and what is wrong with it."""
        return words.caption(run.settings, snapshot)

    def numbers(self, run: Run[DensityEstimationSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[DensityEstimationSettings]) -> dict[str, Figure]:
        """Name the first figure after the estimator too, and add those of single sections."""
        drawn = super().illustrations(run)
        if "density" not in drawn:
            return drawn
        return drawn | {run.settings.estimator: drawn["density"]} | moment.figures(run, drawn)

    def explore(self, run: Run[DensityEstimationSettings]) -> None:
        """Draw new points, look at the landscape, and climb the dimensions."""
        explore.explore(run)

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the visitor's own points, and the Gaussians that were tried on these data."""
        drawn = super().drawn(values)
        if values["estimator"] != "ascent":
            return drawn
        return drawn | {"visited": ascent.tried(values)}

    def answer(self, run: Run[DensityEstimationSettings], event: Event) -> dict[str, Any] | None:
        """Say of the place under the cursor how high p(x) is, and who contributes."""
        return gestures.point_at(run, event)

    def act(self, run: Run[DensityEstimationSettings], event: Event) -> bool:
        """Move the Gaussian by its handles, or place a point where the axis is."""
        if event.kind == "drag" and run.settings.estimator == "ascent":
            return ascent.move(run, event)
        return super().act(run, gestures.on_the_axis(run.settings, event))


if guard.pass_gate():
    page.show(DensityEstimationLab())
