"""The presets of the page of normalizing flows."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("A round cloud and a square grid are bent until they are two moons. Play the clock "
              "under the figure: it goes through the layers.")),
    Preset(N_("A field"), {"model": "continuous", "learning_rate": 0.01, "steps": 1000},
           N_("No layers: points follow one field. The grid bends smoothly, and nothing is "
              "torn.")),
    Preset(N_("A ruler"), {"dataset": "line_two_groups", "flow_layers": 2, "steps": 1000},
           N_("A line of noise, cut into ten parts of the same mass, is stretched over the data: "
              "where it is stretched the density is low.")),
    Preset(N_("Eight groups"), {"dataset": "ring"},
           N_("Threads remain between the groups: a bijection cannot tear the plane.")),
    Preset(N_("Checkerboard"), {"dataset": "checkerboard", "model": "maf", "learning_rate": 0.005},
           N_("Splines find hard edges. Then let numbers be shifted and scaled alone.")),
    Preset(N_("Digits"), {"dataset": "digits", "mix": "linear", "flow_layers": 6,
                          "batch_size": 64, "steps": 500},
           N_("Noise is bent into pictures; each has a bound of its probability. Play the clock: "
              "cold samples are all alike."),
           stored="digits"),
    Preset(N_("All of MNIST"),
           {"dataset": "mnist_full", "dequantisation": "learned", "mix": "linear",
            "flow_layers": 6, "batch_size": 32, "steps": 2000},
           N_("A stored run: 60,000 digits, 256 levels, noise that is learned. Under Explore, ask "
              "what each scale holds, and how likely clothes are."),
           stored="mnist",
           quick={"dataset": "mnist_14", "dequantisation": "learned", "mix": "linear",
                  "batch_size": 64, "steps": 500}),
    Preset(N_("Break it: one half alone"), {"mix": "same"},
           N_("One coordinate passes through all layers untouched: its density stays that of "
              "the noise."),
           fix={"mix": "alternate"}, fix_label=N_("Fix it: keep the halves in turn"),
           more_fixes={N_("Fix it: a mixing matrix"): {"mix": "linear"}}),
    Preset(N_("Break it: two islands"), {"dataset": "disjoint", "bend": "affine",
                                         "flow_layers": 2},
           N_("A bridge of samples joins the islands: a smooth map of one cloud cannot tear it."),
           fix={"components": 2}, fix_label=N_("Fix it: noise of two Gaussians"),
           more_fixes={N_("Fix it: splines"): {"bend": "spline"}}),
    Preset(N_("Break it: the wrong sign"), {"log_det": "wrong"},
           N_("The loss falls far below the floor: what is called p integrates to much more "
              "than 1."),
           fix={"log_det": "right"}, fix_label=N_("Fix it: the right sign")),
    Preset(N_("Break it: masks that leak"), {"model": "maf", "bend": "affine",
                                             "masks": "scrambled"},
           N_("Numbers see themselves. The likelihood is falsely good, and samples are not where "
              "the data are."),
           fix={"masks": "right"}, fix_label=N_("Fix it: right masks")),
    Preset(N_("Break it: the batch decides"), {"norm": "batch", "batch_size": 8},
           N_("The same point has another density in each batch."),
           fix={"norm": "actnorm"}, fix_label=N_("Fix it: ActNorm")),
    Preset(N_("Break it: no noise between levels"), {"dataset": "digits",
                                                     "dequantisation": "none", "batch_size": 64,
                                                     "steps": 200},
           N_("Bits per dimension fall without end, below zero: spikes of density on the levels."),
           fix={"dequantisation": "uniform"}, fix_label=N_("Fix it: even noise")),
)
