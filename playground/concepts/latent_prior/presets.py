"""The presets of the page of learned priors."""

from playground.language import N_
from playground.presets import Preset
from playground.settings import Value

TEXT: dict[str, Value] = {"code": "words", "batch_size": 50}

PRESETS = (
    Preset(N_("A good run"), {},
           N_("At half time the prior wakes. Its draws move from N(0, I) onto the codes, and only "
              "one of the three bars moves.")),
    Preset(N_("Latent diffusion in miniature"), {"beta": 0.01, "prior": "diffusion"},
           N_("Beta is so low that codes go where they like, far from N(0, I): what that draws is "
              "no digit. A diffusion of the codes finds them."),
           stored="diffusion"),
    Preset(N_("Two numbers on a plane"), {"latent_dim": 2},
           N_("Two numbers are too few for digits, but they can be seen: under Explore, orange is "
              "where N(0, I) draws too often, blue where codes are that it hardly ever draws.")),
    Preset(N_("Words with a prior"), TEXT,
           N_("Each picture is sixteen words. Drawn one by one they are rubble; a PixelCNN that "
              "has read the words of the training set writes digits."),
           stored="words"),
    Preset(N_("Break it: learn from means"),
           {"beta": 1.0, "prior": "mixture", "learns_from": "means"},
           N_("With beta 1 some numbers say nothing: their means are all alike, their guesses as "
              "wide as N(0, I). A prior of means is far too sure, and real codes cost hundreds of "
              "nats."),
           fix={"learns_from": "samples"}, fix_label=N_("Fix it: learn from samples"),
           panel="parts"),
    Preset(N_("Break it: one Gaussian"), {"prior": "mixture", "components": 1},
           N_("It knows mean and covariance of all codes, so it gains something. Of their groups "
              "and gaps it knows nothing: more Gaussians gain more."),
           fix={"components": 10}, fix_label=N_("Fix it: ten Gaussians"),
           more_fixes={N_("Fix it: a flow"): {"prior": "flow"}}),
    Preset(N_("Break it: not standardised"),
           {"beta": 0.0, "prior": "mixture", "standardise": False},
           N_("With beta 0 codes lie far out, and the Gaussians begin around the origin. Their "
              "steps are as small as ever: most of them do not arrive."),
           fix={"standardise": True}, fix_label=N_("Fix it: standardise")),
    Preset(N_("Break it: texts by heart"), TEXT | {"dropout": 0.0},
           N_("1,500 pictures are few texts. The prior learns them by heart: bits of training "
              "pictures go on falling, those of held-out ones rise."),
           fix={"dropout": 0.3}, fix_label=N_("Fix it: dropout 0.3"), panel="bits"),
    Preset(N_("Break it: words alone"), TEXT | {"word_prior": "alone"},
           N_("A table of how often each word stands at each place. It learns the same as "
              "counting does: both halves of the figure are rubble."),
           fix={"word_prior": "pixel_cnn"}, fix_label=N_("Fix it: read the words before")),
)
