"""The presets of the page on the arena on images."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("Who is quick to learn, who ends best, and at what? Compare the bits with the "
              "Fréchet distance.")),
    Preset(N_("The same time for each"), {"budget": "seconds"},
           N_("15 seconds each: some thousand steps for the VAE, some hundred for those that "
              "draw pixel by pixel."),
           stored="seconds"),
    Preset(N_("MNIST, 14 x 14"),
           {"dataset": "mnist_14", "pixels": "dynamic", "budget": "seconds", "seconds": 50.0},
           N_("Black or white, 50 seconds for each; a Boltzmann machine and a stochastic network "
              "join in."),
           stored="mnist_14",
           quick={"dataset": "mnist_14", "pixels": "dynamic", "budget": "seconds",
                  "seconds": 5.0}),
    Preset(N_("Fashion-MNIST"),
           {"dataset": "fashion_14", "budget": "seconds", "seconds": 5.0},
           N_("Clothes in 17 greys, five seconds for each: outlines are easy, patterns are not.")),
    Preset(N_("All of MNIST, 100 seconds for each"),
           {"dataset": "mnist_full", "pixels": "dynamic", "features": 16,
            "budget": "seconds", "seconds": 100.0},
           N_("60,000 pictures of 28 x 28 pixels. In the time of one step of PixelRNN the VAE "
              "makes fifty: who is ahead after the same time?"),
           stored="mnist",
           quick={"dataset": "mnist_14", "pixels": "dynamic", "budget": "seconds",
                  "seconds": 5.0}),
    Preset(N_("Break it: hardly any steps"), {"steps": 100},
           N_("After 100 steps the GAN has hardly begun: its two players first have to find "
              "each other."),
           fix={"steps": 1000}, fix_label=N_("Fix it: 1000 steps")),
    Preset(N_("Break it: black or white"), {"pixels": "dynamic"},
           N_("Every grey pixel now is white or black by chance, and the digits drown in "
              "noise. A likelihood takes chance in its stride. The GAN has to forge the "
              "noise itself: even independent pixels come closer now. Two families join in that "
              "know black and white alone."),
           fix={"pixels": "levels"}, fix_label=N_("Fix it: 17 levels"),
           stored="black_or_white"),
    Preset(N_("Break it: two numbers"), {"latent_dim": 2},
           N_("Noise of two numbers: the GAN's pictures are a sheet, which cannot reach all "
              "digits. Good but alike. PixelCNN and PixelRNN have no codes and do not care."),
           fix={"latent_dim": 20}, fix_label=N_("Fix it: 20 numbers"),
           stored="two_numbers"),
)
