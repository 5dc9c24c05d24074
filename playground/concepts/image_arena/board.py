"""Who takes part in the arena of images, and what is measured there."""

from playground.concepts.image_arena import families
from playground.language import N_
from playground.measures import Measure
from playground.ui.tools.contest import OVERLAP, Board, costs

BOARD = Board(
    "image_arena", families.found(),
    {
        "nats": Measure(N_("held-out log p, nats"), 1, "high", likelihood=1),
        "bits": Measure(N_("bits/dim"), 3, "low", likelihood=-1),
        "fid": Measure(N_("Fréchet distance"), 2, "low"),
        "kid": Measure(N_("kernel distance"), 3, "low"),
        **OVERLAP,
        **costs(1, Measure(N_("one sample, s"), 6, "low")),
    },
    N_("{n_judged:,.0f} samples of each against as many held-out images, by the features of a "
       "small net that was taught the classes and names {net_accuracy:.1%} of held-out images "
       "right; distances in its own unit: compare them within one data set alone. The last row is "
       "what training images get in the place of samples. One sample: all that are judged are "
       "drawn at once, and their time is shared out. Told apart: how often a classifier "
       "tells samples from held-out images, 0.5 is chance. ≥ and ≤ are bounds, n/a is no "
       "likelihood at all. A dash: not judged yet, or nothing to ask of real data."),
)
