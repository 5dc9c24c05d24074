"""What one can ask a Boltzmann machine: the Explore tab, one topic at a time."""

from typing import Any

import numpy as np
import streamlit as st

from playground.charts.mixing import shares
from playground.concepts.rbm import figures, planes
from playground.concepts.rbm.completing import complete
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
          "bracket": N_("log p from both sides"),
          "complete": N_("Complete a half, or paint"), "mixing": N_("Do chains mix?")}
OF_POINTS = {"mixing": TOPICS["mixing"]}
OF_DEEP = {name: TOPICS[name] for name in ("partition", "complete", "mixing")}
OF_LARGE = {name: TOPICS[name] for name in TOPICS if name != "gradients"}
RULES = {"cd_1": N_("CD-1"), "cd_10": N_("CD-10"), "cd_100": N_("CD-100"),
         "pcd": N_("persistent"), "tempered": N_("tempered")}
STUCK = 0.3  # of the chains


def explore(run: Run[RBMSettings]) -> None:
    """Gradients, log Z, completions, mixing."""
    topics = (OF_POINTS if run.settings.is_points else
              OF_DEEP if run.settings.is_deep else
              TOPICS if run.settings.is_exact else OF_LARGE)
    topic = chosen_topic(topics, "rbm-topic")
    if topic == "gradients":
        _gradients(run)
    elif topic == "partition":
        _partition(run)
    elif topic == "bracket":
        _bracket(run)
    elif topic == "complete":
        complete(run)
    elif topic == "mixing":
        _mixing(run)


def _gradients(run: Run[RBMSettings]) -> None:
    st.markdown(_("#### Which way is up?"))
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
        _both_ladders(run)


def _both_ladders(run: Run[RBMSettings]) -> None:
    """Say how sure the figure of all test images is."""
    whole = run.all_held_out
    if "log_z_error" in whole:
        st.caption(_("This run: log Z by 100 chains with {n:,.0f} temperatures, whose standard "
                     "error is {error:.2f} nats beside that over the images. With {few:,.0f} "
                     "temperatures the figure was {short:.2f} ± {short_error:.2f}. It is an "
                     "estimate, and rather too good.").format(
                         n=whole["temperatures"], few=whole["short_temperatures"],
                         error=whole["log_z_error"], short=whole["short_nats"],
                         short_error=whole["short_error"]))


def _bracket(run: Run[RBMSettings]) -> None:
    st.markdown(_("#### Between which two numbers does log p lie?"))
    reply = ask_at_rest(_("Anneal there and back"), run, "bracket", seed=0)
    if not reply:
        return
    st.plotly_chart(figures.bracket(reply), config=chart(), key="rbm-bracket")
    low, high = float(reply["low"][-1]), float(reply["high"][-1])
    said = {"low": low, "high": high, "gap": high - low, "n": reply["n"],
            "most": int(reply["ladders"][-1])}
    if reply["exact"] is None:
        st.markdown(_("**With {most:,} temperatures: {low:.2f} from below, {high:.2f} from above, "
                      "{gap:.2f} nats apart**, in the mean of {n} held-out pictures. Both are "
                      "estimates: nobody knows what lies between.").format(**said))
    else:
        st.markdown(_("**log p is {exact:.2f} nats, exact (dashed). With {most:,} temperatures: "
                      "{low:.2f} from below, {high:.2f} from above**, in the mean of {n} "
                      "pictures.").format(exact=reply["exact"], **said))
    st.caption(_("Annealing walks from independent pixels to the machine and estimates Z, in the "
                 "mean of its logarithm too low: log p comes out too high. Annealing back (RAISE) "
                 "walks from each picture to independent pixels. In expectation it is a lower "
                 "bound of log p, not of your machine's own, but of the model that draws by "
                 "annealing, which nears it with more temperatures. Bars are two standard errors "
                 "of the chains."))


def _mixing(run: Run[RBMSettings]) -> None:
    st.markdown(_("#### How long does a chain stay?"))
    reply = ask_at_rest(_("Watch chains"), run, "mixing", seed=0)
    if not reply:
        return
    if reply["tempered"] is None:
        _plain_alone(run, reply)
        return
    is_bars, alone, helped = run.settings.is_bars, reply["plain"], reply["tempered"]
    said = (_("**A plain chain stays at one picture for {stay:.0f} steps; with hotter chains to "
              "swap with, for {helped:.0f}.** {stuck:.0%} of the plain ones did not leave theirs "
              "in {n} steps; of the others, {freed:.0%}.")
            if is_bars else
            _("**A plain chain stays near one class for {stay:.0f} steps; with hotter chains to "
              "swap with, for {helped:.0f}.** {stuck:.0%} of the plain ones did not leave theirs "
              "in {n} steps; of the others, {freed:.0%}."))
    st.markdown(said.format(stay=alone["stay"], helped=helped["stay"], stuck=alone["stuck"],
                            freed=helped["stuck"], n=reply["steps"]))
    _strips(run, reply)
    left, right = st.columns(2, gap="large")
    with left:
        _where(run, alone)
    with right:
        st.plotly_chart(figures.swaps(reply["swaps"]), config=chart(), key="rbm-swaps")
        st.caption(_("How often chains at neighbouring temperatures swap. A step of tempered "
                     "chains costs as much as one of plain chains at each temperature. Where a "
                     "bar is near 0, what hot chains find does not come down."))
    if alone["stuck"] > STUCK:
        st.caption(_("These chains hardly mix: what they dream of in an update is what they "
                     "happened to dream of before, and the gradient is wrong. Lower the learning "
                     "rate, let weights decay, take more steps an update, or let hotter chains "
                     "help."))


def _plain_alone(run: Run[RBMSettings], reply: dict[str, Any]) -> None:
    """Show how plain chains of a deep machine mix."""
    alone = reply["plain"]
    said = (_("**A chain stays at one picture for {stay:.0f} steps.** {stuck:.0%} of the chains "
              "did not leave theirs in {n} steps.") if run.settings.is_bars else
            _("**A chain stays near one class for {stay:.0f} steps.** {stuck:.0%} of the chains "
              "did not leave theirs in {n} steps."))
    st.markdown(said.format(stay=alone["stay"], stuck=alone["stuck"], n=reply["steps"]))
    _strips(run, reply)
    _where(run, alone)


def _where(run: Run[RBMSettings], alone: dict[str, Any]) -> None:
    """Show where plain chains spend their time."""
    is_bars = run.settings.is_bars
    st.plotly_chart(shares(alone["shares"], _truth() if is_bars else None,
                           _("picture") if is_bars else _("class")),
                    config=chart(), key="rbm-shares")
    st.caption(_("How much of their time plain chains spend at each of the 30 pictures, and "
                 "how likely each is in the data; {nowhere:.0%} of the time they are at none."
                 ).format(nowhere=alone["nowhere"]) if is_bars else
               _("How much of their time plain chains spend near each class: that of the "
                 "nearest training datum."))


def _strips(run: Run[RBMSettings], reply: dict[str, Any]) -> None:
    """Show one chain of each kind."""
    names = {"plain": _("One plain chain, every fifteenth step"),
             "tempered": _("One tempered chain, every fifteenth step")}
    if run.settings.is_points:
        for column, (kind, name) in zip(st.columns(2, gap="large"), names.items(), strict=True):
            column.caption(name)
            column.plotly_chart(planes.one_chain(reply[kind]["strip"]), config=chart(),
                                key=f"rbm-{kind}")
        return
    for kind, name in names.items():
        if reply[kind] is None:
            continue
        strip = reply[kind]["strip"]
        st.caption(name)
        pictures(figures.larger(strip), len(strip) // 2, name)


def _truth() -> np.ndarray:
    """How likely each distinct picture of bars and stripes is, (30,)."""
    n = len(bars.patterns())
    found = np.full(n, 1 / (n + 2))
    found[[0, -1]] *= 2  # all black and all white
    return found
