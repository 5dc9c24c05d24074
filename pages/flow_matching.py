"""Flow matching: particles that flow from noise to data, on points and on pictures."""

from typing import Any

from playground.charts.curves import lines
from playground.charts.encode import tile
from playground.charts.images import picture
from playground.concepts.flow_matching import explore, figures, gestures, panels, words
from playground.concepts.flow_matching.measures import MEASURES
from playground.concepts.flow_matching.presets import PRESETS
from playground.concepts.flow_matching.settings import FlowMatchingSettings
from playground.language import N_
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel

DISTANCES = {N_("samples"): "w2", N_("after one step"): "w2_one",
             N_("as many real points, the floor"): "floor_w2"}
ERRORS = {N_("training"): "loss", N_("held out"): "held_out"}


class FlowMatchingLab(Lab[FlowMatchingSettings]):
    """The bench of flow matching."""

    concept = "flow_matching"
    settings = FlowMatchingSettings
    title = N_("Flow matching")
    idea = N_("Join noise and data by straight lines, learn the mean velocity at each place and "
              "time, and follow it: noise flows into data.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/flow_matching.py", "model_zoo/flow_paths.py", "model_zoo/pairings.py",
            "model_zoo/one_step.py", "model_zoo/ode.py", "model_zoo/divergence.py",
            "model_zoo/time_nets.py", "playground/concepts/flow_matching/training.py",
            "playground/concepts/flow_matching/experiment.py")
    canvas = "flow"

    def panels(self, settings: FlowMatchingSettings) -> list[Panel]:
        """Particles or pictures on their way; what they are learned from; how good they are."""
        return panels.panels(settings)

    def frame(self, run: Run[FlowMatchingSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the ways of one moment, and what is learned from."""
        a = snapshot.arrays
        if "path" not in a:
            return {"flow": figures.too_few(a["data"])}
        if run.settings.is_image:
            return {"flow": figures.pictures_on_their_way(a), "ways": picture(tile(a["data"]))}
        return {"flow": figures.carried(a), "ways": figures.joined(a["ways"])}

    def curves(self, run: Run[FlowMatchingSettings]) -> dict[str, Figure]:
        """Draw the distance of samples to data, or the error of the velocity."""
        shown, unit = ((ERRORS, N_("squared error")) if run.settings.is_image else
                       (DISTANCES, N_("W2 distance")))
        found = {label: run.history.curve(name) for label, name in shown.items()}
        return {"error": lines({label: curve for label, curve in found.items() if len(curve[0])},
                               unit=unit)}

    def caption(self, run: Run[FlowMatchingSettings], snapshot: Snapshot) -> str:
        """Say how near the samples are, and what one step would give."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[FlowMatchingSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[FlowMatchingSettings]) -> dict[str, Figure]:
        """Add moments of the way, where one step leads, and how straight the ways were."""
        drawn, last = super().illustrations(run), run.history.last
        bends = run.history.curve("bend")
        if len(bends[0]):
            drawn["bend"] = lines({N_("bend"): bends}, unit="")
        if last and "field" in last.arrays:
            drawn |= {"half": figures.moment(last.arrays, 0.5),
                      "late": figures.moment(last.arrays, 0.9),
                      "one": figures.after_one_step(last.arrays)}
        return drawn

    def tools(self, run: Run[FlowMatchingSettings]) -> None:
        """Let the visitor say what the cursor holds, and at which time."""
        if not run.settings.is_image:
            gestures.hand()
        super().tools(run)

    def answer(self, run: Run[FlowMatchingSettings], event: Event) -> dict[str, Any] | None:
        """Follow the particle under the cursor."""
        return gestures.hold(run, event) if event.panel == "flow" else None

    def explore(self, run: Run[FlowMatchingSettings]) -> None:
        """One step, errors, pairs and their mean, pairings, likelihood: one topic at a time."""
        explore.explore(run)


if guard.pass_gate():
    page.show(FlowMatchingLab())
