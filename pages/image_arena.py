"""The arena of images: pixel by pixel, by a code or by a game, on the same pictures."""

import streamlit as st

from playground.charts.arena import distances
from playground.concepts.image_arena import explore, families, words
from playground.concepts.image_arena.board import BOARD
from playground.concepts.image_arena.figures import against, sheets
from playground.concepts.image_arena.presets import PRESETS
from playground.concepts.image_arena.settings import ImageArenaSettings
from playground.experiments.contestant import took_part
from playground.language import N_, _
from playground.runs.run import Run
from playground.snapshot import Snapshot
from playground.ui.bench import guard, page
from playground.ui.bench.lab import Figure, Lab
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import contest
from playground.ui.tools.compared import compared

TOPICS = {"table": N_("Who is how good?"), "one": N_("One picture through every model"),
          "chance": N_("Luck, and another run")}


class ImageArenaLab(Lab[ImageArenaSettings]):
    """The bench of the arena of images."""

    concept = "image_arena"
    settings = ImageArenaSettings
    title = N_("The arena on images")
    idea = N_("Pixel models, a flow, a VAE, diffusion and a GAN learn the same pictures, side by "
              "side. Does the one that knows best how likely a picture is also draw the best "
              "ones?")
    presets = PRESETS
    measures = contest.measures_of(BOARD)
    code = ("playground/experiments/contest.py",
            "playground/concepts/image_arena/image_contestant.py",
            "playground/concepts/image_arena/families/vae.py",
            "playground/concepts/image_arena/by_code.py",
            "playground/concepts/image_arena/by_noise.py",
            "playground/concepts/image_arena/by_flow.py",
            "playground/concepts/image_arena/pixel_by_pixel.py",
            "playground/concepts/image_arena/image_judge.py",
            "playground/concepts/image_arena/experiment.py")

    def panels(self, settings: ImageArenaSettings) -> list[Panel]:
        """Samples of all, likelihood against samples, and the distance over the steps."""
        return [
            Panel("sheets", _("Samples"), weight=1.2,
                  alt=_("Samples of each family, in small sheets")),
            Panel("against", _("Likelihood against samples"), zoom=True,
                  alt=_("Bits per dimension and Fréchet distance of each family")),
            Panel("distance", _("Distance of the samples"), kind="curve",
                  alt=_("Fréchet distance of each family's samples over the steps")),
        ]

    def frame(self, run: Run[ImageArenaSettings], snapshot: Snapshot) -> dict[str, Figure]:
        """Draw all families at one moment."""
        a, m = snapshot.arrays, snapshot.metrics
        plots = [(_("<b>held-out pictures</b><br>never learned from"), a["data"]), *(
            (words.title(name, m), a[f"samples_{name}"])
            for name in took_part(families.found(), m))]
        places = {_(family.title): (m.get(f"{name}_bits"), m.get(f"{name}_fid"))
                  for name, family in took_part(families.found(), m).items()}
        return {"sheets": sheets(plots),
                "against": against(places, m["floor_fid"], contest.shades(BOARD))}

    def curves(self, run: Run[ImageArenaSettings]) -> dict[str, Figure]:
        """Draw how far the samples of each family were when they were judged."""
        last = run.history.last
        curves = {family.title: run.history.curve(f"{name}_fid")
                  for name, family in took_part(families.found(), last.metrics).items()
                  } if last else {}
        floor = last.metrics.get("floor_fid") if last else None
        drawn = distances(curves, floor, N_("Fréchet distance"), contest.colors(BOARD))
        # Colours are those of the figure above; a second legend would leave no room.
        return {"distance": {**drawn, "layout": {**drawn["layout"], "showlegend": False}}}

    def caption(self, run: Run[ImageArenaSettings], snapshot: Snapshot) -> str:
        """Say who leads, by which measure."""
        return words.caption(run.settings_at(snapshot.step), snapshot)

    def numbers(self, run: Run[ImageArenaSettings]) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return contest.numbers(BOARD, run)

    def illustrations(self, run: Run[ImageArenaSettings]) -> dict[str, Figure]:
        """Add what drawing and learning take."""
        log = ("sampling", "training")
        return super().illustrations(run) | {
            "seconds": compared(BOARD, run, log, log=log)}

    def explore(self, run: Run[ImageArenaSettings]) -> None:
        """The table; one picture through every model; the spread over seeds and another run."""
        topic = st.segmented_control(_("Explore"), list(TOPICS), default="table",
                                     format_func=lambda key: _(TOPICS[key]),
                                     key="image-arena-topic", label_visibility="collapsed")
        if run.history.last is None:
            return
        if topic == "table":
            contest.table(BOARD, run)
        elif topic == "one":
            explore.through_all(run)
        elif topic == "chance":
            contest.seeds(BOARD, run)


if guard.pass_gate():
    page.show(ImageArenaLab())
