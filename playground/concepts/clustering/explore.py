"""The Explore tab of clustering: all methods at once, every k, and how much luck is in a start."""

import numpy as np
import streamlit as st

from playground.charts.scatter import box_around
from playground.charts.strips import strips
from playground.concepts.clustering.figures import grown, over_k
from playground.language import _
from playground.numbers import shown
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.bench.style import chart

N_STARTS = 50


def explore(run: Run) -> None:
    """Compare the methods, choose k, and start many times."""
    compare(run)
    over_every_k(run)
    luck(run)


def compare(run: Run) -> None:
    """Show the ends of all methods side by side, with four scores of each."""
    st.markdown(_("#### All methods on these points"))
    st.caption(_("With the knobs as they stand. ARI and AMI compare with the set's own groups (1: "
                 "the same, 0: chance). Silhouette (higher) and Davies-Bouldin (lower is better) "
                 "look at the shape alone, and like round clusters."))
    reply = ask_at_rest(_("Compare all methods"), run, "compare")
    last = run.history.last
    if not reply or last is None:
        return
    points, methods = last.arrays["points"], run.settings.knobs()["method"].choices
    places = st.columns(3) + st.columns(3)
    for place, (name, result) in zip(places, reply.items(), strict=True):
        place.caption(_(methods[name]))
        labels = np.asarray(result["labels"])
        figure = grown(points, labels, np.where(labels < 0, 0, 1), box_around(points))
        figure["layout"]["height"] = 240
        place.plotly_chart(figure, config=chart(), key=f"compared-{name}")
    heads = {"ari": _("ARI"), "ami": _("AMI"), "silhouette": _("silhouette"),
             "davies_bouldin": _("Davies-Bouldin")}
    st.table({_("method"): [_(methods[name]) for name in reply]} | {
        head: ["–" if result[key] is None else shown(result[key], ".2f")
               for result in reply.values()]
        for key, head in heads.items()})


def over_every_k(run: Run) -> None:
    """Show inertia, silhouette, AIC and BIC against the number of clusters."""
    st.markdown(_("#### How many clusters?"))
    st.caption(_("k-means and the Gaussian mixture for every k. Look for the elbow of the "
                 "inertia, the top of the silhouette, the bottom of AIC and BIC. Do they agree? "
                 "AIC and BIC are -2 log-likelihood and a price for each number that is fitted: "
                 "two of their units are a nat."))
    reply = ask_at_rest(_("Try every k"), run, "over_k")
    if reply:
        titles = {"inertia": _("inertia (k-means)"), "silhouette": _("silhouette (k-means)"),
                  "aic": _("AIC (mixture)"), "bic": _("BIC (mixture)")}
        for place, (key, title) in zip(st.columns(4), titles.items(), strict=True):
            place.plotly_chart(over_k(reply["k"], reply[key], title), key=f"over-k-{key}",
                               config=chart())


def luck(run: Run) -> None:
    """Show where k-means ends from many starts of each kind."""
    st.markdown(_("#### How much luck is in the start of k-means?"))
    st.caption(_("The same data and k, {n} times from each kind of start. Each dot is where "
                 "one run of k-means ended; lower is better.").format(n=N_STARTS))
    if run.settings.model_dump()["n_clusters"] == 1:
        st.caption(_("With one cluster every start ends at the same place: choose k = 2 or more."))
        return
    reply = ask_at_rest(_("Start many times"), run, "many_starts", n=N_STARTS)
    kinds = run.settings.knobs()["start"].choices
    if reply:
        st.plotly_chart(strips({_(kinds[name]): np.array(values)
                                for name, values in reply["inertia"].items()},
                               unit=_("final inertia")), config=chart())
