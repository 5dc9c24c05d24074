"""Paths through the pages, for those who know nothing, a little, or only want to look.

Each is a row of stops, and a stop is a page with one of its stored runs, "concept/name".
"""

from playground import gallery
from playground.language import N_

LECTURE, ADVANCED, BEAUTIFUL = "lecture", "advanced", "beautiful"

PATHS = {
    LECTURE: N_("In a lecture's order"),
    ADVANCED: N_("I know a little"),
    BEAUTIFUL: N_("Show me something beautiful"),
}
IDEAS = {
    ADVANCED: N_("Six pages that lead from one model to the question who is best, and at what."),
    BEAUTIFUL: N_("Runs to look at. Each opens finished: press the small play button under its "
                  "figures to see it become what it is."),
}
# The order of a lecture is that of the table of contents.
STOPS = {
    ADVANCED: ("vae/default", "gan/default", "pixel_cnn/mnist", "arena/default",
               "image_arena/default", "applications/default"),
    BEAUTIFUL: ("dimensionality_reduction/tsne", "gan/grid", "dcgan/mnist", "vae/default",
                "applications/sprites", "supervised_vs_unsupervised/default", "pixel_cnn/mnist",
                "clustering/default", "gan/default", "autoencoder/default",
                "applications/fashion", "arena/default"),
}


def stored() -> list[str]:
    """Return the stops that are not what stands on a page on arrival."""
    return sorted({stop for stops in STOPS.values() for stop in stops
                   if stop != page(stop.partition("/")[0])})


def page(name: str) -> str:
    """Return the stop of a page: the run that stands there on arrival, "concept/name"."""
    return f"{name}/{gallery.arrival(name)}"
