"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "js": Measure(N_("Jensen-Shannon divergence, nats"), 3, "low"),
    "modes": Measure(N_("modes found"), 0, "high"),
    "high_quality": Measure(N_("samples near a mode"), 2, "high"),
    "transport": Measure(N_("transport distance"), 3, "low"),
    "precision": Measure(N_("precision"), 2, "high"),
    "recall": Measure(N_("recall"), 2, "high"),
    "density": Measure(N_("density"), 2, "high"),
    "coverage": Measure(N_("coverage"), 2, "high"),
}
