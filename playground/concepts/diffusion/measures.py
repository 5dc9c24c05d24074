"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "log_p": Measure(N_("log p of held-out points, nats"), 3, "high", 1),
    "w2": Measure(N_("Wasserstein-2 distance to held-out points"), 3, "low"),
    "high_quality": Measure(N_("good samples, within 3 sigma of a mode"), 2, "high"),
    "copied": Measure(N_("copies: samples three times nearer to one training point than to any "
                         "other"), 2),
    "modes": Measure(N_("modes covered"), 0, "high"),
    "held_out": Measure(N_("squared error on held-out data"), 3, "low"),
    "loss": Measure(N_("loss of a batch"), 3, "low"),
}
