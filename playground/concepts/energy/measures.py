"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "log_p": Measure(N_("log p of a held-out point, nats"), 3, "high", likelihood=1),
    "gap": Measure(N_("nats above the entropy of the data"), 3, "low"),
    "w2": Measure(N_("distance of the chains' ends to data"), 3, "low"),
    "fantasy_gap": Measure(N_("energy of fantasies above that of data, nats"), 2),
    "noise_gap": Measure(N_("energy of noise above that of data, nats"), 1, "high"),
    "outside": Measure(N_("share of p beyond what is drawn"), 3, "low"),
}
