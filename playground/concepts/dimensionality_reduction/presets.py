"""The presets of the page on dimensionality reduction."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run: PCA by hand"), {},
           N_("The axis turns all the way round, and the curve traces the variance along it. "
              "It stops where the threads are shortest: there the variance is largest.")),
    Preset(N_("t-SNE on digits"), {"dataset": "digits", "method": "tsne", "n_points": 500},
           N_("A knot for the first third, then ten groups spring apart. Nobody told t-SNE "
              "which digit is which: the colours do."),
           stored="tsne"),
    Preset(N_("UMAP on digits"), {"dataset": "digits", "method": "umap", "n_points": 500},
           N_("Epoch by epoch, from chance to groups. The first start takes ten seconds or "
              "so: umap-learn compiles itself.")),
    Preset(N_("Break it: groups out of nothing"),
           {"dataset": "noise_10", "method": "tsne", "perplexity": 2.0},
           N_("Uniform noise has no groups, but with perplexity 2 each point minds its two "
              "nearest only: chance neighbours become clumps."),
           fix={"perplexity": 50.0}, fix_label=N_("Fix it: perplexity 50")),
    Preset(N_("Break it: PCA on a Swiss roll"),
           {"dataset": "swiss_roll", "method": "pca", "n_points": 1000, "noise": 0.0},
           N_("A straight projection presses the layers onto each other: far ends of the "
              "sheet become neighbours."),
           fix={"method": "isomap"}, fix_label=N_("Fix it: Isomap")),
    Preset(N_("Break it: short cuts"),
           {"dataset": "swiss_roll", "method": "isomap", "n_points": 1000, "noise": 0.0,
            "neighbors": 30},
           N_("With 30 neighbours each, paths jump from one layer of the roll to the next. "
              "The sheet stays rolled up, and both its ends meet."),
           fix={"neighbors": 10}, fix_label=N_("Fix it: 10 neighbours")),
)
