"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "held_out": Measure(N_("log p of a held-out datum, nats"), 3, "high", 1),
    "train": Measure(N_("log p of a training datum, nats"), 3, "high", 1),
    "misplaced": Measure(N_("misplaced probability"), 3, "low"),
    "impossible": Measure(N_("held-out data called impossible"), 0, "low"),
}
