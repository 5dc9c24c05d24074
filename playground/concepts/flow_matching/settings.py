"""What a visitor can turn on the page of flow matching."""

from collections.abc import Mapping

from playground.claim import Claim
from playground.datasets import toys
from playground.datasets.own import OwnPointsSettings
from playground.experiments.model_settings import ModelSettings
from playground.knobs import (
    batch_size_knob,
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
from playground.settings import knob

POINTS = ("ring", "moons", "grid", "blobs", "circles", "spiral", "tight_ring", "disjoint", "mine")
IMAGES = ("digits", "mnist_14", "fashion_14", "mnist", "fashion", "sprites")
SOURCES = ("gaussian", "moons", "ring", "circles", "blobs", "uniform", "mine")
SMALL = ("digits", "mnist_14", "fashion_14")  # of which pairs are made in seconds
FLOWS = ("flow",)


class FlowMatchingSettings(ModelSettings, OwnPointsSettings):
    """Data, source, ways, net and solver."""

    dataset: str = dataset_knob("ring", titles((*POINTS, *IMAGES)), N_(
        "Try the moons: a shape, not groups. Try the grid: 25 groups to share the noise out to. "
        "Try the digits of 8 x 8: the same code, in 64 dimensions."))
    noise: float = noise_knob(
        1.0, N_("Try 0.2: needles, which the last steps alone can find."),
        dataset=toys.among(POINTS))
    source: str = knob(
        "gaussian", N_("Where points start"), group="Data", when={"dataset": POINTS},
        choices={"gaussian": N_("Gaussian noise"), **titles(SOURCES[1:])},
        help=N_("Try the moons: flow matching leads from any points to any others, your own too. "
                "Only from noise of known density does it know log p."))
    distance: float = knob(
        0.0, N_("Distance of the source"), group="Data", low=0, high=20, step=1,
        when={"dataset": POINTS},
        help=N_("How far to the left the source lies. Try 10: the ways are long, and a small "
                "error of a velocity is a large one at the end."))
    know_class: bool = know_class_knob(
        N_("The net is told the class nine times out of ten. Expect each class where it belongs; "
           "guidance needs it."))
    model: str = knob(
        "flow", N_("The net learns"),
        choices={"flow": N_("velocities: flow matching"),
                 "mean_flow": N_("mean velocities: a mean flow"),
                 "consistency": N_("where ways end: a consistency model")},
        help=N_("Try a mean flow with one step of drawing: it learns to jump."))
    second_half: str = knob(
        "flow", N_("In the second half of the steps"),
        when={"model": FLOWS, "dataset": (*POINTS, *SMALL)},
        choices={"flow": N_("it goes on"),
                 "reflow": N_("reflow: learn from its own pairs"),
                 "distil": N_("distil: a consistency model learns from it")},
        help=N_("Reflow joins noise with where the flow has carried it: no ways cross any more, "
                "and the new flow is nearly straight."))
    way: str = knob(
        "straight", N_("Ways from noise to data"), when={"model": FLOWS},
        choices={"straight": N_("straight lines"),
                 "variance_preserving": N_("quarter circles: variance-preserving"),
                 "stochastic": N_("straight lines with noise in between")},
        help=N_("What a pair of noise and datum is joined by. The mean of all ways bends in any "
                "case."))
    pairing: str = knob(
        "chance", N_("Pairs of noise and data"), when={"model": FLOWS},
        choices={"chance": N_("by chance"),
                 "transport": N_("by optimal transport in each batch"),
                 "blind_transport": N_("by optimal transport, blind to the classes")},
        help=N_("Try optimal transport: short ways that do not cross, and fewer steps will do. "
                "Where the net is told classes, pairs must stay within each class."))
    hidden: int = hidden_knob(
        128, N_("Units of each layer. Try 16: the field is too smooth for small groups."),
        dataset=POINTS)
    layers: int = layers_knob(3, N_("Layers of the net. Try 1: it draws blots."), dataset=POINTS)
    waves: int = knob(
        32, N_("Fourier features of x"), low=0, high=64, step=8, when={"dataset": POINTS},
        help=N_("Random waves over the plane that the net sees beside the point. Try 0: fine "
                "detail is learned late or never."))
    features: int = features_knob(
        16, N_("Feature maps of the U-Net at full size. Try 32: slower, cleaner strokes."),
        dataset=IMAGES)
    solver: str = knob(
        "midpoint", N_("Steps by the rule of"), group="Sampling", live=True,
        when={"model": FLOWS},
        choices={"euler": N_("Euler: 1 evaluation a step"),
                 "midpoint": N_("the midpoint: 2 evaluations a step"),
                 "heun": N_("Heun: 2 evaluations a step"),
                 "rk4": N_("Runge and Kutta: 4 evaluations a step")},
        help=N_("How the field is followed. It changes while you watch: nothing has to be "
                "learned anew."))
    solver_steps: int = knob(
        25, N_("Steps of drawing"), group="Sampling", low=1, high=200, log=True, live=True,
        unit="steps",
        help=N_("Try 1 with Euler's rule: everybody lands on the mean. A mean flow can do it."))
    guidance: float = knob(
        1.0, N_("Guidance"), group="Sampling", low=0, high=10, step=0.5, live=True,
        when={"know_class": (True,)},
        help=N_("How far beyond the class's own answer one goes. 1 for none, 0 forgets the class. "
                "Try 8: all samples of a class look alike."))
    learning_rate: float = learning_rate_knob(
        0.003, N_("Step size of Adam at the start; it falls to 0 along half a cosine."))
    batch_size: int = batch_size_knob(256, N_(
        "Pairs per step, each at a time of its own. Try 8 with optimal transport: the pairs are "
        "hardly better than chance."))
    steps: int = steps_knob(3000, N_("When the run is finished."))
    seed: int = seed_knob()

    @classmethod
    def learns_from_own(cls, values: Mapping[str, object]) -> bool:
        """The visitor's own points may be the data, or where points start, or both."""
        starts = values.get("source") == "mine" and values.get("dataset") in POINTS
        return starts or super().learns_from_own(values)

    @property
    def is_image(self) -> bool:
        """Whether the data are pictures."""
        return self.dataset in IMAGES

    @property
    def halves(self) -> bool:
        """Whether another net learns in the second half of the steps."""
        return (self.model in FLOWS and self.dataset in (*POINTS, *SMALL)
                and self.second_half != "flow")

    @property
    def claim(self) -> Claim:
        """The density of the flow, where that of its source is known."""
        known = self.is_image or self.source == "gaussian"
        if self.model in FLOWS and not self.halves and known:
            return Claim("exact", "reals", "class" if self.know_class else "")
        return Claim("none", why=N_("no likelihood: only a flow from noise of known density has "
                                    "one"))
