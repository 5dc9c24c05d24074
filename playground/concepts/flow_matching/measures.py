"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "w2": Measure(N_("Wasserstein-2 distance to data"), 3, "low"),
    "w2_one": Measure(N_("the same after one step"), 3, "low"),
    "bend": Measure(N_("bend of the ways, 0 for straight ones"), 3, "low"),
    "log_p": Measure(N_("log p of held-out points, nats"), 3, "high"),
    "high_quality": Measure(N_("samples near a mode"), 2, "high"),
    "modes": Measure(N_("modes found"), 0, "high"),
    "right_class": Measure(N_("samples in the group they were told"), 2, "high"),
    "held_out": Measure(N_("squared error of the velocity, held out"), 3, "low"),
    "evaluations": Measure(N_("evaluations for a drawing"), 0, "low"),
}
