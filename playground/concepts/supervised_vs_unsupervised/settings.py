"""What a visitor can turn on the page of supervised and unsupervised learning."""

from playground.datasets.own import OwnPointsSettings
from playground.knobs import dataset_knob, n_points_knob, noise_knob, seed_knob, titles
from playground.language import N_
from playground.settings import knob

TOYS = ("blobs", "anisotropic", "moons", "circles", "spiral", "smiley")
PLANES = (*TOYS, "uniform", "iris_pca", "wine_pca", "breast_cancer_pca", "digits_pca",
          "mnist_pca", "mine")
DATASETS = (*PLANES, "scenes")


class SupervisedVsUnsupervisedSettings(OwnPointsSettings):
    """Data, whether their labels are given, and who learns from them."""

    dataset: str = dataset_knob("moons", titles(DATASETS), N_(
        "Try blobs: without labels k-means finds the same groups. Then try moons. The scenes "
        "are pictures: a label may be a class, a box or a mask."))
    label_kind: str = knob(
        "class", N_("A label is"), when={"dataset": ("scenes",)},
        choices={"class": N_("a class: 1 number"), "box": N_("a box: 4 numbers"),
                 "mask": N_("a mask: 1,024 numbers")},
        help=N_("What somebody has said about each picture, and what the net learns to say."),
    )
    n_pictures: int = knob(
        100, N_("Labelled pictures"), group="Data", low=10, high=1000, log=True,
        when={"dataset": ("scenes",)},
        help=N_("How many pictures somebody has labelled. Try 10 with each kind of label: which "
                "one suffers most?"),
    )
    n_points: int = n_points_knob(
        200, N_("How many points there are to learn from; as many others are for the test."),
        dataset=TOYS)
    noise: float = noise_knob(
        2.0, N_("Try 3: the classes overlap, and nobody can be right everywhere."), dataset=TOYS)
    labels: str = knob(
        "shown", N_("Labels"), when={"dataset": PLANES},
        choices={"shown": N_("shown: supervised"), "hidden": N_("hidden: unsupervised")},
        help=N_("Hide them: the points turn grey, and the learner must find groups by itself."),
    )
    classifier: str = knob(
        "mlp", N_("Classifier"), when={"dataset": PLANES, "labels": ("shown",)},
        choices={"logistic": N_("logistic regression"), "neighbours": N_("k nearest neighbours"),
                 "mlp": N_("neural network")},
        help=N_("Try logistic regression on the moons: one straight border is too few."),
    )
    hidden_units: int = knob(
        16, N_("Hidden units"), low=2, high=64, step=2,
        when={"dataset": PLANES, "labels": ("shown",), "classifier": ("mlp",)},
        help=N_("In each of two hidden layers. Try 2: the border can hardly bend."),
    )
    k: int = knob(
        5, N_("Neighbours k"), low=1, high=49, step=2,
        when={"dataset": PLANES, "labels": ("shown",), "classifier": ("neighbours",)},
        help=N_("How many neighbours vote. Try 1 with a spread of 3: each stray point gets an "
                "island."),
    )
    clusterer: str = knob(
        "kmeans", N_("Clustering"), when={"dataset": PLANES, "labels": ("hidden",)},
        choices={"kmeans": N_("k-means"), "gmm": N_("Gaussian mixture")},
        help=N_("Who looks for the groups. Both are told how many classes there are, no more."),
    )
    step_size: float = knob(
        0.03, N_("Learning rate"), group="Training", low=0.001, high=1, log=True, live=True,
        when={"dataset": PLANES, "labels": ("shown",), "classifier": ("logistic", "mlp")},
        help=N_("How far each step goes. Try 1: the border jumps about."),
    )
    seed: int = seed_knob(N_("The chance in the draw of the points and in the start."))
