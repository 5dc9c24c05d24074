"""The presets of the page on the autoencoder."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("Two numbers per digit: classes part though nobody names them, and the copies "
              "grow sharper than PCA's.")),
    Preset(N_("20 numbers"), {"latent_dim": 20},
           N_("Copies that are hard to tell from the inputs. Then open Explore and throw the "
              "decoder away.")),
    Preset(N_("Linear: PCA"), {"linear": True, "learning_rate": 0.02},
           N_("Without hidden layers the code finds PCA's subspace: watch the angle between "
              "the two fall to nearly 0 degrees.")),
    Preset(N_("Denoising"), {"latent_dim": 20, "corruption": 0.4},
           N_("The encoder sees noisy digits, the target is clean: middle of each strip the "
              "noise, right what is left.")),
    Preset(N_("Sparse"), {"latent_dim": 50, "sparsity": 0.05},
           N_("50 numbers, but each costs: fewer and fewer speak for any one digit.")),
    Preset(N_("Break it: one number"), {"latent_dim": 1, "hidden": 16},
           N_("All digits on one line: neighbours on it blend into each other, and many "
              "come back as another digit."),
           fix={"latent_dim": 20, "hidden": 128}, fix_label=N_("Fix it: 20 numbers")),
    Preset(N_("Break it: dear codes"), {"dataset": "digits", "latent_dim": 50, "sparsity": 2.0},
           N_("Every number of the code costs more than it saves: all fall silent, and each "
              "copy is the mean picture."),
           fix={"sparsity": 0.05}, fix_label=N_("Fix it: weight 0.05")),
)
