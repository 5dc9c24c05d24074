"""Which figures the page of generative stochastic networks has."""

from playground.concepts.gsn.settings import GSNSettings
from playground.language import _
from playground.ui.bench.live_plot import Panel


def panels(settings: GSNSettings) -> list[Panel]:
    """Chains on their way; where the net pulls, or held-out pictures; how near chains come."""
    if settings.is_image:
        return [Panel("chains", _("What the net thinks along its chains: play them"), square=True,
                      alt=_("Pictures that the net thinks of at the end of its chains, and their "
                            "way from noise")),
                Panel("data", _("Held-out pictures"), square=True,
                      alt=_("Pictures that the net does not learn from")),
                Panel("far", _("Fréchet distance to held-out pictures"), kind="curve",
                      alt=_("Fréchet distance of the chains' ends to held-out pictures over the "
                            "steps"))]
    return [Panel("chains", _("Chains from noise to data: play them"), square=True,
                  alt=_("Where chains are, over held-out points, and their way from noise")),
            Panel("pull", _("Where the net puts what it sees"), square=True,
                  alt=_("Arrows from places of the plane to the mean of what the net "
                        "reconstructs there")),
            Panel("far", _("Distance to the data"), kind="curve",
                  alt=_("Wasserstein distance of the chains' ends to data over the steps"))]
