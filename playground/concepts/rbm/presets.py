"""The presets of the page of the Boltzmann machine."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("Play the chains: noise turns into rows and columns. Over the training log p climbs "
              "to two tenths of a nat below the best there is.")),
    Preset(N_("A tenth of a nat"), {"n_hidden": 50, "steps": 10_000},
           N_("Twice the units, twice as long. In the middle log p falls for a while, since "
              "weights grow faster than the chains can follow; as the steps shrink, the chains "
              "catch up.")),
    Preset(N_("Digits of 8 x 8"),
           {"dataset": "digits", "n_hidden": 100, "cd_steps": 5, "batch_size": 100},
           N_("Too many states to sum over: log p is an estimate by annealed importance sampling "
              "now. Weights become spots and edges, and chains dream of digits."),
           stored="digits"),
    Preset(N_("All of MNIST, 28 x 28"),
           {"dataset": "mnist_full", "pixels": "dynamic", "n_hidden": 500, "cd_steps": 1,
            "n_chains": 100, "optimizer": "sgd", "learning_rate": 0.1, "batch_size": 100,
            "steps": 20_000},
           N_("A stored run: 500 hidden units. Where log p of all test images stands among "
              "published figures, Explore shows beside log Z: an estimate."),
           stored="mnist", quick={}),
    Preset(N_("Points: Gaussian visible units"),
           {"dataset": "blobs", "n_hidden": 16, "learning_rate": 0.01, "batch_size": 100,
            "steps": 2000},
           N_("A mixture of 65,536 bumps of one shape, whose middles are sums of sixteen columns. "
              "For round groups that is enough: less than a tenth of a nat is missing.")),
    Preset(N_("Break it: bent lines"),
           {"dataset": "moons", "n_hidden": 16, "learning_rate": 0.01, "batch_size": 100,
            "steps": 2000},
           N_("Bumps of one shape cannot be long here and narrow there, and their middles are "
              "sums of the same columns: what lies between the moons is filled, and most of a "
              "nat is missing."),
           fix={"dataset": "ring"}, fix_label=N_("Fix it: a ring"), panel="likelihood"),
    Preset(N_("Two hidden layers"),
           {"model": "dbm", "n_hidden": 16, "n_upper": 10, "learning_rate": 0.01},
           N_("A deep Boltzmann machine. Log p is exact, and the bound by mean field, which is "
              "all that there is of larger ones, lies hardly below it.")),
    Preset(N_("Break it: CD-1 for long"),
           {"rule": "cd", "cd_steps": 1, "learning_rate": 0.02},
           N_("Copies become perfect, and log p falls: after one step a fantasy is still at its "
              "datum, so nothing tells the machine that it finds some pictures far likelier than "
              "others. Only the exact log p does."),
           fix={"rule": "pcd", "cd_steps": 10, "learning_rate": 0.005},
           fix_label=N_("Fix it: persistent chains"),
           more_fixes={N_("Fix it: CD-10"): {"cd_steps": 10, "learning_rate": 0.01}},
           panel="likelihood"),
    Preset(N_("Break it: too large steps"), {"learning_rate": 0.5, "steps": 2000},
           N_("Weights are so large at once that hidden units and chains freeze. Nothing comes "
              "back from there."),
           fix={"learning_rate": 0.005}, fix_label=N_("Fix it: learning rate 0.005")),
    Preset(N_("Break it: a single chain"), {"n_chains": 1, "cd_steps": 1, "steps": 2000},
           N_("The model's mean is that of one picture. Wherever the chain is, energy is raised, "
              "so it is driven about, and the machine learns next to nothing."),
           fix={"n_chains": 200}, fix_label=N_("Fix it: 200 chains")),
    Preset(N_("Break it: chains that do not mix"),
           {"cd_steps": 1, "learning_rate": 0.05, "steps": 2000},
           N_("Wells get deep faster than 200 chains can leave them, one step an update. The "
              "model's mean is that of the wells in which they sit: about two nats are missing. "
              "Under Explore, see how long a plain chain stays at a picture, and how long one "
              "that hotter chains help."),
           fix={"rule": "tempered"}, fix_label=N_("Fix it: parallel tempering"),
           panel="likelihood"),
    Preset(N_("Break it: two hidden units"), {"n_hidden": 2, "steps": 2000},
           N_("Two units can say four things of a picture. Rows and columns need more."),
           fix={"n_hidden": 24}, fix_label=N_("Fix it: 24 hidden units")),
)
