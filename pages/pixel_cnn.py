"""PixelCNN and its relatives: p(x) as a product of conditionals, pixel by pixel."""

import numpy as np

from playground.charts.autoregressive import blind_wedge
from playground.experiments.pixel_cnn.settings import PixelCNNSettings
from playground.language import N_, _
from playground.runs import Run
from playground.snapshot import Snapshot
from playground.ui import autoregressive, bench, guard
from playground.ui.lab import Preset


class PixelCNNLab(autoregressive.AutoregressiveLab):
    """The bench of autoregressive models."""

    concept = "pixel_cnn"
    settings = PixelCNNSettings
    title = N_("PixelCNN")
    idea = N_("Guess each pixel from those before it, one after the other, and multiply the "
              "chances: that is p(x), exactly. Draw the pixels in the same order: that is a "
              "sample.")
    presets = (
        Preset(N_("A good run"), {},
               N_("Noise turns into strokes, and strokes into digits. What is still dear are the "
                  "places where a stroke begins: there the past says little.")),
        Preset(N_("Gated PixelCNN"), {"model": "gated", "features": 32, "blocks": 5,
                                      "dropout": 0.3, "steps": 5000},
               N_("A stored run. Two stacks of convolutions see all of the past: better, and "
                  "slower. Train it anew in some minutes.")),
        Preset(N_("MADE"), {"model": "made", "steps": 2000, "hidden": 500},
               N_("No convolution: each place learns for itself. Quick on 64 pixels.")),
        Preset(N_("MNIST, 14 x 14"), {"dataset": "mnist_14", "steps": 1000, "features": 16},
               N_("196 pixels, the same model. Wait for it: the samples become readable within a "
                  "minute.")),
        Preset(N_("MNIST, 28 x 28"), {"dataset": "mnist_full", "features": 16, "blocks": 8,
                                      "steps": 20_000},
               N_("A stored run on all of MNIST, an hour and a half long. Eight small blocks "
                  "draw readable digits, and some that are none.")),
        Preset(N_("Know the class"), {"know_class": True},
               N_("A row of samples for each digit: the model was told which one to draw. Its "
                  "score is better too, since whoever knows the digit guesses its pixels more "
                  "easily.")),
        Preset(N_("Colour: sprites"), {"dataset": "sprites", "steps": 500},
               N_("Red, green and blue of a pixel come one after the other, each knowing those "
                  "before: black first, then patches, then squares, discs and triangles of one "
                  "colour. A slow minute or two.")),
        Preset(N_("Break it: a look at the future"), {"mask": "0:1"},
               N_("One cell of the mask, orange at the left, is open: each pixel sees the next "
                  "one. The score is wonderful and a lie. The samples have no future to look at: "
                  "garbage. Click other cells."),
               fix={"mask": "honest"}, fix_label=N_("Fix it: only the past")),
        Preset(N_("Break it: copy yourself"), {"mask": "0:0", "steps": 200},
               N_("Each pixel sees itself: nothing to guess, hardly a nat, and nothing learned."),
               fix={"mask": "honest"}, fix_label=N_("Fix it: only the past")),
        Preset(N_("Break it: short-sighted"), {"kernel": 3, "blocks": 0},
               N_("Four neighbours are all that a pixel sees. The strokes join, but nobody knows "
                  "which digit it is to become."),
               fix={"kernel": 7, "blocks": 4}, fix_label=N_("Fix it: see farther")),
    )
    code = ("model_zoo/autoregressive.py", "model_zoo/conditional.py", "model_zoo/tower.py",
            "model_zoo/pixel_cnn.py",
            "model_zoo/gated_pixel_cnn.py", "model_zoo/made.py",
            "playground/experiments/autoregressive.py",
            "playground/experiments/pixel_cnn/experiment.py")
    seers = {"pixel_cnn": N_("PixelCNN"), "gated": N_("Gated PixelCNN")}
    sight = N_("The orange wedge that stays at the right of the PixelCNN is its blind spot: no "
               "number of blocks reaches it. Two stacks have none; what is orange there is only "
               "too far away for so few blocks.")

    def geometry(self, run: Run, name: str, maps: np.ndarray, pixel: tuple[int, int]) -> str:
        """Count what is seen in the wedge that masks alone can never reach."""
        wedge = blind_wedge(maps.shape[-1], *pixel, run.settings.kernel)
        seen = int(maps[-1][wedge].sum())
        if name == "gated":
            return _("Of the {n} pixels in the blind wedge of a PixelCNN it sees {seen}.").format(
                n=int(wedge.sum()), seen=seen)
        return _("The masks leave a wedge of {n} pixels that no depth can reach, one column less "
                 "each row up. Seen of them, as measured: {seen}.").format(
                     n=int(wedge.sum()), seen=seen)

    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Say what the held-out number means, and whether it is one."""
        if run.settings.cheats:
            return _("**{nats:.2f} nats, and not a likelihood:** the mask lets a pixel see what "
                     "it must not. The numbers no longer add up to 1 over all images.").format(
                         nats=snapshot.metrics["held_out"])
        return super().caption(run, snapshot)


if guard.pass_gate():
    bench.show(PixelCNNLab())
