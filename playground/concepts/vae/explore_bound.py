"""What one can ask a VAE about its bound, its gradient, and its dimensions."""

import numpy as np
import streamlit as st

from playground.charts.bounds import (
    against_the_prior,
    cost_bars,
    information,
    rising_bound,
    spread_of_gradients,
)
from playground.language import _, listed
from playground.numbers import shown
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_at_rest
from playground.ui.bench.style import chart

KS = (1, 10, 100, 500, 1000, 5000)
N_DATA = 50
N_DRAWS = 1000
MOST_LOST = 0.01


def dimensions(run: Run, label: str) -> None:
    """Draw what each dimension costs.

    Args:
        label: name of a dimension, with its `{number}`; translated.
    """
    last = run.history.last
    if last is None:
        return
    costs = last.arrays["kl_per_dimension"]
    st.markdown(_("#### Who does the work?"))
    st.caption(_("The KL, part by part, averaged over held-out data. A part near 0 nats says "
                 "nothing about the datum."))
    st.plotly_chart(cost_bars(costs, [label.format(number=i + 1) for i in range(len(costs))]),
                    config=chart())


def aggregate(run: Run) -> None:
    """Draw the aggregate posterior beside the prior."""
    st.markdown(_("#### All codes together, and the prior"))
    st.caption(_("The curve is the density of a random code of a random held-out datum. Where it "
                 "is below the dashed prior, samples come from codes that the decoder has hardly "
                 "seen: holes."))
    reply = ask(run, "aggregate")
    if reply is None:
        return
    st.plotly_chart(against_the_prior(*(np.asarray(reply[name]) for name in (
        "z", "prior", "densities", "dimensions"))), config=chart())
    gaps = listed(f"z{dimension + 1}: {shown(gap, '.2f')}" for dimension, gap in zip(
        reply["dimensions"], reply["kl"], strict=True))
    st.caption(_("KL(q(z) || p(z)) in nats, of the {n} held-out data: {gaps}.").format(
        n=reply["n"], gaps=gaps))
    if (lost := float(np.abs(np.asarray(reply["mass"]) - 1).max())) > MOST_LOST:
        st.caption(_("The integral has missed {lost:.0%} of the mass: these numbers are too far "
                     "off to be used.").format(lost=lost))


def bound(run: Run) -> None:
    """Draw how the bound rises with the number of codes."""
    claim = run.settings.claim
    st.markdown(_("#### How likely is held-out data?"))
    if not claim.is_log_p:
        st.caption(_("There is {why}.").format(why=_(claim.why)))
        return
    st.caption(_("The ELBO is a lower bound of {log_p}. More codes per datum (K) tighten it "
                 "towards the exact value. Try 10, then 5,000: how far does it still climb?")
               .format(log_p=claim.name))
    n_samples = st.select_slider(_("codes per datum, K"), KS, value=100, key="iwae-samples")
    reply = ask_at_rest(_("Measure the bound"), run, "log_likelihood", n_samples=n_samples,
                        n_data=N_DATA)
    if reply is None:
        return
    ks, bounds = reply["ks"], reply["bounds"]
    st.plotly_chart(rising_bound(ks, bounds, claim.name), config=chart())
    one, many = st.columns(2)
    one.metric(_("ELBO, K = 1"), _("{value} nats").format(value=claim.write(bounds[0])))
    many.metric(_("IWAE bound, K = {k}").format(k=ks[-1]),
                _("{value} nats").format(value=claim.write(bounds[-1])))
    st.caption(_("{what}. Mean over {n} held-out data; standard error {error:.2f} nats. All "
                 "points use the same codes.").format(what=claim.text(), n=reply["n"],
                                                      error=reply["error"]))


def gradients(run: Run) -> None:
    """Draw single estimates of one gradient, with and without reparameterisation."""
    st.markdown(_("#### A gradient through chance"))
    st.caption(_("How does the reconstruction change with the mean of q(z|x)? Three estimates of "
                 "the same gradient, each from one draw of z, {n} times. All are right on "
                 "average. Which would you train with?").format(n=N_DRAWS))
    index = int(st.number_input(_("which held-out datum"), 0, 199, 0, key="gradient-of"))
    reply = ask_at_rest(_("Draw gradients"), run, "gradients", index=index, n_samples=N_DRAWS)
    if reply is None:
        return
    names = {"through": _("through z = mu + sigma epsilon"), "score": _("score function"),
             "baseline": _("score function, mean taken off")}
    st.plotly_chart(spread_of_gradients({title: np.asarray(reply[key])
                                         for key, title in names.items()}), config=chart())
    through, score, baseline = reply["variances"]
    st.caption(_("Variance of one estimate, all dimensions together: {through:.3g} with the "
                 "reparameterisation, {score:.3g} without ({ratio:,.0f} times as much), "
                 "{baseline:.3g} with the mean taken off. The figure shows z{dimension}.").format(
                     through=through, score=score, baseline=baseline,
                     ratio=score / max(through, 1e-12), dimension=reply["dimension"] + 1))


def factors(run: Run) -> None:
    """Draw which factor moves which latent dimension."""
    st.markdown(_("#### Which factor moves which dimension?"))
    st.caption(_("The share of each factor that the mean of one dimension tells (mutual "
                 "information over the factor's entropy). The sprites' five factors are known; of "
                 "other data only the class is. Turn beta up while it trains, then measure again: "
                 "do factors part?"))
    reply = ask_at_rest(_("Measure factors"), run, "factors")
    if reply is None:
        return
    st.plotly_chart(information(np.asarray(reply["information"]),
                                [_(name) for name in reply["names"]]), config=chart())
    if len(reply["names"]) > 1:
        st.caption(_("**MIG {mig:.2f}**: the mean over factors of the gap between the best and "
                     "the second best dimension (Chen et al. 2018). 1: one dimension for each "
                     "factor; 0: every factor is shared. {n} data, means in 20 bins.").format(
                         mig=reply["mig"], n=reply["n"]))
