"""The presets of the page on the arena."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("The formulas are there at once; the nets have to train. Who comes closest to "
              "the dashed line, what real points get?")),
    Preset(N_("Ring of 8"), {"dataset": "ring"},
           N_("Eight Gaussians: the mixture is of the right family, and comes close to the "
              "true density.")),
    Preset(N_("Spiral"), {"dataset": "spiral"},
           N_("Eight Gaussians are not enough now. Kernels and nets follow the arms.")),
    Preset(N_("Five seconds for each"), {"budget": "seconds"},
           N_("The same time and not the same number of steps.")),
    Preset(N_("Break it: hardly any steps"), {"steps": 100},
           N_("After 100 steps the nets have learned little more than where the points are. "
              "The formulas do not care."),
           fix={"steps": 2000}, fix_label=N_("Fix it: 2000 steps")),
    Preset(N_("Break it: learned by heart"), {"rule": "hand", "bandwidth": 0.01},
           N_("The kernel estimate draws its training points again: precision, recall and "
              "coverage are splendid. Only the held-out score tells on it."),
           fix={"rule": "cross_validation", "bandwidth": 0.2},
           fix_label=N_("Fix it: cross-validation")),
    Preset(N_("Break it: too many boxes"), {"bins": 100},
           N_("Most boxes of the histogram are empty, and new points fall into them: "
              "impossible, it says. Fewer boxes leave fewer such points; one of them is enough "
              "for a score of minus infinity."),
           fix={"bins": 20}, fix_label=N_("Fix it: 20 boxes along each axis")),
    Preset(N_("Break it: a loose bound"), {"importance": 1},
           N_("With one code per datum the bound of the VAE is loose, and training for it "
              "blurs the gap between the moons."),
           fix={"importance": 5}, fix_label=N_("Fix it: five codes for each datum")),
    Preset(N_("Break it: 20 points"), {"n_points": 20},
           N_("Too few to learn from: the nets draw them almost exactly, and are sure of "
              "themselves where no point ever comes."),
           fix={"n_points": 2000}, fix_label=N_("Fix it: 2000 points")),
)
