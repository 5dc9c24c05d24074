"""The presets of the page on the generative adversarial network."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("The samples find one group after the other. Where D cannot tell any more, its "
              "map turns clear.")),
    Preset(N_("Tight ring"), {"dataset": "tight_ring", "steps": 5000},
           N_("Needles instead of clouds: the same game, harder to hit.")),
    Preset(N_("Grid of 25"), {"dataset": "grid", "steps": 5000},
           N_("Twenty-five groups: the sheet is torn into ever more corners."), stored="grid"),
    Preset(N_("WGAN with gradient penalty"), {"game": "wgan_gp", "critic_steps": 3,
                                              "steps": 2000},
           N_("A critic without a verdict: its heights have no scale, but its slope never "
              "dies.")),
    Preset(N_("Slow motion"), {"slow": True, "steps": 100},
           N_("Follow the numbers in the diagram: first D moves, then G.")),
    Preset(N_("Break it: mode collapse"),
           {"generator_rate": 0.005, "discriminator_rate": 0.0002, "schedule": "constant",
            "steps": 2000},
           N_("G learns 25 times faster than D: it piles all samples onto the place that D "
              "likes best, and when D notices, it moves them all to the next."),
           fix={"critic_steps": 5}, fix_label=N_("Fix it: five updates of D per step"),
           more_fixes={N_("Fix it: judge four samples together"): {"pack": 4},
                       N_("Fix it: equal learning rates"): {"generator_rate": 0.001,
                                                            "discriminator_rate": 0.001}}),
    Preset(N_("Break it: D too strong"),
           {"dataset": "disjoint", "noise": 0.3, "game": "minimax", "critic_steps": 5,
            "optimizer": "sgd", "momentum": 0.0, "discriminator_rate": 0.1,
            "generator_rate": 0.02, "schedule": "constant", "steps": 1000},
           N_("D is soon sure, and minimax has no slope where D is sure: the arrows die, and "
              "the samples stay where they are. The non-saturating game has a slope again, and "
              "here it ends in one group of the two; a Wasserstein critic finds both."),
           fix={"game": "non_saturating"}, fix_label=N_("Fix it: the non-saturating game"),
           more_fixes={N_("Fix it: a Wasserstein critic with gradient penalty"):
                       {"game": "wgan_gp"}}),
    Preset(N_("Break it: momentum 0.9"),
           {"momentum": 0.9, "schedule": "constant", "steps": 2000},
           N_("Each player overshoots what the other one has just left: the samples pile up, and "
              "are thrown from place to place. Nothing settles."),
           fix={"momentum": 0.5, "schedule": "linear"},
           fix_label=N_("Fix it: momentum 0.5, a falling rate")),
    Preset(N_("Break it: G alone"), {"turn": "generator", "steps": 500},
           N_("D never learns. G climbs the nearest hill of a random map and leaves the "
              "picture."),
           fix={"turn": "both", "steps": 3000}, fix_label=N_("Fix it: let both move")),
)
