"""What a visitor can turn on the page of normalizing flows."""

from typing import ClassVar, Self

from pydantic import model_validator

from playground.claim import Claim
from playground.datasets import toys
from playground.datasets.known import KNOWN
from playground.datasets.levels import levels_of
from playground.datasets.own import OwnPointsSettings
from playground.datasets.tables import TABLES
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    batch_size_knob,
    components_knob,
    dataset_knob,
    features_knob,
    hidden_knob,
    know_class_knob,
    layers_knob,
    learning_rate_knob,
    noise_knob,
    seed_knob,
    steps_knob,
    titles,
)
from playground.language import N_
from playground.refusal import Refusal
from playground.settings import knob

TOYS = ("moons", "ring", "circles", "checkerboard", "spiral", "disjoint", "blobs", "anisotropic",
        "smiley", "grid", "tight_ring", "uniform")
LINES = tuple(KNOWN)
IMAGES = ("digits", "mnist_14", "mnist", "fashion_14", "fashion", "sprites", "mnist_full",
          "fashion_full")
PLANES = (*TOYS, "mine")
VECTORS = (*PLANES, *TABLES)
MOST_PIXELS_IN_TURN = 64
ON_POINTS = ("continuous", "planar")
IN_TURN = ("maf", "iaf")
LEAST_PARTS = 4  # of the way of a continuous flow, a step of the solver each
TEMPERATURES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of samples, up to that of the model itself


class FlowSettings(OwnPointsSettings, ModelSettings):
    """Data, bijections and training of a normalizing flow."""

    max_columns: ClassVar[int] = 6

    dataset: str = dataset_knob(
        "moons",
        titles((*TOYS, "mine")) | {name: known.title for name, known in KNOWN.items()}
        | titles((*TABLES, *IMAGES)),
        N_("Try two islands: a smooth map cannot tear the plane. Try a line: the change of "
           "variables, seen with a ruler. Try the digits: a likelihood for pictures."))
    noise: float = noise_knob(1.0, dataset=toys.among(TOYS))
    dimensions: int = knob(
        4, N_("Principal components"), group="Data", low=2, high=10, step=1,
        when={"dataset": TABLES},
        help=N_("How many directions of the table are learned, the widest first, each with "
                "variance 1. A table has at most as many as it has columns."))
    dequantisation: str = knob(
        "uniform", N_("Noise between the levels"), group="Data", when={"dataset": IMAGES},
        choices={"uniform": N_("even noise"), "learned": N_("noise that is learned"),
                 "none": N_("none")},
        help=N_("Pixels have levels, and a density is of real numbers: noise fills the gaps. Try "
                "none: the density rises without end. Try learned noise: it costs fewer bits."))
    model: str = knob(
        "coupling", N_("Flow"), when={"dataset": (*VECTORS, *IMAGES)},
        choices={"coupling": N_("couplings"), "maf": N_("masked autoregressive (MAF)"),
                 "iaf": N_("inverse autoregressive (IAF)"), "continuous": N_("continuous"),
                 "planar": N_("planar"), "elementwise": N_("each number alone")},
        help=N_("Which bijections are put one after the other. Try continuous: one field in place "
                "of layers. Try each number alone: coordinates become independent. Pictures take "
                "couplings at several scales; the small digits also MAF and IAF."))
    bend: str = knob(
        "spline", N_("How a number is moved"), when={"model": ("coupling", *IN_TURN,
                                                               "elementwise")},
        choices={"affine": N_("shifted and scaled"), "spline": N_("along a spline")},
        help=N_("Try shifting and scaling on the checkerboard: edges stay soft. A spline has "
                "eight pieces for each number, four on pictures."))
    flow_layers: int = knob(
        4, N_("Layers of the flow"), low=1, high=32, log=True, also=(3, 4, 6, 8, 16),
        help=N_("Bijections, one after the other; on pictures, at each scale. Try 1: one half of "
                "the numbers is never moved."))
    hidden: int = hidden_knob(
        64, N_("Units in each hidden layer of the nets that say how numbers are moved."),
        dataset=(*VECTORS, "digits"), model=("coupling", *IN_TURN, "continuous"))
    layers: int = layers_knob(2, N_("Hidden layers of these nets."),
                              dataset=(*VECTORS, "digits"),
                              model=("coupling", *IN_TURN, "continuous"))
    features: int = features_knob(32, N_("Maps in the nets of couplings on pictures."),
                                  dataset=IMAGES)
    scales: int = knob(
        2, N_("Scales"), low=1, high=3, step=1, when={"dataset": IMAGES},
        help=N_("How often squares of four pixels are folded and half of the maps let go. Try 1: "
                "no coupling sees far."))
    mix: str = knob(
        "alternate", N_("Which half is kept"),
        when={"model": ("coupling",), "dataset": (*VECTORS, *IMAGES)},
        choices={"alternate": N_("in turn"), "linear": N_("after a learned mixing matrix"),
                 "same": N_("always the same")},
        help=N_("Try always the same: one half passes through all layers untouched. On pictures "
                "the matrix is an invertible 1x1 convolution."))
    norm: str = knob(
        "actnorm", N_("Normalisation"),
        when={"model": ("coupling", *IN_TURN), "dataset": (*VECTORS, *IMAGES)},
        choices={"actnorm": N_("ActNorm: set by the first data"), "none": N_("none"),
                 "batch": N_("by each batch")},
        help=N_("Numbers are brought to variance 1 before each layer. Try by each batch, with "
                "batches of 8: a point's density depends on who else is there."))
    components: int = components_knob(
        1, N_("Gaussians in the density of the codes. Try 2 on the two islands: nothing has to "
              "be torn."),
        dataset=VECTORS)
    know_class: bool = know_class_knob(
        N_("The nets are told the class. Expect a density for each class."),
        dataset=(*TOYS, *TABLES, *IMAGES))
    log_det: str = knob(
        "right", N_("Sign of the log-determinant"), when={"dataset": (*PLANES, *LINES)},
        choices={"right": N_("as the formula has it"), "wrong": N_("the wrong one")},
        help=N_("A mistake that is easily made. Try it: the loss falls and falls, and the "
                "density does not integrate to 1."))
    masks: str = knob(
        "right", N_("Masks"), when={"model": IN_TURN},
        choices={"right": N_("each number sees those before it"),
                 "scrambled": N_("scrambled: some see themselves")},
        help=N_("Try scrambled: the formula of the determinant is wrong then, and the likelihood "
                "is falsely good. See the Jacobian under Explore."))
    learning_rate: float = learning_rate_knob(
        0.002, N_("Step size of Adam. Try 0.1: the map jumps."))
    schedule: str = knob(
        "cosine", N_("Learning rate over time"), group="Training",
        choices={"constant": N_("stays"), "cosine": N_("falls to 0 along half a cosine")},
        help=N_("Try the cosine: the last steps are small, and the loss ends lower and calmer."),
    )
    batch_size: int = batch_size_knob(
        200, N_("Data per step. Try 8: fast steps, but a noisy loss."), also=(32, 64))
    steps: int = steps_knob(2000)
    seed: int = seed_knob()

    @model_validator(mode="after")
    def _flow_fits_the_data(self) -> Self:
        if self.is_image and self.model in (*ON_POINTS, "elementwise"):
            raise Refusal(N_("model must be coupling, maf or iaf on pictures, got {model!r}"),
                          model=self.model)
        if self.is_image and self.model in IN_TURN and self.dataset != "digits":
            raise Refusal(N_("model must be coupling on pictures of more than {most} pixels, "
                             "got {model!r}: it would draw them one pixel at a time"),
                          most=MOST_PIXELS_IN_TURN, model=self.model)
        if self.kind == "continuous" and self.flow_layers < LEAST_PARTS:
            raise Refusal(N_("flow_layers must be at least {least} for a continuous flow, got "
                             "{found}: with longer steps it learns the errors of the solver"),
                          least=LEAST_PARTS, found=self.flow_layers)
        return self

    @property
    def kind(self) -> str:
        """Which flow it is: on a line a coupling has nothing to read, and curves do all."""
        return "elementwise" if self.is_line else self.model

    @property
    def is_image(self) -> bool:
        """Whether the data are pictures."""
        return self.dataset in IMAGES

    @property
    def is_line(self) -> bool:
        """Whether the data have one coordinate."""
        return self.dataset in LINES

    @property
    def is_plane(self) -> bool:
        """Whether the data have two coordinates."""
        return self.dataset in TOYS or (self.dataset == "mine" and self._n_columns == 2)

    @property
    def n_components(self) -> int:
        """How many principal components of a table are learned: at most as many as it has."""
        return min(self.dimensions, 4) if self.dataset == "iris" else self.dimensions

    @property
    def levels(self) -> int:
        """How many values a pixel has."""
        return levels_of(self.dataset)

    @property
    def tells_class(self) -> bool:
        """Whether the nets are told the class."""
        return self.know_class and self.dataset in (*TOYS, *TABLES, *IMAGES)

    @property
    def claim(self) -> Claim:
        """Exact; of pixels with levels a bound; none where something was broken on purpose."""
        if self.log_det == "wrong" and (self.is_plane or self.is_line):
            return Claim("none", why=N_("no likelihood: the sign of the log-determinant is wrong"))
        if self.kind in IN_TURN and self.masks == "scrambled":
            return Claim("none", why=N_("no likelihood: the masks leak, and the formula of the "
                                        "determinant does not hold"))
        if self.is_image and self.dequantisation == "none":
            return Claim("none", why=N_("no likelihood: a density of numbers that have levels has "
                                        "no upper end"))
        if self.is_image:
            return Claim("bound", "levels", "class" if self.tells_class else "")
        return Claim("exact", "reals", "class" if self.tells_class else "")

    @property
    def _n_columns(self) -> int:
        return len(self.points[0]) if self.points else 2
