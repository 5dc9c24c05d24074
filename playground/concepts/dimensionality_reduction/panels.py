"""Which figures the page of dimensionality reduction has, method by method."""

import streamlit as st

from playground.concepts.dimensionality_reduction.settings import (
    IMAGES,
    DimensionalityReductionSettings,
)
from playground.language import _
from playground.ui.bench.live_plot import Panel

PICTURES = "plane-pictures"  # whether the visitor wants them instead of dots, in the session


def panels(settings: DimensionalityReductionSettings) -> list[Panel]:
    """By hand the plane and the traced curve; else the embedding and its quality.

    Data of three dimensions come with a view of them in space.
    """
    space = [Panel("space", _("The data in space: turn them"), space=True,
                   alt=_("The data in three dimensions, coloured by class"))]
    space *= settings.in_space
    if settings.method == "by_hand":
        return [
            Panel("plane", _("Points, and threads to the axis: drag its handle"),
                  square=True, events=("click", "drag"),
                  alt=_("Points, an axis through their middle, and threads between them")),
            *space,
            Panel("traced", _("Variance along the axis, against its angle"),
                  alt=_("The variance along the axis over the angles so far")),
        ]
    curves = [Panel("quality", _("Neighbours kept"), kind="curve",
                    alt=_("Trustworthiness and neighbour overlap over the steps"))]
    if settings.method == "tsne":
        curves.append(Panel("divergence", _("What t-SNE minimises: KL(P || Q)"), kind="curve",
                            alt=_("KL divergence in nats over the steps")))
    name = settings.knobs()["method"].choices[settings.method]
    pictures = has_pictures(settings) and bool(st.session_state.get(PICTURES))
    return [Panel("plane", _("{method}: point at a datum to see it").format(method=_(name)),
                  weight=1.4 if pictures else 1.0, square=True, pictures=pictures,
                  events=("hover", "click", "drag"),
                  alt=_("The data on a plane, coloured by class")), *space, *curves]


def has_pictures(settings: DimensionalityReductionSettings) -> bool:
    """Tell whether each datum of the embedding can be drawn as a picture."""
    return settings.dataset in IMAGES and settings.method != "by_hand"
