"""The presets of the page of generative stochastic networks."""

from playground.language import N_
from playground.presets import Preset
from playground.settings import Value

PICTURES: dict[str, Value] = {"hidden": 500, "learning_rate": 0.001, "steps": 1000}

PRESETS = (
    Preset(N_("A good run"), {},
           N_("Play the chains: noise falls onto the ring in a few steps and then goes round it, "
              "from group to group.")),
    Preset(N_("Two moons"), {"dataset": "moons"},
           N_("The arrows point to where the net puts what it sees: across the moons, hardly "
              "along them. In the middle it must choose, and chains cross there.")),
    Preset(N_("Digits"), PICTURES | {"dataset": "digits"},
           N_("A tenth of the pixels is replaced at each step, so a picture changes little by "
              "little. Play the chains: noise becomes a digit, and the digit another one.")),
    Preset(N_("MNIST, with walk-back"),
           PICTURES | {"dataset": "mnist_14", "walk_back": 3, "steps": 5000},
           N_("A stored run. The net learned to find back from three steps of its own chain: no "
              "blots, and hardly any fragments."),
           stored="mnist_14"),
    Preset(N_("Break it: hardly any noise"), {"corrupting_noise": 0.1, "noise": 0.5},
           N_("A little noise is easy to undo, and the loss is low. But a chain takes tiny steps: "
              "it hardly leaves its group, and small errors add up on the way."),
           fix={"corrupting_noise": 0.5, "noise": 0.5}, fix_label=N_("Fix it: more noise"),
           more_fixes={N_("Fix it: walk-back"): {"walk_back": 4}}),
    Preset(N_("Break it: one Gaussian"), {"corrupting_noise": 1.0, "components": 1},
           N_("After so much noise a point may have been in several groups. One Gaussian can "
              "only answer with all that lies between them: half of the chains are nowhere."),
           fix={"components": 8}, fix_label=N_("Fix it: eight Gaussians")),
    Preset(N_("Break it: go on from the mean"), {"corrupting_noise": 1.0, "chain_goes_on": "mean"},
           N_("The mean of the reconstruction is the best guess, and no sample. Chains that go on "
              "from it shrink towards the middle."),
           fix={"chain_goes_on": "draw"}, fix_label=N_("Fix it: draw")),
    Preset(N_("Break it: no walk-back on MNIST"), PICTURES | {"dataset": "mnist_14"},
           N_("The net has seen corrupted digits alone. Its chain leads elsewhere, to fragments "
              "and white blots that it never saw, and there it has not learned to find back: "
              "spurious wells."),
           fix={"walk_back": 3}, fix_label=N_("Fix it: walk-back of 3 steps"), panel="far"),
)
