"""Which figures the page of the Boltzmann machine has."""

from playground.concepts.rbm.settings import RBMSettings
from playground.language import _
from playground.ui.bench.live_plot import Panel


def panels(settings: RBMSettings) -> list[Panel]:
    """Fantasies on their way from noise; weights; how likely data are; copies or energies."""
    if settings.is_points:
        return _of_points()
    shown = [
        Panel("fantasies", _("Chains from noise to fantasies: play them"), square=True,
              alt=_("Pictures that chains of the machine have drawn, and their way from noise")),
        Panel("weights", _("Weights of the hidden units"), square=True,
              alt=_("The weights of each hidden unit to all pixels, blue above 0, orange below")),
        Panel("likelihood",
              _("log p of a held-out picture, exact") if settings.is_exact else
              _("A bound of log p, with an estimated log Z") if settings.is_deep else
              _("log p of a held-out picture, an estimate"), kind="curve", weight=1.3,
              alt=_("The mean log p of held-out pictures over the steps"))]
    if settings.is_bars or settings.is_deep:
        return [*shown, Panel("copies", _("Wrong pixels of a copy"), kind="curve",
                              alt=_("How many pixels of a copy are wrong, over the steps"))]
    return [*shown, Panel("energies", _("Free energy above that of data"), kind="curve",
                          alt=_("How far the free energy of noise and of held-out pictures lies "
                                "above that of others, over the steps"))]


def _of_points() -> list[Panel]:
    """Fantasies over the density; bumps; how likely data are."""
    return [Panel("fantasies", _("The density, and chains from noise: play them"), square=True,
                  alt=_("The density of the machine, held-out data, and chains")),
            Panel("bumps", _("Bumps that the chains were drawn from"), square=True,
                  alt=_("Ellipses around the middles of the bumps, and held-out data")),
            Panel("likelihood", _("log p of a held-out point, exact"), kind="curve", weight=1.3,
                  alt=_("The mean log p of held-out points over the steps"))]
