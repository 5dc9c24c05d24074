"""The arena: all families of generative models on one data set, under one budget."""

from typing import Any

import streamlit as st

from playground.charts.arena import distances
from playground.concepts.arena import explore, families, gestures, moment, words
from playground.concepts.arena.board import BOARD, is_ready
from playground.concepts.arena.presets import PRESETS
from playground.concepts.arena.settings import ArenaSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.browser_events import Event
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import contest
from playground.ui.tools.compared import compared


class ArenaLab(Lab[ArenaSettings]):
    """The bench of the arena."""

    concept = "arena"
    settings = ArenaSettings
    title = N_("The arena")
    idea = N_("All families learn from the same points, side by side. Some write down p(x), one "
              "bounds it, others only draw. Who comes closest, and how do you measure that?")
    presets = PRESETS
    measures = contest.measures_of(BOARD)
    code = ("model_zoo/autoregressive_mixture.py", "playground/experiments/contestant.py",
            "playground/concepts/arena/families/vae.py",
            "playground/concepts/arena/point_judge.py", "playground/metrics/clouds.py",
            "playground/experiments/contest.py", "playground/concepts/arena/experiment.py")
    canvas = "multiples"
    click_asks = N_("A click asks every model")

    def panels(self, settings: ArenaSettings) -> list[Panel]:
        """All families, and how far their samples are from the data."""
        return [
            Panel("multiples", _("Samples over p(x), where there is one"), weight=1.8,
                  events=("click",), zoom=not _is_drawn_on(settings),
                  alt=_("Samples of each family over its density, in small plots")),
            Panel("distance", _("Distance of the samples"), kind="curve",
                  alt=_("Sliced Wasserstein distance of each family's samples over the steps")),
        ]

    def frame(self, run: Run[ArenaSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw all families at one moment."""
        return {"multiples": moment.small_plots(snapshot, families.found(), data=_("data"))}

    def curves(self, run: Run[ArenaSettings]) -> dict[str, Figure]:
        """Draw how far the samples of each family were when they were judged."""
        last = run.history.last
        curves = {family.title: run.history.curve(f"{name}_transport")
                  for name, family in families.found().items()}
        floor = last.metrics.get("floor_transport") if last else None
        return {"distance": distances(curves, floor, N_("sliced Wasserstein-2"),
                                      contest.colors(BOARD))}

    def caption(self, run: Run[ArenaSettings], snapshot: Snapshot) -> str:
        """Say who leads, by which measure."""
        return words.caption(run.settings_at(snapshot.step), snapshot)

    def numbers(self, run: Run[ArenaSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return contest.numbers(BOARD, run)

    def illustrations(self, run: Run[ArenaSettings]) -> dict[str, Figure]:
        """Add single measures of all families."""
        if not is_ready(run):
            return super().illustrations(run)
        log = ("training", "sampling", "weights")
        return super().illustrations(run) | {
            "nats": compared(BOARD, run, ("nats",)),
            "disagree": compared(BOARD, run, ("nats", "precision", "recall")),
            "fair": compared(BOARD, run, log, log=log)}

    def tools(self, run: Run[ArenaSettings]) -> None:
        """Say what a click does, or let the visitor choose."""
        if not _is_drawn_on(run.settings):
            st.caption(_("Click into a plot: each model says how likely that place is. Drag to "
                         "zoom into all plots; a double click shows all again."))
        super().tools(run)

    def answer(self, run: Run[ArenaSettings], event: Event) -> dict[str, Any] | None:
        """Beside a click: what each family says about the place.

        A click that places a point asks nothing.
        """
        return None if self.places_points(run) else gestures.ask_all(run, event)

    def act(self, run: Run[ArenaSettings], event: Event) -> bool:
        """Take a clicked place to the Explore tab, too."""
        return super().act(run, event) if self.places_points(run) else gestures.keep_place(event)

    def explore(self, run: Run[ArenaSettings]) -> None:
        """The table, the probe and the spread over seeds."""
        if is_ready(run):
            explore.explore(run)


def _is_drawn_on(settings: ArenaSettings) -> bool:
    """Tell whether the points are drawn by hand, and a drag would be in the way."""
    return settings.dataset == "mine" and not settings.columns


if guard.pass_gate():
    page.show(ArenaLab())
