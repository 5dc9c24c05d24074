"""What the figures of the GAN's page show beside those of all games."""

import numpy as np

from playground.charts import gan as charts
from playground.charts.colors import DATA
from playground.charts.scatter import figure, plane, points, square
from playground.language import _
from playground.numbers import shown
from playground.ui.bench.lab import Figure


def too_few(own: np.ndarray) -> Figure:
    """Points that are too few for a game, on the plane on which more can be drawn."""
    return figure([points(own, name=_("data"), color=DATA, size=7)],
                  {**plane(square(charts.HALF)), "showlegend": False})


def boxes(m: dict[str, float]) -> dict[str, str]:
    """What stands in the boxes of the diagram."""
    lost = {name: shown(m[name], ".3f") if name in m else "–" for name in ("discriminator",
                                                                      "generator")}
    return {
        "noise": _("noise z"), "generator": _("<b>G</b>, generator"),
        "samples": _("samples G(z)<br>D says {value:.2f}").format(value=m["shown_fake"]),
        "data": _("data x<br>D says {value:.2f}").format(value=m["shown_real"]),
        "discriminator": _("<b>D</b>, discriminator<br>slope there {push:.2g}").format(
            push=m["push"]),
        "discriminator_loss": _("loss of D<br>{value}").format(value=lost["discriminator"]),
        "generator_loss": _("loss of G<br>{value}").format(value=lost["generator"]),
    }
