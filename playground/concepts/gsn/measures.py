"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "w2": Measure(N_("W2 distance of the chains' ends to data"), 2, "low"),
    "high_quality": Measure(N_("share of the ends that are near a mode"), 2, "high"),
    "fid": Measure(N_("Fréchet distance of the chains' ends"), 2, "low"),
    "changes": Measure(N_("changes of the class in 100 steps of a chain"), 1),
    "held_out": Measure(N_("-log p of a held-out datum, given it corrupted, nats"), 2, "low"),
}
