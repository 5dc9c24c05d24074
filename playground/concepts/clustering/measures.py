"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "inertia": Measure(N_("sum of squared distances to the centres"), 2, "low"),
    "log_likelihood": Measure(N_("log p a point, nats"), 3, "high", 1),
    "clusters": Measure(N_("groups found"), 0),
    "noise": Measure(N_("points called noise"), 0),
    "chosen": Measure(N_("groups that the gap chooses"), 0),
    "cut": Measure(N_("height of the cut"), 2),
}
