"""What the figures of the GAN's page show beside those of all games."""

from typing import Any

import numpy as np

from playground.charts import gan as charts
from playground.charts.colors import DATA
from playground.charts.scatter import figure, plane, points, square
from playground.language import _
from playground.numbers import shown
from playground.runs.run import Run
from playground.ui.bench.lab import Figure

HIT = 0.8  # good samples, with which a moment can be shown first


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


def liveliest(run: Run[Any]) -> int | None:
    """Return the number of the snapshot in which all modes are hit and D's map varies most.

    Late in a good run D cannot tell any more, and its map says nothing. None if no moment has all
    modes and `HIT` of the samples good.
    """
    varied = {number: float(np.std(each.arrays["surface"]))
              for number, each in run.history.kept.items()
              if each.metrics.get("high_quality", 0.0) >= HIT
              and each.metrics.get("modes", -1.0) == each.metrics.get("floor_modes")}
    return max(varied, key=lambda number: varied[number], default=None)
