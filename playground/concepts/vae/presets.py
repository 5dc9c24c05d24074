"""The presets of the page on the variational autoencoder."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("Groups of digits settle around the origin, and the samples turn into digits.")),
    Preset(N_("A good likelihood"),
           {"dataset": "digits", "latent_dim": 20, "learning_rate": 0.005, "schedule": "cosine",
            "warm_up": 1000, "steps": 2000},
           N_("20 dimensions, a warm-up, a rate that falls to 0: measure the bound under "
              "Explore, with K = 500. Independent pixels would need about 27 nats.")),
    Preset(N_("Digits of 8 x 8"), {"dataset": "digits"},
           N_("The same model on small pictures: quick steps, coarse digits.")),
    Preset(N_("All of MNIST"),
           {"dataset": "mnist_full", "coder": "residual", "hidden": 256, "latent_dim": 20,
            "learning_rate": 0.002, "schedule": "cosine", "importance": 5, "batch_size": 50,
            "arithmetic": "bfloat16", "steps": 20_000},
           N_("A stored run. Convolutions, 20 dimensions, 60,000 digits, five codes for each in "
              "the loss: measure the bound under Explore."),
           stored="mnist", quick={}),
    Preset(N_("Sprites"), {"dataset": "sprites", "latent_dim": 10, "beta": 5.0,
                           "learning_rate": 0.002, "schedule": "cosine"},
           N_("Five factors are known. Under Explore, see which dimension learned which.")),
    Preset(N_("VQ-VAE"), {"model": "vq_vae"},
           N_("Diamonds are words: they move to where the encoder's vectors are. Copies get "
              "good; samples less so, for the words are drawn one by one.")),
    Preset(N_("Break it: beta 0"), {"dataset": "digits", "latent_dim": 10, "beta": 0.0},
           N_("Nothing keeps the ten numbers of a code near the prior: they fly far apart. The "
              "copies are the best there are, but random codes land in the holes: junk."),
           fix={"beta": 1.0}, fix_label=N_("Fix it: beta 1")),
    Preset(N_("Break it: beta 10"), {"dataset": "digits", "beta": 10.0},
           N_("The KL stays at zero: every code looks alike, and all samples are one blur."),
           fix={"beta": 1.0}, fix_label=N_("Fix it: beta 1")),
    Preset(N_("Break it: too wide a decoder"),
           {"dataset": "digits", "latent_dim": 20, "hidden": 500, "layers": 4, "steps": 500},
           N_("Four wide layers learn the mean picture first, and codes only cost: the KL "
              "falls to nearly 0 and stays there for hundreds of steps (posterior collapse). It "
              "wakes late."),
           fix={"warm_up": 500}, fix_label=N_("Fix it: warm-up")),
    Preset(N_("Break it: one dimension"), {"latent_dim": 1},
           N_("One number for a digit: it is always in use, and not enough. The copies are "
              "some digit, often the wrong one."),
           fix={"latent_dim": 10}, fix_label=N_("Fix it: 10 dimensions")),
    Preset(N_("Break it: rate 5"), {"learning_rate": 5.0},
           N_("The loss explodes, and ends far above where an untrained model begins."),
           fix={"learning_rate": 0.001}, fix_label=N_("Fix it: learning rate 0.001")),
)
