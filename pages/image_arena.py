"""The arena of images: pixel by pixel, by a code or by a game, on the same pictures."""

import streamlit as st

from playground.charts.arena import distances
from playground.charts.image_arena import against, sheets
from playground.experiments.image_arena import families
from playground.experiments.image_arena.settings import ImageArenaSettings
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import bench, contest, guard, image_arena
from playground.ui.compare import compare
from playground.ui.lab import Figure, Lab, Preset
from playground.ui.live_plot import Panel

TOPICS = {"table": N_("Who is how good?"), "one": N_("One picture through every model"),
          "chance": N_("Luck, and another run")}


class ImageArenaLab(Lab):
    """The bench of the arena of images."""

    concept = "image_arena"
    settings = ImageArenaSettings
    title = N_("The arena on images")
    idea = N_("PixelCNN, PixelRNN, VAE and GAN learn the same pictures, side by side. Does the "
              "one that knows best how likely a picture is also draw the best ones?")
    presets = (
        Preset(N_("A good run"), {},
               N_("Who is quick to learn, who ends best, and at what? Compare the bits with the "
                  "Fréchet distance.")),
        Preset(N_("The same time for each"), {"budget": "seconds"},
               N_("15 seconds each: some thousand steps for the VAE, some hundred for those that "
                  "draw pixel by pixel.")),
        Preset(N_("MNIST, 14 x 14"),
               {"dataset": "mnist_14", "pixels": "dynamic", "budget": "seconds", "seconds": 50.0},
               N_("Black or white, 50 seconds for each.")),
        Preset(N_("Fashion-MNIST"),
               {"dataset": "fashion_14", "budget": "seconds", "seconds": 50.0},
               N_("Clothes in 17 greys, 50 seconds for each: outlines are easy, patterns are "
                  "not.")),
        Preset(N_("All of MNIST, 100 seconds for each"),
               {"dataset": "mnist_full", "pixels": "dynamic", "features": 16,
                "budget": "seconds", "seconds": 100.0},
               N_("60,000 pictures of 28 x 28 pixels. In the time of one step of PixelRNN the VAE "
                  "makes fifty: who is ahead after the same time?")),
        Preset(N_("Break it: hardly any steps"), {"steps": 100},
               N_("After 100 steps the GAN has hardly begun: its two players first have to find "
                  "each other."),
               fix={"steps": 1000}, fix_label=N_("Fix it: 1000 steps")),
        Preset(N_("Break it: black or white"), {"pixels": "dynamic"},
               N_("Every grey pixel now is white or black by chance, and the digits drown in "
                  "noise. A likelihood takes chance in its stride. The GAN has to forge the "
                  "noise itself: even independent pixels come closer now."),
               fix={"pixels": "levels"}, fix_label=N_("Fix it: 17 levels")),
        Preset(N_("Break it: two numbers"), {"latent_dim": 2},
               N_("Noise of two numbers: the GAN's pictures are a sheet, which cannot reach all "
                  "digits. Good but alike. PixelCNN and PixelRNN have no codes and do not care."),
               fix={"latent_dim": 20}, fix_label=N_("Fix it: 20 numbers")),
    )
    code = ("playground/experiments/contest.py", "playground/experiments/image_arena/family.py",
            "playground/experiments/image_arena/families/vae.py",
            "playground/experiments/image_arena/by_code.py",
            "playground/experiments/image_arena/by_noise.py",
            "playground/experiments/image_arena/pixel_by_pixel.py",
            "playground/experiments/image_arena/judge.py",
            "playground/experiments/image_arena/experiment.py")
    height = 425

    def panels(self, settings: ImageArenaSettings) -> list[Panel]:
        """Samples of all, likelihood against samples, and the distance over the steps."""
        return [
            Panel("sheets", _("Samples"), weight=1.7,
                  alt=_("Samples of each family, in small sheets")),
            Panel("against", _("Likelihood against samples"), zoom=True,
                  alt=_("Bits per dimension and Fréchet distance of each family")),
            Panel("distance", _("Distance of the samples"), kind="curve",
                  alt=_("Fréchet distance of each family's samples over the steps")),
        ]

    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Draw all families at one moment."""
        a, m = snapshot.arrays, snapshot.metrics
        plots = [(_("<b>held-out pictures</b><br>never learned from"), a["data"]), *(
            (image_arena.title(name, m), a[f"samples_{name}"]) for name in families.found())]
        places = {_(family.title): (m.get(f"{name}_bits"), m[f"{name}_fid"])
                  for name, family in families.found().items() if f"{name}_fid" in m}
        return {"sheets": sheets(plots), "against": against(places, m["floor_fid"])}

    def curves(self, run: Run) -> dict[str, Figure]:
        """Draw how far the samples of each family were when they were judged."""
        last = run.history.last
        curves = {family.title: run.history.curve(f"{name}_fid")
                  for name, family in families.found().items()}
        return {"distance": distances(curves, last and last.metrics.get("floor_fid"),
                                      N_("Fréchet distance"))}

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say who leads, by which measure."""
        return image_arena.caption(snapshot)

    def numbers(self, run: Run) -> dict[str, str]:
        """Return the newest numbers for the prose."""
        return contest.numbers(image_arena.BOARD, run)

    def explore(self, run: Run) -> None:
        """The table; one picture through every model; the spread over seeds and another run."""
        topic = st.segmented_control(_("Explore"), list(TOPICS), default="table",
                                     format_func=lambda key: _(TOPICS[key]),
                                     key="image-arena-topic", label_visibility="collapsed")
        if run.history.last is None:
            return
        if topic == "table":
            contest.table(image_arena.BOARD, run)
        elif topic == "one":
            image_arena.through_all(run)
        elif topic == "chance":
            contest.seeds(image_arena.BOARD, run)
            compare(self, run, "sheets")


if guard.pass_gate():
    bench.show(ImageArenaLab())
