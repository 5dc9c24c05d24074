"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "fid": Measure(N_("Fréchet distance of features"), 2, "low"),
    "kid": Measure(N_("kernel distance of features"), 3, "low"),
    "precision": Measure(N_("precision"), 2, "high"),
    "recall": Measure(N_("recall"), 2, "high"),
    "density": Measure(N_("density"), 2, "high"),
    "coverage": Measure(N_("coverage"), 2, "high"),
    "rarest": Measure(N_("rarest class over the mean one"), 3, "high"),
}
