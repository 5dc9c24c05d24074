"""The presets of the page of energy-based models."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("Play the chains: noise rolls into eight wells. Over the training the wells are dug "
              "where data are, and filled where chains stray.")),
    Preset(N_("Moons, told from noise"),
           {"dataset": "moons", "rule": "contrastive", "learning_rate": 0.005,
            "langevin_step": 0.002},
           N_("Noise-contrastive estimation: no chain in the training, log Z is one more weight. "
              "It takes a few seconds, and log p comes close to the best there is.")),
    Preset(N_("Digits of 8 x 8"),
           {"dataset": "digits", "langevin_step": 0.01, "restarts": 0.02, "batch_size": 64,
            "steps": 1000, "shown_steps": 500},
           N_("Chains at T = 1: they draw from p itself, as far as 500 steps from noise let them. "
              "How likely digits are nobody knows: Z is out of reach."),
           stored="digits"),
    Preset(N_("Break it: steps as wide as the data"), {"dataset": "moons"},
           N_("A well never gives fantasies narrower than a step, and the moons are as narrow as "
              "one. So the wells are dug deeper and narrower without end, and log p falls."),
           fix={"langevin_step": 0.002}, fix_label=N_("Fix it: step 0.002"), panel="likelihood"),
    Preset(N_("Break it: chains too short"), {"rule": "short_run", "langevin_steps": 5},
           N_("After five steps from noise no chain is where p is. Energy is raised at the noise, "
              "steeper and steeper, and log p falls."),
           fix={"rule": "persistent", "langevin_steps": 20},
           fix_label=N_("Fix it: persistent chains"), panel="likelihood"),
    Preset(N_("Break it: steps too large"), {"langevin_step": 0.1},
           N_("Chains jump over the wells and never lie in them, so the energy is dug on and on: "
              "hundreds of nats deep."),
           fix={"langevin_step": 0.005}, fix_label=N_("Fix it: step 0.005"), panel="likelihood"),
    Preset(N_("Break it: slopes see no shares"),
           {"rule": "denoising", "noise": 0.4, "data_noise": 0.02, "learning_rate": 0.002},
           N_("Between far groups there are no data, so no slope is learned there, and how deep "
              "each well is to the others is anybody's guess. Shapes are right, shares are not."),
           fix={"rule": "contrastive", "data_noise": 0.05},
           fix_label=N_("Fix it: tell data from noise"),
           panel="likelihood"),
    Preset(N_("Break it: noise in one place"),
           {"rule": "contrastive", "noise_width": 0.2, "learning_rate": 0.005},
           N_("Data are told from a small heap in the middle. Where the noise never goes, nothing "
              "says how high the energy is."),
           fix={"noise_width": 2.0}, fix_label=N_("Fix it: noise that covers the data"),
           panel="likelihood"),
    Preset(N_("Break it: no noise"), {"langevin_noise": 0.0},
           N_("At T = 0 all chains roll to the bottom. They end at the data, and the energy is no "
              "-log p."),
           fix={"langevin_noise": 1.0}, fix_label=N_("Fix it: the noise that the step wants"),
           panel="likelihood"),
)
