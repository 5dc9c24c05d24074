"""The GAN on a plane: the game of two players, watched layer by layer."""

import streamlit as st

from playground.charts import gan as charts
from playground.charts.curves import lines
from playground.concepts.gan import explore, words
from playground.concepts.gan.figures import boxes, liveliest, too_few
from playground.concepts.gan.measures import MEASURES
from playground.concepts.gan.presets import PRESETS
from playground.concepts.gan.settings import GANSettings
from playground.experiments.game_settings import SCALES
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import game

QUALITY = {N_("good samples"): "high_quality", N_("precision"): "precision",
           N_("recall"): "recall", N_("JS on cells, nats"): "js"}
STORIES = {
    "beliefs": ({N_("held-out data"): "shown_real", N_("samples"): "shown_fake"},
                N_("what D says, mean")),
    "divergence": ({N_("samples"): "js", N_("as many held-out points, the floor"): "floor_js"},
                   N_("JS on cells, nats"))}


class GANLab(Lab[GANSettings]):
    """The bench of the GAN."""

    concept = "gan"
    settings = GANSettings
    title = N_("Generative adversarial network")
    idea = N_("A forger draws points, an expert tells them from real ones, and each learns from "
              "the other. Nobody ever writes down p(x).")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/gan.py", "model_zoo/adversarial.py", "model_zoo/games.py",
            "playground/training/trainer.py", "playground/metrics/clouds.py",
            "playground/metrics/divergence.py", "playground/concepts/gan/experiment.py",
            "playground/experiments/game.py")
    canvas = "game"

    def panels(self, settings: GANSettings) -> list[Panel]:
        """The game, the two players, and how good the samples are."""
        return [
            Panel("game", _("The game: blue, D says real; orange, D says fake"), square=True,
                  events=("click",),
                  alt=_("Data and samples over the surface of the discriminator")),
            Panel("players", _("The two players at this step"),
                  alt=_("Diagram of both players with their numbers")),
            Panel("measures", _("How good the samples are"), kind="curve",
                  alt=_("Measures of the samples over the steps")),
        ]

    def frame(self, run: Run[GANSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw the game and the players of one moment."""
        m, settings = snapshot.metrics, run.settings_at(snapshot.step)
        if "surface" not in snapshot.arrays:
            return {"game": too_few(snapshot.arrays["data"])}
        return {"game": charts.game(snapshot.arrays, *SCALES[settings.game],
                                    max(m["steepest"], m["push"])),
                "players": charts.players(boxes(m), int(m["moved"]))}

    def curves(self, run: Run[GANSettings]) -> dict[str, Figure]:
        """Draw the measures that were taken."""
        curves = {label: run.history.curve(name) for label, name in QUALITY.items()}
        return {"measures": lines({label: curve for label, curve in curves.items()
                                   if len(curve[0])}, unit="")}

    def opens(self, run: Run[GANSettings]) -> int | None:
        """Open where all modes are hit and D still has something to say."""
        return liveliest(run)

    def caption(self, run: Run[GANSettings], snapshot: Snapshot) -> str:
        """Say how far the samples are, and what the slope of D is worth."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[GANSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def illustrations(self, run: Run[GANSettings]) -> dict[str, Figure]:
        """Add what D has said so far, and the divergence beside its floor."""
        drawn = super().illustrations(run)
        for name, (curves, unit) in STORIES.items():
            found = {label: run.history.curve(metric) for label, metric in curves.items()}
            if all(len(steps) for steps, _values in found.values()):
                drawn[name] = lines(found, unit=unit)
        return drawn

    def tools(self, run: Run[GANSettings]) -> None:
        """Let one player alone make a step; and the canvas of the visitor's own points."""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            game.step_buttons(run)
            st.caption(_("A click into the legend hides a layer of the game."))
        super().tools(run)

    def explore(self, run: Run[GANSettings]) -> None:
        """One topic at a time: measures and their floors, the players, the best discriminator."""
        explore.explore(run)


if guard.pass_gate():
    page.show(GANLab())
