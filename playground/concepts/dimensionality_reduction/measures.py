"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "trustworthiness": Measure(N_("trustworthiness"), 3, "high"),
    "overlap": Measure(N_("neighbours kept"), 3, "high"),
    "explained": Measure(N_("variance explained"), 3, "high"),
    "divergence": Measure(N_("KL divergence of t-SNE, nats"), 3, "low"),
    "variance": Measure(N_("variance along the line"), 3, "high"),
}
