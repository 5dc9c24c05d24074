"""Which figures the page of flow matching has."""

from playground.concepts.flow_matching.settings import FlowMatchingSettings
from playground.language import _
from playground.ui.bench.live_plot import Panel


def panels(settings: FlowMatchingSettings) -> list[Panel]:
    """Particles or pictures on their way; what they are learned from; how good they are."""
    if settings.is_image:
        return [Panel("flow", _("Noise becomes pictures: play the way"), square=True,
                      alt=_("Pictures drawn by the model at this step, and their way from noise")),
                Panel("ways", _("Held-out pictures"), square=True,
                      alt=_("Pictures that the model does not learn from")),
                Panel("error", _("Squared error of the velocity"), kind="curve",
                      alt=_("Squared error of the velocity over the steps"))]
    return [Panel("flow", _("From the source to the data: play the way"), square=True,
                  events=("hover", "click"),
                  alt=_("Particles that the flow has carried, over data and velocities")),
            Panel("ways", _("Pairs that are learned from"), square=True,
                  alt=_("Pairs of noise and data, joined by what the net learns from")),
            Panel("error", _("Distance to the data"), kind="curve",
                  alt=_("Wasserstein distance of samples to data over the steps"))]
