"""What one can ask a generative stochastic network: the Explore tab, one topic at a time."""

import numpy as np
import streamlit as st

from playground.charts.mixing import shares
from playground.concepts.gsn import figures
from playground.concepts.gsn.settings import GSNSettings
from playground.language import N_, _
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools.pictures import pictures

POINT_TOPICS = {"step": N_("One step"), "stationary": N_("Where chains end"),
                "mixing": N_("Do chains mix?"), "mean": N_("Draw, or take the mean")}
PICTURE_TOPICS = {"step": N_("One step"), "mixing": N_("Do chains mix?"),
                  "mean": N_("Draw, or take the mean"), "parzen": N_("Why no likelihood")}
SETS = {"chain": N_("samples of the chains"), "train": N_("training pictures"),
        "means": N_("centres of k-means")}
COLUMNS = 6
EASY = 5.0  # steps


def explore(run: Run[GSNSettings]) -> None:
    """One step, where chains end, how they mix, draws and means, Parzen windows."""
    is_image = run.settings.is_image
    topic = chosen_topic(PICTURE_TOPICS if is_image else POINT_TOPICS,
                         "gsn-picture-topic" if is_image else "gsn-topic")
    shown = {"step": _one_step, "stationary": _stationary, "mixing": _mixing, "mean": _by_mean,
             "parzen": _parzen}
    if topic:
        shown[topic](run)


def _data(run: Run[GSNSettings]) -> np.ndarray:
    last = run.history.last
    return last.arrays["data"] if last else np.zeros((0, 2))


def _one_step(run: Run[GSNSettings]) -> None:
    st.markdown(_("#### What may it have been?"))
    left, right = st.columns([1, 2], gap="large")
    is_image = run.settings.is_image
    with left:
        index = st.slider(_("Picture") if is_image else _("Point"), 1,
                          max(2, len(_data(run))), 4, key="gsn-datum")
        seed = st.slider(_("Corrupted how"), 0, 20, 0, key="gsn-corrupted",
                         help=_("The chance in the corruption. Move it to see another one."))
        st.caption(_("The net sees the corrupted datum alone. What is right is taken from the "
                     "training set: each of its data, as likely as the corruption leads from it "
                     "to what the net sees."))
    with right:
        reply = ask_at_rest(_("Ask the net"), run, "one_step", index=index - 1, seed=seed)
        if not reply:
            return
        if not is_image:
            st.plotly_chart(figures.one_step(reply), config=chart(), key="gsn-step")
            st.markdown(_("**W2 {w2:.2f}** between {n} draws of the net and as many of what is "
                          "right.").format(w2=reply["w2"], n=len(reply["drawn"])))
            return
        st.caption(_("The datum; what the net sees; the mean of what it says; the mean of what is "
                     "right"))
        pictures(np.stack([reply["datum"], reply["corrupted"], reply["mean"], reply["right"]]), 4,
                 _("A picture, corrupted, as the net reconstructs it, and as the training set "
                   "does"))
        st.caption(_("Draws of the net: each pixel by itself"))
        pictures(reply["drawn"], COLUMNS, _("Draws of the reconstruction"))
        st.caption(_("Draws of what is right: training pictures"))
        pictures(reply["others"], COLUMNS, _("Training pictures that it may have been"))
        st.caption(_("The net's pixels know nothing of each other, so its draws are ragged. The "
                     "training set knows its own pictures alone, so its draws are clean and never "
                     "new."))


def _stationary(run: Run[GSNSettings]) -> None:
    st.markdown(_("#### Where do all chains go?"))
    reply = ask_at_rest(_("Follow the chain on a grid"), run, "stationary")
    if not reply:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(figures.density(reply, _data(run)), config=chart(), key="gsn-stationary")
    with right:
        if reply["true"] is None:
            st.markdown(_("**Mean log p of held-out points under it: {log_p:.2f} nats.**").format(
                log_p=reply["log_p"]))
        else:
            st.markdown(_("**Mean log p of held-out points under it: {log_p:.2f} nats; under the "
                          "density that they come from {true:.2f}.**").format(
                              log_p=reply["log_p"], true=reply["true"]))
        st.markdown(_("Differences between two chains fall to a third in **{steps:.1f} steps**."
                      ).format(steps=reply["steps"]))
        st.caption(_("A step of the chain leads from each cell of a grid to all others: a matrix. "
                     "Its first eigenvector is the one density that the step leaves as it is, and "
                     "its second eigenvalue tells how fast all others come to it. That works on "
                     "the plane alone; a grid over pictures of 64 pixels has more cells than "
                     "anybody can count."))
        if reply["steps"] > EASY:
            st.caption(_("More corruption, or walk-back, makes the steps larger."))


def _mixing(run: Run[GSNSettings]) -> None:
    st.markdown(_("#### How long does a chain stay?"))
    reply = ask_at_rest(_("Watch 60 chains"), run, "mixing", seed=0)
    if not reply:
        return
    st.markdown(_("**A chain stays near one class for {stay:.1f} steps** and changes "
                  "{changes:.0f} times in 100 steps; {stuck:.0%} of the chains did not leave "
                  "theirs in {n} steps.").format(stay=reply["stay"], changes=reply["changes"],
                                   stuck=reply["stuck"], n=reply["steps"]))
    drawn = shares(reply["shares"], reply["truth"], _("class"))
    if "trail" in reply:
        left, right = st.columns(2, gap="large")
        left.plotly_chart(figures.trail(reply["trail"], _data(run)), config=chart(),
                          key="gsn-trail")
        right.plotly_chart(drawn, config=chart(), key="gsn-shares")
    else:
        pictures(reply["strip"], len(reply["strip"]) // 2,
                 _("What the net thinks along one chain, every fifteenth step"))
        st.caption(_("What the net thinks along one chain, every fifteenth step."))
        st.plotly_chart(drawn, config=chart(), key="gsn-shares")
    st.caption(_("Near which class chains are: that of the nearest training datum. Marks show how "
                 "often each is in the data."))


def _by_mean(run: Run[GSNSettings]) -> None:
    st.markdown(_("#### The best guess is no sample"))
    reply = ask_at_rest(_("Walk by draws and by means"), run, "by_mean", seed=0)
    if not reply:
        return
    sides = (("draw", _("Go on from draws: **{spread:.2f}** of the spread of the data")),
             ("mean", _("Go on from means: **{spread:.2f}** of the spread of the data")))
    for column, (name, says) in zip(st.columns(2, gap="large"), sides, strict=True):
        with column:
            st.markdown(says.format(spread=reply[f"spread_{name}"]))
            if run.settings.is_image:
                pictures(reply[name], COLUMNS, _("Where chains are after 100 steps"))
            else:
                st.plotly_chart(figures.ends(reply[name], _data(run)), config=chart(),
                                key=f"gsn-{name}")
    st.caption(_("A reconstruction has a spread, since nobody knows what the datum was. Leave it "
                 "out, and each step takes a little of the spread of the chain away. For a "
                 "Gaussian whose corruption is as wide as itself a third of the variance is left, "
                 "exactly; the noise of the corruption alone keeps that alive."))


def _parzen(run: Run[GSNSettings]) -> None:
    st.markdown(_("#### The number that papers printed"))
    reply = ask_at_rest(_("Rate three sets by Parzen windows"), run, "parzen", seed=0)
    if not reply:
        return
    names = [_(SETS[name]) for name in reply["names"]]
    st.dataframe({_("500 pictures each"): names,
                  _("mean log-density, nats"): np.round(reply["nats"], 1).tolist(),
                  _("width of the windows"): np.round(reply["widths"], 2).tolist()},
                 hide_index=True)
    chain, train, means = (float(value) for value in reply["nats"])
    if means > max(train, chain):
        st.markdown(_("**Centres of k-means win, by {more:.1f} nats over the data themselves.** "
                      "They are no samples of anything: each is the mean of some pictures, and "
                      "means lie in the middle of things.").format(more=means - train))
    st.caption(_("A GSN has no density, so papers of its time put a Gaussian on each of its "
                 "samples and asked how likely held-out pictures are. The width was chosen on "
                 "other held-out pictures, as here. In so many dimensions that rewards what lies "
                 "in the middle, so this page prints no likelihood (Theis, van den Oord and "
                 "Bethge, 2016)."))
