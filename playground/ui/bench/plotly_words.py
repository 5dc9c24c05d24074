"""Plotly's own words, in the visitor's language: its tools, its hints, its labels of a box."""

from typing import Any

from playground.language import N_, _, language

WORDS = (
    N_("Download plot as a PNG"), N_("Preparing image - this may take a few seconds"),
    N_("Image download succeeded"), N_("Sorry, there was a problem downloading your image!"),
    N_("Zoom"), N_("Pan"), N_("Box Select"), N_("Lasso Select"), N_("Zoom in"), N_("Zoom out"),
    N_("Autoscale"), N_("Reset axes"), N_("Toggle Spike Lines"),
    N_("Show closest data on hover"), N_("Compare data on hover"),
    N_("Toggle show closest data on hover"), N_("Orbital rotation"), N_("Turntable rotation"),
    N_("Reset camera to default"), N_("Reset camera to last save"),
    N_("Double-click to zoom back out"), N_("Double-click on legend to isolate one trace"),
    N_("Share chart..."), N_("Share chart"), N_("Share"), N_("Cancel"),
    N_("This chart will be sent to {serverUrl}."),
    N_("If you don't have a Plotly Cloud account yet, you'll have a chance to create one."),
    N_("trace"), N_("max:"), N_("q3:"), N_("median:"), N_("q1:"), N_("min:"),
    N_("upper fence:"), N_("lower fence:"),
)


def plotly_words() -> dict[str, Any]:
    """Return what a figure's config says about its language; nothing where that is English."""
    words = {word: str(_(word)) for word in WORDS if _(word) != word}
    code = language.get().replace("_", "-")
    return {"locale": code, "locales": {code: {"dictionary": words}}} if words else {}
