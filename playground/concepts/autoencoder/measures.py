"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "held_out_error": Measure(N_("squared error of held-out data"), 3, "low"),
    "error": Measure(N_("squared error of a batch"), 3, "low"),
    "l1": Measure(N_("size of the codes, L1"), 2),
    "at_work": Measure(N_("dimensions at work"), 2),
    "empty": Measure(N_("empty cells of the plane"), 2, "low"),
}
