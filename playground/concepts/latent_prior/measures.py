"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "gain": Measure(N_("nats that the learned prior gains in the bound"), 2, "high"),
    "bound_learned": Measure(N_("bound of held-out data by the learned prior, nats"), 2, "high"),
    "bound_normal": Measure(N_("bound of held-out data by N(0, I) or words alone, nats"), 2,
                            "high"),
    "bits": Measure(N_("bits of a held-out word by the learned prior"), 2, "low"),
    "reconstruction": Measure(N_("reconstruction, held out, nats"), 2, "low"),
}
