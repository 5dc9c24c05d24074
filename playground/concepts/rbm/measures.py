"""What runs of this page can be compared by."""

from playground.language import N_
from playground.measures import Measure

MEASURES = {
    "log_p": Measure(N_("log p of a held-out picture, nats"), 3, "high", likelihood=1),
    "gap": Measure(N_("nats above the entropy of the data"), 3, "low"),
    "wrong": Measure(N_("wrong pixels of a copy"), 2, "low"),
    "valid": Measure(N_("fantasies that are bars or stripes"), 2, "high"),
    "found": Measure(N_("different pictures among them"), 0, "high"),
    "noise_gap": Measure(N_("free energy of noise above that of data, nats"), 1, "high"),
}
