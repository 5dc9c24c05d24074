"""The presets of the page on PixelCNN."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("MNIST, 28 x 28"), {"dataset": "mnist_full", "features": 16, "blocks": 8,
                                  "steps": 20_000},
           N_("A stored run on all of MNIST. Eight small blocks draw readable digits, and "
              "some that are none."),
           stored="mnist", quick={}),
    Preset(N_("8 x 8, live"), {},
           N_("Noise turns into strokes, and strokes into digits. What is still dear are the "
              "places where a stroke begins: there the past says little.")),
    Preset(N_("Gated PixelCNN"), {"model": "gated", "features": 32, "blocks": 5,
                                  "dropout": 0.3, "steps": 5000},
           N_("A stored run. Two stacks of convolutions see all of the past: better, and "
              "slower."),
           stored="gated", quick={"model": "gated", "steps": 1000}),
    Preset(N_("MADE"), {"model": "made", "steps": 2000, "hidden": 500},
           N_("No convolution: each place learns for itself. Quick on 64 pixels.")),
    Preset(N_("MNIST, 14 x 14"), {"dataset": "mnist_14", "steps": 1000, "features": 16},
           N_("196 pixels, the same model. Wait for it: the samples become readable within a "
              "minute.")),
    Preset(N_("Know the class"), {"know_class": True},
           N_("A row of samples for each digit: the model was told which one to draw. Its "
              "score is another one, of p(x | class): whoever knows the digit guesses its "
              "pixels more easily.")),
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
