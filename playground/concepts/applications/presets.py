"""The presets of the page on applications."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("16 grey squares are all that is given. Which digit was it? The average "
              "hesitates, the VAE nearly so; PixelCNN and GAN decide, each time anew.")),
    Preset(N_("Colour the sprites"), {"task": "colourisation", "dataset": "sprites"},
           N_("The grey picture says nothing about the colour. The average of six colours is "
              "mud; the others pick one."),
           stored="sprites"),
    Preset(N_("Grey tells all"),
           {"task": "colourisation", "dataset": "sprites", "grey": "luma"},
           N_("A weighted sum of pure colours is another grey for each of them: nothing is "
              "open. The PSNR of the average jumps up; the others need long to learn that "
              "there is nothing to choose."),
           stored="luma"),
    Preset(N_("Fashion-MNIST"), {"dataset": "fashion_14"},
           N_("Outlines are plain, patterns and sleeves are open."),
           stored="fashion"),
    Preset(N_("Tint the digits"), {"task": "colourisation", "dataset": "digits"},
           N_("Each digit was tinted by a draw. All its strokes must get the same colour."),
           stored="tinted"),
    Preset(N_("Break it: a GAN pulled to the truth"), {"l1": 100.0},
           N_("Each answer of the GAN is pulled to the truth. They are clean, near, and all "
              "alike: noise is ignored. The Fréchet distance does not mind, since it never "
              "looks at two answers to one question. Diversity does."),
           fix={"l1": 0.0}, fix_label=N_("Fix it: pull on the mean alone"),
           stored="pulled"),
    Preset(N_("Break it: the game alone"), {"first_moment": 0.0},
           N_("Nothing pulls the mean of the GAN's answers to the truth. Both players are "
              "content with a few shapes: watch recall, and the PSNR."),
           fix={"first_moment": 30.0}, fix_label=N_("Fix it: pull on the mean"),
           stored="game_alone"),
    Preset(N_("Break it: a code that costs too much"), {"beta": 20.0},
           N_("The VAE no longer dares to say anything in its code: each answer is the "
              "average."),
           fix={"beta": 1.0}, fix_label=N_("Fix it: beta 1"),
           stored="dear_code"),
    Preset(N_("Break it: hardly any steps"), {"steps": 100},
           N_("The answers look like nothing yet; the baseline needs no steps."),
           fix={"steps": 800}, fix_label=N_("Fix it: 800 steps")),
)
