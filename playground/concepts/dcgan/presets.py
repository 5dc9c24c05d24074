"""The presets of the page on the GAN on images."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("All of MNIST"),
           {"dataset": "mnist_full", "average": 1000, "steps": 20_000},
           N_("20,000 steps on 60,000 pictures. Ask under Explore whether it has learned them "
              "by heart."),
           stored="mnist", quick={}),
    Preset(N_("14 x 14, live"), {},
           N_("The noise of each picture stays the same: watch blots become strokes, and "
              "strokes become digits.")),
    Preset(N_("Know the class"), {"know_class": True},
           N_("One row for each class, one column for each noise: slant and weight of the "
              "strokes stay down a column.")),
    Preset(N_("Sprites, in colour"),
           {"dataset": "sprites", "spectral": False, "r1": 1.0,
            "discriminator_rate": 0.0005},
           N_("Shape, colour, size and place must fit together. Spectral norm alone would let "
              "D win here, and one colour be all that is drawn; R1 holds D back.")),
    Preset(N_("Fashion-MNIST"), {"dataset": "fashion_14"},
           N_("Outlines come first, patterns late.")),
    Preset(N_("Wasserstein, gradient penalty"),
           {"game": "wgan_gp", "penalty": 10.0, "critic_steps": 3, "spectral": False,
            "steps": 1000},
           N_("A critic without a verdict. Slower, since it learns three times a step."),
           stored="wasserstein"),
    Preset(N_("Break it: no rein on D"),
           {"spectral": False, "critic_steps": 3, "game": "minimax"},
           N_("D is soon sure, and the minimax game has no slope where D is sure."),
           fix={"spectral": True, "game": "non_saturating", "critic_steps": 1},
           fix_label=N_("Fix it: spectral norm, the non-saturating game"), stored="no_rein"),
    Preset(N_("Break it: samples alike"),
           {"spectral": False, "discriminator_rate": 0.0005},
           N_("Without spectral norm the players run past each other: much of what real "
              "pictures show is never drawn. Watch recall, and the classes under Explore."),
           fix={"spectral": True, "discriminator_rate": 0.005},
           fix_label=N_("Fix it: spectral norm, a fast D"),
           more_fixes={N_("Fix it: R1 penalty 1"): {"r1": 1.0}}),
)
