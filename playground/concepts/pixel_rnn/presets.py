"""The presets of the page on PixelRNN."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("MNIST, 28 x 28"), {"dataset": "mnist_full", "units": 20, "steps": 10_000,
                                  "learning_rate": 0.002},
           N_("A stored run on all of MNIST. One layer of 20 units sees everything before a "
              "pixel."),
           stored="mnist", quick={}),
    Preset(N_("8 x 8, live"), {},
           N_("Two LSTMs walk along the diagonals from both upper corners, and the samples "
              "turn into digits.")),
    Preset(N_("Row LSTM"), {"model": "row"},
           N_("One step for each row: twice as fast. Each state comes from the three above "
              "it, so it sees a triangle.")),
    Preset(N_("32 units"), {"units": 32, "steps": 2000},
           N_("A stored run. Twice the memory, twice the steps: see what that buys."),
           stored="diagonal"),
    Preset(N_("Know the class"), {"know_class": True},
           N_("A row of samples for each digit: each gate of the LSTM was told which one to "
              "draw.")),
    Preset(N_("Break it: hardly a memory"), {"units": 4, "kernel": 3},
           N_("Four numbers must hold all that was seen. The strokes are there, the digits "
              "are not."),
           fix={"units": 16, "kernel": 7}, fix_label=N_("Fix it: 16 units, larger kernel")),
    Preset(N_("Break it: too large steps"), {"learning_rate": 0.5},
           N_("LSTMs take large steps badly: the loss jumps, and settles far too high."),
           fix={"learning_rate": 0.005}, fix_label=N_("Fix it: learning rate 0.005")),
)
