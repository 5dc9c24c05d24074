"""The Explore tab of density estimation: new points, a landscape, many dimensions."""

import numpy as np
import streamlit as st

from playground.charts.colors import DATA, SAMPLES
from playground.charts.density import over_dimensions, surface
from playground.charts.scatter import figure, plane, points, square
from playground.charts.strips import strips
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest, wanted
from playground.ui.bench.style import chart

NAMES = {"gaussian": N_("one Gaussian"), "mixture": N_("mixture of 2 Gaussians"),
         "kde": N_("kernel density estimate")}


def explore(run: Run) -> None:
    """Draw new points, look at the landscape, and climb the dimensions."""
    left, right = st.columns(2, gap="large")
    with left:
        new_points(run)
    with right:
        landscape(run)
        dimensions(run)


def new_points(run: Run) -> None:
    """Draw as many points from the density as there are, and show them beside the data."""
    st.markdown(_("#### Draw new points from this density"))
    st.caption(_("A density that you can draw from is a generative model: your first one. Left or "
                 "above the data, then as many points that never were."))
    last = run.history.last
    if last is None:
        return
    reply = ask_at_rest(_("Draw new points"), run, "sample",
                        n=min(2000, len(last.arrays["points"])))
    if not reply:
        return
    old, new = last.arrays["points"], np.asarray(reply["samples"])
    if old.shape[1] == 1:
        st.plotly_chart(strips({_("data"): old[:, 0], _("new"): new[:, 0]}, unit="x"),
                        config=chart())
    else:
        for place, xy, name, color in zip(st.columns(2), (old, new), (_("data"), _("new")),
                                          (DATA, SAMPLES), strict=True):
            place.caption(name)
            drawn = figure([points(xy, name=name, color=color)],
                           plane(square(2.4)) | {"height": 280})
            place.plotly_chart(drawn, config=chart(), key=f"drawn-{name}")
    if run.settings.model_dump()["estimator"] == "kde":
        st.caption(_("A KDE draws each new point close to one that it has seen."))
    st.caption(_("Models that learn what points have in common can draw new pictures too: go on "
                 "to the VAE."))
    st.page_link("pages/vae.py", label=_("Variational autoencoder"),
                 icon=":material/arrow_forward:")


def landscape(run: Run) -> None:
    """Show a density on a plane as a surface."""
    last = run.history.last
    if last is None or last.arrays.get("density", np.zeros(0)).ndim != 2:
        return
    st.markdown(_("#### The density as a landscape"))
    if wanted(_("Show the landscape"), run, "landscape"):
        st.plotly_chart(surface(last.arrays["grid"], last.arrays["density"]), config=chart())


def dimensions(run: Run) -> None:
    """Show what estimates lose against a known density as the dimensions grow."""
    st.markdown(_("#### The curse of dimension"))
    st.caption(_("Two round groups, whose true density is known in any number of dimensions: "
                 "1,000 points to fit, 1,000 others to judge. How far below the true density does "
                 "each estimate lie?"))
    reply = ask_at_rest(_("Climb the dimensions"), run, "dimensions")
    if not reply:
        return
    lost, errors = ({_(label): np.array(reply[name + end]) for name, label in NAMES.items()}
                    for end in ("", "_error"))
    st.plotly_chart(over_dimensions(np.array(reply["dimensions"]), lost, errors), config=chart())
    st.caption(_("Bars: one standard error. **The kernels:** {first:.2f} nats per point below the "
                 "truth in one dimension, {last:.2f} in {d}. To reach the next point the bumps "
                 "must grow, from h = {narrow:.2f} to {wide:.2f}, where a whole group has 1. "
                 "**The one Gaussian** misses {wrong:.2f} from the start: it has the wrong shape. "
                 "**The mixture** has the right one, and only more and more numbers to find: "
                 "{mixture:.2f} at the end.").format(
                     first=reply["kde"][0], last=reply["kde"][-1], d=reply["dimensions"][-1],
                     narrow=reply["widths"][0], wide=reply["widths"][-1],
                     wrong=reply["gaussian"][0], mixture=reply["mixture"][-1]))
