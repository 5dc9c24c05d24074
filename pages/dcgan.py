"""The GAN on images: a DCGAN, its samples, and whether they are good, varied and new."""

import streamlit as st

from playground.charts.curves import lines
from playground.concepts.dcgan import explore, words
from playground.concepts.dcgan import figures as charts
from playground.concepts.dcgan.measures import MEASURES
from playground.concepts.dcgan.presets import PRESETS
from playground.concepts.dcgan.settings import DCGANSettings
from playground.experiments.game_settings import SCALES
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import game

CURVES = {N_("samples"): "fid", N_("held-out images, the floor"): "floor_fid"}


class DCGANLab(Lab[DCGANSettings]):
    """The bench of the GAN on images."""

    concept = "dcgan"
    settings = DCGANSettings
    title = N_("GAN on images")
    idea = N_("The same game with convolutions: one net paints pictures from noise, the other "
              "tells them from real ones.")
    presets = PRESETS
    measures = MEASURES
    code = ("model_zoo/dcgan.py", "model_zoo/adversarial.py", "model_zoo/games.py",
            "playground/metrics/features.py", "playground/concepts/dcgan/experiment.py",
            "playground/experiments/game.py")

    def panels(self, settings: DCGANSettings) -> list[Panel]:
        """Samples, what D says, and the distance to the data."""
        title = (_("Samples: a row for each class") if settings.know_class else
                 _("Samples, of the same noise all along"))
        return [
            Panel("samples", title, square=True, alt=_("Samples of the generator")),
            Panel("verdicts", _("What D says"),
                  alt=_("Histograms of what D says of held-out images and of samples")),
            Panel("distance", _("Fréchet distance to training images"), kind="curve",
                  alt=_("Fréchet distance over the steps, and that of held-out images")),
        ]

    def frame(self, run: Run[DCGANSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw samples and verdicts of one moment."""
        arrays, settings = snapshot.arrays, run.settings_at(snapshot.step)
        return {"samples": charts.samples(arrays),
                "verdicts": charts.verdicts(arrays["said_real"], arrays["said_fake"],
                                            *SCALES[settings.game])}

    def curves(self, run: Run[DCGANSettings]) -> dict[str, Figure]:
        """Draw the distance wherever it was measured, and its floor."""
        curves = {label: run.history.curve(name) for label, name in CURVES.items()}
        return {"distance": lines(curves, unit=N_("Fréchet distance"), log=True)}

    def caption(self, run: Run[DCGANSettings], snapshot: Snapshot) -> str:
        """Say how good and how varied the samples are, and what the game is about to do."""
        return words.caption(run, snapshot)

    def numbers(self, run: Run[DCGANSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return words.numbers(run)

    def tools(self, run: Run[DCGANSettings]) -> None:
        """Let one player alone make a step."""
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            game.step_buttons(run)
        super().tools(run)

    def explore(self, run: Run[DCGANSettings]) -> None:
        """The nets, then one topic at a time."""
        explore.explore(run)


if guard.pass_gate():
    page.show(DCGANLab())
