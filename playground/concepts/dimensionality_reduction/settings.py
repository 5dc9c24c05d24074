"""What a visitor can turn on the dimensionality reduction page."""

from typing import ClassVar, Self

from pydantic import model_validator

from playground.datasets.own import OwnPointsSettings
from playground.knobs import dataset_knob, n_points_knob, noise_knob, seed_knob, titles
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import knob

TOYS = ("anisotropic", "blobs", "moons", "circles", "smiley", "spiral", "uniform")
STORED = ("digits", "mnist", "iris", "wine", "breast_cancer")
MAX_VISITED = 180
PERPLEXITIES = (2, 100)
IMAGES = ("digits", "mnist")
IN_SPACE = ("swiss_roll", "s_curve")
DATASETS = (*TOYS, *STORED, *IN_SPACE, "noise_10", "mine")


class DimensionalityReductionSettings(OwnPointsSettings):
    """Data, the method that flattens them, and its knobs.

    `visited` are the angles, in degrees, at which the visitor has put the axis before.
    """

    max_columns: ClassVar[int] = 20

    dataset: str = dataset_knob("anisotropic", titles(DATASETS), N_(
        "Try the digits with t-SNE: from 64 dimensions to 2."))
    n_points: int = n_points_knob(
        300, N_("How many points there are; of a stored set, at most all that it has to train."),
        dataset=DATASETS[:-1])
    noise: float = noise_knob(2.0, dataset=(*TOYS, *IN_SPACE))
    method: str = knob(
        "by_hand", N_("Method"),
        choices={"by_hand": N_("PCA by hand"), "pca": N_("PCA"), "kernel_pca": N_("kernel PCA"),
                 "isomap": N_("Isomap"), "tsne": N_("t-SNE"), "umap": N_("UMAP")},
        help=N_("Try Isomap on the Swiss roll: it unrolls what PCA can only press flat."),
    )
    angle: float = knob(
        0.0, N_("Axis, in degrees"), low=0, high=178, step=2, when={"method": ("by_hand",)},
        help=N_("Turn the axis, here or by its handle in the figure, and look for the angle with "
                "the shortest threads. Press Train: it turns all the way round."),
    )
    reveal: bool = knob(
        False, N_("Reveal PC1"), when={"method": ("by_hand",)},
        help=N_("Turn the axis first and guess. Then reveal both principal components, and the "
                "variance at every angle: no axis of yours has more than PC1."),
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
        30.0, N_("Perplexity"), low=PERPLEXITIES[0], high=PERPLEXITIES[1], log=True,
        when={"method": ("tsne",)},
        help=N_("How many neighbours each point minds. Try 2: clumps where there are none."),
    )
    min_dist: float = knob(
        0.1, N_("Least distance"), low=0, high=0.9, step=0.1, when={"method": ("umap",)},
        help=N_("How close points may lie in the picture. Try 0.9: groups spread out."),
    )
    seed: int = seed_knob(
        N_("The chance in the draw of the points and in the start. With t-SNE and UMAP the "
           "groups land in other places: where they lie means nothing."))
    visited: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _visited_are_angles(self) -> Self:
        if len(self.visited) > MAX_VISITED or not all(0 <= a <= 180 for a in self.visited):
            raise Refusal(N_("visited must be up to {most} angles between 0 and 180, got {n}"),
                          most=MAX_VISITED, n=len(self.visited))
        return self

    @property
    def in_space(self) -> bool:
        """Whether the points have three coordinates."""
        three = self.dataset == "mine" and bool(self.points) and len(self.points[0]) == 3
        return self.dataset in IN_SPACE or three
