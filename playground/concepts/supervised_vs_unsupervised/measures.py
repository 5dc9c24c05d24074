"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "test_accuracy": Measure(N_("accuracy on held-out data"), 3, "high"),
    "train_accuracy": Measure(N_("accuracy on training data"), 3, "high"),
    "test_loss": Measure(N_("loss of held-out data, nats"), 3, "low"),
    "train_loss": Measure(N_("loss of training data, nats"), 3, "low"),
}
