"""The presets of the page on flow matching."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run"), {},
           N_("The cloud tears into eight groups. Play the way: the particles set out for the "
              "middle, and turn.")),
    Preset(N_("From moons to the ring"), {"source": "moons", "steps": 2000},
           N_("Flow matching leads from any points to any others: the source need not be noise.")),
    Preset(N_("Short ways: optimal transport"),
           {"pairing": "transport", "batch_size": 100, "solver": "euler", "solver_steps": 5,
            "steps": 1000},
           N_("Within each batch noise goes to near data. The ways hardly cross, so the flow is "
              "nearly straight: five steps of Euler's rule will do.")),
    Preset(N_("One step: reflow"),
           {"second_half": "reflow", "solver": "euler", "solver_steps": 1, "steps": 2000},
           N_("One step of Euler's rule: all particles land on the mean. At half time a second "
              "flow learns from the pairs that the first one has joined, and they spread.")),
    Preset(N_("One step: a mean flow"),
           {"model": "mean_flow", "solver_steps": 1, "steps": 1000},
           N_("The net learns mean velocities, and one evaluation of it draws all eight groups.")),
    Preset(N_("Digits of 8 x 8"),
           {"dataset": "digits", "know_class": True, "guidance": 2.0, "batch_size": 50,
            "steps": 2000},
           N_("The same code in 64 dimensions, with a U-Net that is told the class. Play the way: "
              "strokes come out of noise."), stored="digits"),
    Preset(N_("Digits in one step"),
           {"dataset": "digits", "know_class": True, "guidance": 2.0, "batch_size": 50,
            "steps": 2000, "second_half": "reflow", "solver": "euler", "solver_steps": 1},
           N_("One step leads to the mean of each class. At half time a second flow learns from "
              "2,048 pairs of noise and picture that the first one has joined, and one step of it "
              "draws digits, each its own.")),
    Preset(N_("Break it: too few steps"),
           {"solver": "euler", "solver_steps": 2, "steps": 2000},
           N_("Two long steps along curves: the first one leads everybody to the middle, and "
              "the second one cannot mend that."),
           fix={"solver": "midpoint", "solver_steps": 25},
           fix_label=N_("Fix it: 25 steps by the midpoint"),
           more_fixes={N_("Fix it: reflow"): {"second_half": "reflow", "steps": 2000}}),
    Preset(N_("Break it: transport that ignores the labels"),
           {"know_class": True, "pairing": "blind_transport", "batch_size": 100, "steps": 1000},
           N_("The net is told the class, but pairs are made across the classes: each class has "
              "learned from the noise beside it alone. Drawn from all noise, most samples end in "
              "a group that they were not told."),
           fix={"pairing": "transport"}, fix_label=N_("Fix it: transport within each class"),
           more_fixes={N_("Fix it: pairs by chance"): {"pairing": "chance"}}),
    Preset(N_("Break it: a source that is far away"), {"distance": 20.0, "steps": 1000},
           N_("The ways are several times as long as the data are wide. A small error of a "
              "velocity is a large one at the end: the groups blur."),
           fix={"distance": 0.0}, fix_label=N_("Fix it: start where the data are")),
)
