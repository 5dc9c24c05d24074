"""What a visitor can turn on the dimensionality reduction page."""

from typing import Self

from pydantic import model_validator

from playground.datasets.labels import LABELS
from playground.datasets.tables import TITLES
from playground.language import N_
from playground.settings import Settings, knob

TOYS = ("anisotropic", "blobs", "moons", "circles", "spiral", "uniform")
MAX_OWN_POINTS = 500
REACH = 3.0

Point = tuple[float, float]


class DimensionalityReductionSettings(Settings):
    """Data, the method that flattens them, and its knobs.

    `points` are drawn by the visitor, within `REACH` of the origin, for `dataset` "mine".
    """

    dataset: str = knob(
        "anisotropic", N_("Data set"), group="Data",
        choices={name: LABELS[name].title for name in TOYS}
        | {"digits": LABELS["digits"].title} | TITLES | {"mine": LABELS["mine"].title},
        help=N_("Try the digits with t-SNE: from 64 dimensions to 2."),
    )
    n_points: int = knob(
        300, N_("Points"), group="Data", low=20, high=2000, log=True,
        when={"dataset": (*TOYS, "digits", *TITLES)},
        help=N_("How many points there are; of a stored set, at most all that it has to train."),
    )
    noise: float = knob(
        2.0, N_("Spread"), group="Data", low=0, high=3, step=0.1,
        when={"dataset": (*TOYS, "swiss_roll")},
        help=N_("Try 2: the groups melt into each other."),
    )
    method: str = knob(
        "by_hand", N_("Method"),
        choices={"by_hand": N_("PCA by hand"), "pca": N_("PCA"), "kernel_pca": N_("kernel PCA"),
                 "isomap": N_("Isomap"), "tsne": N_("t-SNE"), "umap": N_("UMAP")},
        help=N_("Try Isomap on the Swiss roll: it unrolls what PCA can only press flat."),
    )
    angle: float = knob(
        0.0, N_("Axis, in degrees"), low=0, high=178, step=2, when={"method": ("by_hand",)},
        help=N_("Turn the axis by hand, and look for the angle with the shortest threads. Then "
                "press Train: it turns all the way round."),
    )
    gamma: float = knob(
        2.0, N_("Kernel gamma"), low=0.01, high=100, log=True, when={"method": ("kernel_pca",)},
        help=N_("How fast likeness fades with distance. Try 0.01: kernel PCA becomes PCA. Try "
                "100: each point is like itself alone."),
    )
    neighbors: int = knob(
        10, N_("Neighbours"), low=2, high=50, step=1, when={"method": ("isomap", "umap")},
        help=N_("Whom each point knows. Try 50 with Isomap on the Swiss roll: paths jump from one "
                "layer to the next."),
    )
    perplexity: float = knob(
        30.0, N_("Perplexity"), low=2, high=100, log=True, when={"method": ("tsne",)},
        help=N_("How many neighbours each point minds. Try 2: clumps where there are none."),
    )
    min_dist: float = knob(
        0.1, N_("Least distance"), low=0, high=0.9, step=0.1, when={"method": ("umap",)},
        help=N_("How close points may lie in the picture. Try 0.9: groups spread out."),
    )
    seed: int = knob(
        0, N_("Seed"), group="Training", low=0, high=9999, step=1,
        help=N_("The chance in the draw of the points and in the start. With t-SNE and UMAP the "
                "groups land in other places: where they lie means nothing."),
    )
    points: tuple[Point, ...] = ()

    @model_validator(mode="after")
    def _drawn_points_are_near(self) -> Self:
        if len(self.points) > MAX_OWN_POINTS:
            raise ValueError(f"points must be at most {MAX_OWN_POINTS}, got {len(self.points)}")
        for point in self.points:
            if max(map(abs, point)) > REACH:
                raise ValueError(f"points must lie within {REACH:g} of 0, got {point}")
        return self
