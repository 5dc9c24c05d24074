"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "gap": Measure(N_("nats above the floor"), 3, "low"),
    "bits": Measure(N_("bits per dimension, held out"), 3, "low"),
    "held_out": Measure(N_("-log p of held-out data, nats"), 2, "low", -1),
    "mass": Measure(N_("integral of p over the plane shown"), 3),
    "astray": Measure(N_("share of samples between the groups"), 3, "low"),
    "modes": Measure(N_("groups with samples"), 0, "high"),
    "company": Measure(N_("change of log p from batch to batch, nats"), 2, "low"),
    "loss": Measure(N_("loss of a batch, nats"), 2),
}
