"""The Explore tab of dimensionality reduction: components, whitening, many pictures at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from playground.concepts.dimensionality_reduction.figures import embedding, scree
from playground.language import _
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_about, ask_at_rest, wanted
from playground.ui.bench.style import chart
from playground.ui.tools.pictures import pictures

REBUILT = 10
MAX_IN_GRID = 310
PERPLEXITIES = (2.0, 5.0, 30.0, 50.0, 100.0)


def explore(run: Run) -> None:
    """How many components are enough; whitening; methods and perplexities next to each other."""
    left, right = st.columns(2, gap="large")
    with left:
        components(run)
    with right:
        whitening(run)
    all_methods(run)
    perplexities(run)


def components(run: Run) -> None:
    """Ask how many components are enough: scree, and data rebuilt from k of them."""
    st.markdown(_("#### How many components are enough?"))
    spectrum = ask(run, "spectrum")
    if not spectrum:
        return
    variances = np.asarray(spectrum["variances"])
    k = st.slider(_("principal components kept, k"), 0, len(variances), min(8, len(variances)),
                  key="kept-components")
    st.plotly_chart(scree(variances, k), config=chart())
    reply = ask(run, "rebuild", k=k, n=REBUILT)
    if not reply:
        return
    st.caption(_("Rebuilt from {k} of {d}, the data miss by {error:.3f} on average (squared "
                 "distance), which is the variance of the components left out: {dropped:.3f}.")
               .format(k=k, d=len(variances), error=reply["error"], dropped=reply["dropped"]))
    if "images" in reply:
        st.caption(_("Above, the data; below, rebuilt from {k} components:").format(k=k))
        pictures(np.concatenate([reply["originals"], reply["images"]]), REBUILT)
        st.caption(_("The first components as pictures: grey is zero, white adds, black takes "
                     "away."))
        pictures(np.asarray(spectrum["images"]), 8)


def whitening(run: Run) -> None:
    """Show the plane of the first two components before and after whitening."""
    st.markdown(_("#### Whitening"))
    st.caption(_("Divide each principal component by its standard deviation, and the cloud "
                 "becomes round: variance 1 in every direction, no correlation."))
    reply = ask_at_rest(_("Whiten"), run, "whitened")
    if reply:
        for place, name, title in zip(st.columns(2), ("before", "after"),
                                      (_("before"), _("after")), strict=True):
            place.caption(title)
            figure = embedding(np.asarray(reply[name]), np.asarray(reply["labels"]), size=4)
            figure["layout"]["height"] = 280
            place.plotly_chart(figure, config=chart(), key=f"whitened-{name}")
        (a, b), (c, d) = reply["covariance"]
        st.caption(_("Covariance after: [[{a:.2f}, {b:.2f}], [{c:.2f}, {d:.2f}]].").format(
            a=a, b=b + 0.0, c=c + 0.0, d=d))


def perplexities(run: Run) -> None:
    """Run t-SNE with several perplexities, side by side."""
    st.markdown(_("#### One data set, many perplexities"))
    st.caption(_("t-SNE on up to {n} of these data. Believe what most pictures agree on.").format(
        n=MAX_IN_GRID))
    if not wanted(_("Compare perplexities"), run, "perplexities"):
        return
    seen = set()
    for place, value in zip(st.columns(len(PERPLEXITIES)), PERPLEXITIES, strict=True):
        if (end := _end(run, "tsne", value)) and end["perplexity"] not in seen:
            seen.add(end["perplexity"])
            title = _("perplexity {value:.3g}").format(value=end["perplexity"])
            _small(place, end, title if end["perplexity"] == value else
                   _("{title} (clamped from {asked:g})").format(title=title, asked=value),
                   key=f"perplexity-{value}")


def all_methods(run: Run) -> None:
    """Run every method on the same data, side by side."""
    st.markdown(_("#### All methods on these data"))
    names = run.settings.knobs()["method"].choices
    st.caption(_("Up to {n} of the data, the knobs as they stand. UMAP joins when it is the "
                 "chosen method, since its first start takes long.").format(n=MAX_IN_GRID))
    if not wanted(_("Compare all methods"), run, "methods"):
        return
    knobs = run.settings.model_dump()
    shown = [name for name in names if name not in ("by_hand", "umap")
             or name == knobs["method"] == "umap"]
    for place, name in zip(st.columns(max(len(shown), len(PERPLEXITIES))), shown, strict=False):
        if end := _end(run, name, knobs["perplexity"]):
            _small(place, end, _(names[name]), key=f"method-{name}")


def _end(run: Run, method: str, perplexity: float) -> dict[str, Any] | None:
    """Return where a method ends on a run's data, asked once for each of its moments."""
    return ask_about((run.id, run.step), f"end:{method}:{perplexity}", run, "embed",
                     method=method, perplexity=perplexity)


def _small(place: Any, end: Mapping[str, Any], title: str, *, key: str) -> None:
    """Draw one of many embeddings, and what it keeps of the neighbours."""
    place.caption(_("**{title}**  \n{overlap:.0%} neighbours kept, trust {trust:.3f}").format(
        title=title, overlap=end["overlap"], trust=end["trustworthiness"]))
    figure = embedding(np.asarray(end["embedding"]), np.asarray(end["labels"]), size=4)
    figure["layout"]["height"] = 220
    place.plotly_chart(figure, config=chart(), key=key)
