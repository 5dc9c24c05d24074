"""Which figures the page of density estimation has, estimator by estimator."""

from playground.concepts.density_estimation import ascent
from playground.concepts.density_estimation.settings import DensityEstimationSettings
from playground.language import N_, _
from playground.ui.bench.live_plot import Panel

KNOB = {"kde": N_("bandwidth h"), "histogram": N_("bins along each axis"),
        "mixture": N_("Gaussians")}


def panels(settings: DensityEstimationSettings) -> list[Panel]:
    """The density, the score against how fine it is, and the score over the steps."""
    if settings.estimator == "ascent":
        return ascent.panels()
    on_a_line = (_("Points, their kernels, and p(x)") if settings.estimator == "kde" else
                 _("Points, and p(x)"))
    density = (Panel("density", on_a_line, weight=1.1,
                     events=("hover", "click"), alt=_("The estimated density over a line"))
               if settings.on_a_line else
               Panel("density", _("p(x): the darker, the denser"), square=True,
                     events=("click",), alt=_("Contours of the estimated density on a plane")))
    by_knob = Panel("scores", _("Score against {knob}").format(
        knob=_(KNOB.get(settings.estimator, ""))),
        alt=_("Held-out and training score against how fine the estimate is"))
    title = (_("Score after each half-step") if settings.estimator == "mixture"
             else _("Score as points join"))
    over_steps = Panel("learning", title, kind="curve",
                       alt=_("Held-out and training score over the steps"))
    return [density, *[by_knob] * (settings.estimator in KNOB), over_steps]
