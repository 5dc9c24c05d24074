"""What a visitor can turn on the density estimation page."""

from typing import ClassVar, Self

from pydantic import model_validator

from playground.claim import Claim
from playground.datasets import toys
from playground.datasets.known import KNOWN
from playground.datasets.own import OwnPointsSettings
from playground.knobs import (
    bandwidth_knob,
    bins_knob,
    components_knob,
    dataset_knob,
    n_points_knob,
    noise_knob,
    seed_knob,
    titles,
)
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import knob

PLANES = ("blobs", "anisotropic", "moons", "circles", "smiley", "uniform", "spiral",
          "checkerboard", "iris_pca", "wine_pca", "breast_cancer_pca", "digits_pca", "mnist_pca",
          "mine")
TOYS = toys.among(PLANES)
RULES = {"hand": N_("by hand"), "scott": N_("Scott's rule"), "silverman": N_("Silverman's rule"),
         "cross_validation": N_("cross-validation"),
         "sheather_jones": N_("improved Sheather-Jones")}

MAX_VISITED = 180
MUS, SIGMAS = (-3.0, 3.0), (0.1, 3.0)
TURN = 0.05


class DensityEstimationSettings(OwnPointsSettings):
    """Points, the way to estimate their density, and how fine it is.

    `visited` are the Gaussians, by mean and standard deviation, that were tried by hand before.
    """

    min_columns: ClassVar[int] = 1

    dataset: str = dataset_knob(
        "line_gaussian", {name: known.title for name, known in KNOWN.items()} | titles(PLANES),
        N_("On a line the true density is known, and drawn behind your estimate. Try the claw "
           "with 500 points."))
    axis: str = knob(
        "both", N_("Coordinates"), group="Data", when={"dataset": PLANES},
        choices={"both": N_("both: a plane"), "first": N_("the first alone: a line"),
                 "second": N_("the second alone: a line")},
        help=N_("Look at the points from one side: what the groups are may be lost."),
    )
    n_points: int = n_points_knob(50, dataset=(*KNOWN, *TOYS))
    noise: float = noise_knob(1.0, dataset=TOYS)
    estimator: str = knob(
        "ascent", N_("Estimate"),
        choices={"ascent": N_("one Gaussian, step by step"),
                 "gaussian": N_("one Gaussian, at once"), "histogram": N_("histogram"),
                 "mixture": N_("Gaussian mixture"), "kde": N_("kernel density estimate")},
        help=N_("Step by step you turn the Gaussian by hand, and Train climbs to the likeliest "
                "one. Of points on a plane it takes the first coordinate."),
    )
    mean: float = knob(
        -1.5, N_("Mean μ"), low=MUS[0], high=MUS[1], step=TURN, when={"estimator": ("ascent",)},
        help=N_("Where the Gaussian is highest. Move it, here or by its handle, until the "
                "likelihood grows no more. Train goes on from here."),
    )
    deviation: float = knob(
        0.5, N_("Standard deviation σ"), low=SIGMAS[0], high=SIGMAS[1], step=TURN,
        when={"estimator": ("ascent",)},
        help=N_("How wide the Gaussian is. Try 0.1: one point that lies outside costs more than "
                "all others bring."),
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
    bandwidth: float = bandwidth_knob(
        N_("The width of each bump. Try 0.02: one spike for each point. Try 2: one hill for all."),
        estimator=("kde",), rule=("hand",))
    bins: int = bins_knob(
        10, N_("Boxes along each axis. Try 100: most boxes are empty, and say that nothing can "
               "ever fall there."),
        estimator=("histogram",))
    components: int = components_knob(
        2, N_("How many Gaussians to mix. Try 10 with 50 points: they begin to learn the sample "
              "by heart."),
        estimator=("mixture",))
    seed: int = seed_knob(
        N_("The chance in the draw. Another seed is another sample of the same density: see "
           "how much the estimate moves."))

    visited: tuple[tuple[float, float], ...] = ()

    @model_validator(mode="after")
    def _visited_are_gaussians(self) -> Self:
        inside = all(MUS[0] <= mu <= MUS[1] and SIGMAS[0] <= sigma <= SIGMAS[1]
                     for mu, sigma in self.visited)
        if len(self.visited) > MAX_VISITED or not inside:
            raise Refusal(N_("visited must be up to {most} Gaussians within the ranges of mean "
                             "and deviation, got {n}"), most=MAX_VISITED, n=len(self.visited))
        return self

    @property
    def claim(self) -> Claim:
        """Each estimate is a formula."""
        return Claim("exact", "reals")

    @property
    def on_a_line(self) -> bool:
        """Whether the points have one coordinate."""
        one_column = self.dataset == "mine" and bool(self.points) and len(self.points[0]) == 1
        return (self.dataset in KNOWN or self.axis != "both" or self.estimator == "ascent"
                or one_column)
