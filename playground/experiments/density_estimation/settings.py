"""What a visitor can turn on the density estimation page."""

from typing import ClassVar

from playground.datasets import toys
from playground.datasets.known import KNOWN
from playground.datasets.labels import LABELS
from playground.datasets.own import OwnPointsSettings
from playground.language import N_
from playground.settings import knob

PLANES = ("blobs", "anisotropic", "moons", "circles", "smiley", "uniform", "spiral",
          "iris_pca", "wine_pca", "breast_cancer_pca", "digits_pca", "mnist_pca", "mine")
TOYS = tuple(name for name in PLANES if name in toys.NAMES)
RULES = {"hand": N_("by hand"), "scott": N_("Scott's rule"), "silverman": N_("Silverman's rule"),
         "cross_validation": N_("cross-validation"),
         "sheather_jones": N_("improved Sheather-Jones")}


class DensityEstimationSettings(OwnPointsSettings):
    """Points, the way to estimate their density, and how fine it is."""

    min_columns: ClassVar[int] = 1

    dataset: str = knob(
        "line_two_groups", N_("Data set"), group="Data",
        choices={name: known.title for name, known in KNOWN.items()}
        | {name: LABELS[name].title for name in PLANES},
        help=N_("On a line the true density is known, and drawn behind your estimate. Try the "
                "claw with 500 points."),
    )
    axis: str = knob(
        "both", N_("Coordinates"), group="Data", when={"dataset": PLANES},
        choices={"both": N_("both: a plane"), "first": N_("the first alone: a line"),
                 "second": N_("the second alone: a line")},
        help=N_("Look at the points from one side: what the groups are may be lost."),
    )
    n_points: int = knob(
        50, N_("Points"), group="Data", low=20, high=2000, log=True,
        when={"dataset": (*KNOWN, *TOYS)}, help=N_("How many points there are."),
    )
    noise: float = knob(
        1.0, N_("Spread"), group="Data", low=0, high=3, step=0.1,
        when={"dataset": TOYS}, help=N_("Try 2: the groups melt into each other."),
    )
    estimator: str = knob(
        "kde", N_("Estimate"),
        choices={"gaussian": N_("one Gaussian"), "histogram": N_("histogram"),
                 "mixture": N_("Gaussian mixture"), "kde": N_("kernel density estimate")},
        help=N_("Try one Gaussian on two groups: it is highest where no point is."),
    )
    kernel: str = knob(
        "gaussian", N_("Kernel"), when={"estimator": ("kde",)},
        choices={"gaussian": N_("Gaussian"), "tophat": N_("top hat"),
                 "epanechnikov": N_("Epanechnikov"), "exponential": N_("exponential"),
                 "linear": N_("linear"), "cosine": N_("cosine")},
        help=N_("The shape of one bump. Try the top hat: the estimate becomes a staircase. The "
                "width matters much more."),
    )
    rule: str = knob(
        "hand", N_("Bandwidth"), when={"estimator": ("kde",)}, choices=RULES,
        help=N_("Who chooses the width of the bumps. Try Silverman's rule on the claw: it "
                "expects one Gaussian and smooths the claws away."),
    )
    bandwidth: float = knob(
        0.2, N_("Bandwidth h"), low=0.01, high=3, log=True,
        when={"estimator": ("kde",), "rule": ("hand",)},
        help=N_("The width of each bump. Try 0.02: one spike for each point. Try 2: one hill "
                "for all."),
    )
    bins: int = knob(
        10, N_("Bins"), low=1, high=100, log=True, when={"estimator": ("histogram",)},
        help=N_("Boxes along each axis. Try 100: most boxes are empty, and say that nothing can "
                "ever fall there."),
    )
    components: int = knob(
        2, N_("Gaussians"), low=1, high=10, step=1, when={"estimator": ("mixture",)},
        help=N_("How many Gaussians to mix. Try 10 with 50 points: they begin to learn the "
                "sample by heart."),
    )
    seed: int = knob(
        0, N_("Seed"), group="Training", low=0, high=9999, step=1,
        help=N_("The chance in the draw. Another seed is another sample of the same density: "
                "see how much the estimate moves."),
    )

    @property
    def on_a_line(self) -> bool:
        """Whether the points have one coordinate."""
        one_column = self.dataset == "mine" and bool(self.points) and len(self.points[0]) == 1
        return self.dataset in KNOWN or self.axis != "both" or one_column
