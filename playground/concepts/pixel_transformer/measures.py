"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "held_out": Measure(N_("-log p of held-out data, nats"), 2, "low", -1),
    "bits_per_dim": Measure(N_("bits/dim of held-out data"), 3, "low", -1),
    "loss": Measure(N_("loss of a batch, nats"), 2, "low"),
    "error": Measure(N_("error of the estimate, nats"), 2),
    "reach": Measure(N_("how far heads look, pixels"), 2),
}
