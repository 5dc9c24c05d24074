"""The arena: all families of generative models on one data set, under one budget."""

from typing import Any

import streamlit as st

from playground.charts.arena import cross, distances, multiples
from playground.experiments.arena import families
from playground.experiments.arena.settings import ArenaSettings
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import arena, bench, contest, guard
from playground.ui.compare import compare
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Event, Panel


class ArenaLab(Lab):
    """The bench of the arena."""

    concept = "arena"
    settings = ArenaSettings
    title = N_("The arena")
    idea = N_("All families learn from the same points, side by side. Some write down p(x), one "
              "bounds it, one only draws. Who comes closest, and how do you measure that?")
    presets = (
        Preset(N_("A good run"), {},
               N_("The formulas are there at once; the nets have to train. Who comes closest to "
                  "the dashed line, what real points get?")),
        Preset(N_("Ring of 8"), {"dataset": "ring"},
               N_("Eight Gaussians: the mixture is of the right family, and comes close to the "
                  "true density.")),
        Preset(N_("Spiral"), {"dataset": "spiral"},
               N_("Eight Gaussians are not enough now. Kernels and nets follow the arms.")),
        Preset(N_("Five seconds for each"), {"budget": "seconds"},
               N_("The same time and not the same number of steps.")),
        Preset(N_("Break it: hardly any steps"), {"steps": 100},
               N_("After 100 steps the nets have learned little more than where the points are. "
                  "The formulas do not care."),
               fix={"steps": 2000}, fix_label=N_("Fix it: 2000 steps")),
        Preset(N_("Break it: learned by heart"), {"rule": "hand", "bandwidth": 0.01},
               N_("The kernel estimate draws its training points again: precision, recall and "
                  "coverage are splendid. Only the held-out score tells on it."),
               fix={"rule": "cross_validation", "bandwidth": 0.2},
               fix_label=N_("Fix it: cross-validation")),
        Preset(N_("Break it: too many boxes"), {"bins": 100},
               N_("Most boxes of the histogram are empty, and new points fall into them: "
                  "impossible, it says."),
               fix={"bins": 20}, fix_label=N_("Fix it: 20 boxes along each axis")),
        Preset(N_("Break it: a loose bound"), {"importance": 1},
               N_("With one code per datum the bound of the VAE is loose, and training for it "
                  "blurs the gap between the moons."),
               fix={"importance": 5}, fix_label=N_("Fix it: five codes for each datum")),
        Preset(N_("Break it: 20 points"), {"n_points": 20},
               N_("Too few to learn from: the nets draw them almost exactly, and are sure of "
                  "themselves where no point ever comes."),
               fix={"n_points": 2000}, fix_label=N_("Fix it: 2000 points")),
    )
    code = ("model_zoo/autoregressive_mixture.py", "playground/experiments/contestant.py",
            "playground/experiments/arena/families/vae.py",
            "playground/experiments/arena/judge.py", "playground/metrics.py",
            "playground/experiments/contest.py", "playground/experiments/arena/experiment.py")
    height = 425
    canvas = "multiples"
    click_asks = N_("A click asks every model")

    def panels(self, settings: ArenaSettings) -> list[Panel]:
        """All families, and how far their samples are from the data."""
        return [
            Panel("multiples", _("Samples over p(x), where there is one"), weight=3,
                  events=("click",), zoom=not _is_drawn_on(settings),
                  alt=_("Samples of each family over its density, in small plots")),
            Panel("distance", _("Distance of the samples"), kind="curve",
                  alt=_("Sliced Wasserstein distance of each family's samples over the steps")),
        ]

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw all families at one moment."""
        a, m = snapshot.arrays, snapshot.metrics
        plots = [(_("data"), a["data"], None), *(
            (arena.title(name, m), a[f"samples_{name}"], a.get(f"surface_{name}"))
            for name in families.found() if f"samples_{name}" in a)]
        return {"multiples": multiples(plots, m.get("top", 1.0))}

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw how far the samples of each family were when they were judged."""
        last = run.history.last
        curves = {family.title: run.history.curve(f"{name}_transport")
                  for name, family in families.found().items()}
        return {"distance": distances(
            curves, last and last.metrics.get("floor_transport"), N_("sliced Wasserstein-2"))}

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say who leads, by which measure."""
        return arena.caption(snapshot)

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return contest.numbers(arena.BOARD, run)

    def tools(self, run: Run) -> None:
        """Say what a click does, or let the visitor choose."""
        if not _is_drawn_on(run.settings):
            st.caption(_("Click into a plot: each model says how likely that place is. Drag to "
                         "zoom into all plots; a double click shows all again."))
        super().tools(run)

    def answer(self, run: Run, event: Event) -> dict[str, Any] | None:
        """Beside a click: what each family says about the place.

        A click that places a point asks nothing.
        """
        if (event.kind != "click" or event.x is None or event.y is None
                or self.places_points(run)):
            return None
        place = round(event.x, 2), round(event.y, 2)
        return {"text": arena.answers_text(run, place), "lines": cross(*place)}

    def act(self, run: Run, event: Event) -> bool:
        """Take a clicked place to the Explore tab, too."""
        if self.places_points(run):
            return super().act(run, event)
        if event.x is None or event.y is None:
            return False
        st.session_state[arena.PLACE] = round(event.x, 2), round(event.y, 2)
        return True

    def explore(self, run: Run) -> None:
        """The table, the probe, the spread over seeds, and another run beside this one."""
        if not arena.is_ready(run):
            return
        contest.table(arena.BOARD, run)
        left, right = st.columns(2, gap="large")
        with left:
            arena.probe(run)
        with right:
            contest.seeds(arena.BOARD, run)
        compare(self, run, "multiples")


def _is_drawn_on(settings: ArenaSettings) -> bool:
    """Tell whether the points are drawn by hand, and a drag would be in the way."""
    return settings.dataset == "mine" and not settings.columns


if guard.pass_gate():
    bench.show(ArenaLab())
