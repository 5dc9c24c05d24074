"""The presets of the page of diffusion."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("Eight groups"), {},
           N_("Noise at the left end of the second clock, eight groups at the right. Play it.")),
    Preset(N_("Two moons"), {"dataset": "moons", "steps": 2000},
           N_("No groups but a shape: the arrows point to the nearest part of it, the later the "
              "more.")),
    Preset(N_("Digits"), {"dataset": "digits", "know_class": True, "batch_size": 64,
                          "steps": 1500},
           N_("A stored run: two of each digit. Play the second clock, and see in the second "
              "figure what the net takes each noise to be. Under Explore, draw your own."),
           stored="digits", quick={"dataset": "digits", "know_class": True, "batch_size": 64,
                                   "steps": 500}),
    Preset(N_("MNIST, 28 x 28"), {"dataset": "mnist_full", "batch_size": 64, "steps": 20_000},
           N_("A stored run on all 60,000 digits. Play the second clock: in the second figure, "
              "what the net takes the noise to be."),
           stored="mnist", quick={"dataset": "mnist_14", "batch_size": 64, "steps": 500}),
    Preset(N_("Learned by heart"), {"n_points": 20, "steps": 2000},
           N_("Twenty points to learn from: a third of the particles are copies of one. See "
              "\"Learned by heart?\" under Explore.")),
    Preset(N_("Break it: T = 50"),
           {"dataset": "digits", "schedule": "short", "batch_size": 64, "steps": 500},
           N_("The last noise level still has 78% of the signal's amplitude, and drawing starts "
              "with none: greyer, blotched digits."),
           fix={"schedule": "cosine"}, fix_label=N_("Fix it: noise until nothing is left")),
    Preset(N_("Break it: epsilon without signal"),
           {"schedule": "zero", "prediction": "eps", "steps": 1500},
           N_("At the last level there is no signal. There the noise is easy to name, and says "
              "nothing of x0."),
           fix={"prediction": "v"}, fix_label=N_("Fix it: predict v")),
    Preset(N_("Break it: clip the guess"), {"clip": "always", "steps": 1500},
           N_("Pixels end at -1 and 1, points do not: what lies farther out is pulled in, and "
              "the particles are farther from held-out points."),
           fix={"clip": "range"}, fix_label=N_("Fix it: leave points alone")),
    Preset(N_("Break it: guidance 8"), {"know_class": True, "guidance": 8.0, "steps": 1500},
           N_("Each particle runs away from what other classes share, beyond its own group."),
           fix={"guidance": 1.0}, fix_label=N_("Fix it: the class's own answer")),
)
