"""The presets of the page on supervised and unsupervised learning."""

from playground.language import N_
from playground.presets import Preset

PRESETS = (
    Preset(N_("A good run: with labels"), {},
           N_("The border bends until it runs between the two moons.")),
    Preset(N_("Break it: the same without labels"), {"labels": "hidden"},
           N_("The very same points, but grey. k-means finds two groups, and they are not the "
              "two moons: nobody told it what you care about. Reveal the labels in Explore."),
           fix={"labels": "shown"}, fix_label=N_("Fix it: show the labels")),
    Preset(N_("Groups that are classes"),
           {"dataset": "blobs", "noise": 1.0, "labels": "hidden"},
           N_("Grey points again. Here the classes are round and well apart, and k-means "
              "finds them without a single label. Reveal them in Explore.")),
    Preset(N_("Break it: a straight border"), {"classifier": "logistic", "noise": 1.0},
           N_("Logistic regression draws one straight line, and the moons are not straight: "
              "about one point in ten stays on the wrong side."),
           fix={"classifier": "mlp"}, fix_label=N_("Fix it: a neural network")),
    Preset(N_("Break it: labels by coin toss"),
           {"dataset": "uniform", "classifier": "neighbours", "k": 1},
           N_("The labels mean nothing. One neighbour still knows every training point by "
              "heart, and on new points it is right half of the time: it guesses."),
           fix={"k": 49}, fix_label=N_("Fix it: 49 neighbours")),
    Preset(N_("Break it: one neighbour"),
           {"classifier": "neighbours", "k": 1, "noise": 2.0, "dataset": "blobs"},
           N_("Every training point is right, since it is its own neighbour. Test points near "
              "a stray one are wrong."),
           fix={"k": 9}, fix_label=N_("Fix it: 9 neighbours")),
    Preset(N_("A label that is a class"), {"dataset": "scenes"},
           N_("One number for each picture: disc, square or triangle. The net learns to say "
              "what is there, and nothing of where.")),
    Preset(N_("A label that is a box"), {"dataset": "scenes", "label_kind": "box"},
           N_("Four numbers for each picture. The net learns where the shape begins and ends: "
              "blue is the true box, orange the one it finds.")),
    Preset(N_("A label that is a mask"), {"dataset": "scenes", "label_kind": "mask"},
           N_("A yes or no for each of 1,024 pixels. A mask says what a box says, and more; "
              "somebody had to draw 100 of them.")),
)
