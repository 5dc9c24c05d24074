"""What one can ask a Boltzmann machine: the Explore tab, one topic at a time."""

import numpy as np
import streamlit as st

from playground.charts.mixing import shares
from playground.concepts.rbm import figures
from playground.concepts.rbm.settings import RBMSettings
from playground.datasets import bars
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools.gradients import beside_the_exact_one
from playground.ui.tools.pictures import pictures
from playground.ui.tools.published import MNIST, beside_published

TOPICS = {"gradients": N_("The right gradient"), "partition": N_("log Z"),
          "complete": N_("Complete a half"), "mixing": N_("Do chains mix?")}
RULES = {"cd_1": N_("CD-1"), "cd_10": N_("CD-10"), "cd_100": N_("CD-100"),
         "pcd": N_("persistent")}
HALVES = {"top": N_("the upper half"), "bottom": N_("the lower half"),
          "left": N_("the left half"), "right": N_("the right half")}
STUCK = 0.3  # of the chains
COLUMNS = 6


def explore(run: Run[RBMSettings]) -> None:
    """Gradients, log Z, completions, mixing."""
    topic = chosen_topic(TOPICS, "rbm-topic")
    if topic == "gradients":
        _gradients(run)
    elif topic == "partition":
        _partition(run)
    elif topic == "complete":
        _complete(run)
    elif topic == "mixing":
        _mixing(run)


def _gradients(run: Run[RBMSettings]) -> None:
    st.markdown(_("#### Which way is up?"))
    if not run.settings.is_exact:
        st.caption(_("The exact gradient needs a sum over all states of the smaller layer: choose "
                     "bars and stripes, or at most 16 hidden units."))
        return
    if not beside_the_exact_one(run, RULES, _("rule")):
        return
    st.caption(_("Beyond 90 degrees a rule leads downhill: the likelihood falls. Contrastive "
                 "divergence takes 3,200 fantasies here, so that its angle is hardly chance; "
                 "persistent chains are as many as the knob says, and a part of their gradient is "
                 "chance. Once the exact gradient is short, the machine is near a summit and "
                 "angles say little: look at the lengths. A rule whose own gradient is short, "
                 "where the exact one is long, rests in a place that is no summit."))


def _partition(run: Run[RBMSettings]) -> None:
    st.markdown(_("#### How large is Z?"))
    reply = ask_at_rest(_("Anneal with more and more temperatures"), run, "partition", seed=0)
    if not reply:
        return
    st.plotly_chart(figures.ladders(reply), config=chart(), key="rbm-ladders")
    last, error = float(reply["log_z"][-1]), float(reply["errors"][-1])
    if reply["exact"] is None:
        st.markdown(_("**log Z ≈ {last:.2f} ± {error:.2f}** by {n} chains, so log p of a held-out "
                      "picture is about {log_p:.1f} nats: an estimate.").format(
                          last=last, error=error, n=reply["n"], log_p=reply["log_p"]))
    else:
        st.markdown(_("**log Z is {exact:.2f}, exact (dashed); the estimate with most "
                      "temperatures is off by {off:.3f}**, with a standard error of {error:.3f}. "
                      "log p of a held-out picture: {log_p:.2f} nats.").format(
                          exact=reply["exact"], off=abs(last - reply["exact"]), error=error,
                          log_p=reply["log_p"]))
    st.caption(_("Chains walk from independent pixels, whose Z is known, to the machine, and "
                 "weigh the way. The mean of the weights is Z without bias, so its logarithm is "
                 "too low in the mean, and log p too high. Bars are two standard errors; chains "
                 "that miss a part of the machine do not know what they miss."))
    if run.settings.dataset in MNIST:
        beside_published(run, "dynamic" if run.settings.is_drawn_anew else None)


def _complete(run: Run[RBMSettings]) -> None:
    st.markdown(_("#### Hold one half, dream the other"))
    left, right = st.columns([1, 3], gap="large")
    last = run.history.last
    n = len(last.arrays["data"]) if last else 1
    with left:
        half = st.radio(_("What is held"), list(HALVES), format_func=lambda name: _(HALVES[name]),
                        key="rbm-half")
        index = st.slider(_("Picture"), 1, n, 7, key="rbm-picture") if n > 1 else 1
    with right:
        reply = ask_at_rest(_("Complete it"), run, "complete", index=index - 1, half=half, seed=0)
        if not reply:
            return
        st.caption(_("The picture; what is held of it, the rest grey; the mean of all chains"))
        known = np.where(reply["given"] > 0, reply["picture"], 0.5)
        pictures(figures.larger(np.stack([reply["picture"], known, reply["mean"]])), COLUMNS,
                 _("The picture, what is held of it, and the mean of what was drawn"))
        st.caption(_("Where twelve chains are after {n} steps").format(n=reply["steps"]))
        pictures(figures.larger(reply["drawn"]), COLUMNS, _("Completions of the picture"))
    if "valid" in reply:
        st.markdown(_("**{valid:.0%} of the completions are bars or stripes.** The model was "
                      "never trained to complete: holding units is all that it takes.").format(
                          valid=reply["valid"]))


def _mixing(run: Run[RBMSettings]) -> None:
    st.markdown(_("#### How long does a chain stay?"))
    reply = ask_at_rest(_("Watch 60 chains"), run, "mixing", seed=0)
    if not reply:
        return
    is_bars = run.settings.is_bars
    said = (_("**A chain stays at one picture for {stay:.0f} steps** and changes {changes:.1f} "
              "times in 100 steps; {stuck:.0%} of the chains did not leave theirs in {n} steps.")
            if is_bars else
            _("**A chain stays near one class for {stay:.0f} steps** and changes {changes:.1f} "
              "times in 100 steps; {stuck:.0%} of the chains did not leave theirs in {n} steps."))
    st.markdown(said.format(stay=reply["stay"], changes=reply["changes"], stuck=reply["stuck"],
                            n=reply["steps"]))
    pictures(figures.larger(reply["strip"]), len(reply["strip"]) // 2,
             _("One chain, every fifteenth step"))
    st.caption(_("One chain, every fifteenth step."))
    drawn = (shares(reply["shares"], _truth(), _("picture")) if is_bars else
             shares(reply["shares"], None, _("class")))
    st.plotly_chart(drawn, config=chart(), key="rbm-shares")
    if is_bars:
        st.caption(_("How much of their time chains spend at each of the 30 pictures, and how "
                     "likely each is in the data; {nowhere:.0%} of the time they are at none."
                     ).format(nowhere=reply["nowhere"]))
    else:
        st.caption(_("How much of their time chains spend near each class: that of the training "
                     "picture from which fewest pixels differ."))
    if reply["stuck"] > STUCK:
        st.caption(_("These chains hardly mix: what they dream of in an update is what they "
                     "happened to dream of before, and the gradient is wrong. Lower the learning "
                     "rate, let weights decay, or take more steps an update."))


def _truth() -> np.ndarray:
    """How likely each distinct picture of bars and stripes is, (30,)."""
    n = len(bars.patterns())
    found = np.full(n, 1 / (n + 2))
    found[[0, -1]] *= 2  # all black and all white
    return found
