"""The presets of the page of the pixel transformer."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("8 x 8, live"), {},
           N_("Noise turns into strokes, and strokes into digits, while the heads settle: some on "
              "the pixel before, some on the one above, some far away.")),
    Preset(N_("Wider, longer"), {"width": 48, "steps": 2000},
           N_("A stored run. Half as wide again and twice the steps: see what that buys."),
           stored="wide"),
    Preset(N_("MNIST, 14 x 14"), {"dataset": "mnist_14", "steps": 3000, "learning_rate": 0.005},
           N_("A stored run. 196 pixels, so three times as many tokens, and nine times as many "
              "pairs of them."),
           stored="mnist_14",
           quick={"dataset": "mnist_14", "blocks": 2, "steps": 500}),
    Preset(N_("Along a Hilbert curve"), {"order": "hilbert"},
           N_("Another order, the same rule. Play the samples: a corner is finished before the "
              "next one begins. Here it learns a little more slowly than row by row.")),
    Preset(N_("Know the class"), {"know_class": True},
           N_("A row of samples for each digit: the first token says which one to draw, and every "
              "pixel can look at it.")),
    Preset(N_("Break it: no mask"), {"causal": False, "steps": 500},
           N_("Each pixel sees all, itself too. The score is wonderful and a lie. The samples "
              "have no future to look at: garbage."),
           fix={"causal": True}, fix_label=N_("Fix it: the causal mask")),
    Preset(N_("Break it: no positions"), {"positions": "none"},
           N_("Attention sees a set of pixels and does not know which one is the neighbour above. "
              "Pixels that know nothing of each other, but where they are, do better."),
           fix={"positions": "row_column"}, fix_label=N_("Fix it: rows and columns")),
    Preset(N_("Break it: nobody looks around"), {"blocks": 0},
           N_("Without a block each pixel knows its place and the pixel before it, and no other. "
              "Strokes run along the rows alone."),
           fix={"blocks": 3}, fix_label=N_("Fix it: three blocks")),
    Preset(N_("Break it: too large steps"), {"learning_rate": 0.2},
           N_("Attention is thrown about before it has found anything. The loss gets stuck, worse "
              "than that of pixels that know nothing of each other."),
           fix={"learning_rate": 0.01}, fix_label=N_("Fix it: learning rate 0.01")),
)
