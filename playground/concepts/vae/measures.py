"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "held_out_elbo": Measure(N_("ELBO of held-out data, nats"), 2, "high", 1),
    "held_out_reconstruction": Measure(N_("reconstruction, held out, nats"), 2, "low"),
    "held_out_kl": Measure(N_("KL, held out, nats"), 2),
    "active": Measure(N_("dimensions in use"), 0),
    "loss": Measure(N_("loss of a batch, nats"), 2),
}
