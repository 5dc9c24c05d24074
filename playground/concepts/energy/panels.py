"""Which figures the page of energy-based models has."""

from playground.concepts.energy.settings import EnergySettings
from playground.language import _
from playground.ui.bench.live_plot import Panel


def panels(settings: EnergySettings) -> list[Panel]:
    """Chains on their way from noise, over the energy; how likely data are; how energies lie."""
    energies = Panel("energies", _("Energy above that of held-out data"), kind="curve",
                     alt=_("How far the energies of fantasies, training data and noise lie above "
                           "that of held-out data, over the steps"))
    if settings.is_image:
        return [Panel("chains", _("Chains from noise to fantasies: play them"), square=True,
                      alt=_("Pictures that Langevin chains have drawn, and their way from noise")),
                Panel("data", _("Held-out digits"), square=True,
                      alt=_("Pictures that nothing was learned from")),
                energies]
    return [Panel("chains", _("Wells of the energy, and chains from noise: play them"),
                  square=True,
                  alt=_("The energy as a surface, held-out data, and Langevin chains")),
            Panel("likelihood", _("log p of a held-out point, exact"), kind="curve", weight=1.3,
                  alt=_("The mean log p of held-out points over the steps, with the best there "
                        "is")),
            energies]
