"""The presets of the page on density estimation."""

from collections.abc import Mapping

from playground.language import N_
from playground.presets import Preset
from playground.settings import Value

KERNELS: Mapping[str, Value] = {"dataset": "line_two_groups", "estimator": "kde"}
PRESETS = (
    Preset(N_("A good run: one Gaussian"), {},
           N_("Each step makes the points a little more likely: the sticks under the curve "
              "grow. Drag the handles: can you do better than the gradient?")),
    Preset(N_("Kernels: a bump on each point"), KERNELS,
           N_("Each point brings a bump, and the bumps add up to a curve. Point at a tick to "
              "see its bump, at the axis to see who contributes there.")),
    Preset(N_("Break it: too narrow"), {**KERNELS, "bandwidth": 0.02},
           N_("One spike for each point. The training points love it, new points fall between "
              "the spikes: the held-out score crashes."),
           fix={"bandwidth": 0.2}, fix_label=N_("Fix it: bandwidth 0.2")),
    Preset(N_("Break it: too wide"), {**KERNELS, "bandwidth": 2.0},
           N_("One broad hill: both groups are smoothed away."),
           fix={"bandwidth": 0.2}, fix_label=N_("Fix it: bandwidth 0.2")),
    Preset(N_("Break it: one Gaussian for two groups"), {"dataset": "line_two_groups",
                                                          "n_points": 500},
           N_("The likeliest Gaussian is highest between the groups, where hardly a point is. "
              "More data do not help."),
           fix={"estimator": "mixture"}, fix_label=N_("Fix it: a mixture of two")),
    Preset(N_("Break it: Silverman on the claw"),
           {"dataset": "line_claw", "n_points": 1000, "estimator": "kde",
            "rule": "silverman"},
           N_("The rule expects one Gaussian, and so its bumps are too wide for five claws."),
           fix={"rule": "sheather_jones"}, fix_label=N_("Fix it: improved Sheather-Jones")),
    Preset(N_("Two moons"), {"dataset": "moons", "n_points": 500, "estimator": "kde",
                             "rule": "cross_validation"},
           N_("On a plane the bumps become hills. The estimate follows any shape, here two "
              "moons.")),
)
