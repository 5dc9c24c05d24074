"""Which figures the page of learned priors has."""

from playground.concepts.latent_prior.settings import LatentPriorSettings
from playground.language import _
from playground.ui.bench.live_plot import Panel


def panels(settings: LatentPriorSettings) -> list[Panel]:
    """Codes or words; what both priors draw; the parts of the bound; the bound over the steps."""
    if settings.is_words:
        return [
            Panel("samples", _("Words alone above, learned below"),
                  square=True, alt=_("Pictures decoded from words that were drawn one by one, and "
                                     "from words that the learned prior has drawn")),
            Panel("words", _("Their words as colours"), square=True, twin=True,
                  alt=_("The grids of words of these pictures, as coloured squares")),
            Panel("bits", _("Bits of a held-out word"), kind="curve",
                  alt=_("Bits of a held-out word over the steps, each alone and by the learned "
                        "prior"))]
    return [
        Panel("codes", _("Codes of data, and both priors"), square=True,
              alt=_("Codes of held-out pictures, draws of N(0, I), and draws of the learned "
                    "prior, on a plane")),
        Panel("samples", _("N(0, I) above, learned below"), square=True,
              twin=True, alt=_("Pictures decoded from N(0, I), and by the same decoder from the "
                               "learned prior")),
        Panel("parts", _("Costs of a picture"),
              alt=_("Reconstruction, minus entropy of q, and cost of the code, for both priors")),
        Panel("bound", _("Bound of log p(x)"), kind="curve",
              alt=_("The bound of held-out pictures over the steps, with both priors"))]
