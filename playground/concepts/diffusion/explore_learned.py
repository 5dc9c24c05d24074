"""Explore what was learned: by heart or not, what may be behind noise, and log p part by part."""

import math
from collections import Counter

import numpy as np
import streamlit as st

from playground.charts import diffusion as charts
from playground.charts.colors import DATA, NEUTRAL, SAMPLES
from playground.charts.encode import Figure
from playground.charts.scatter import figure, plane, points, square
from playground.concepts.diffusion.settings import DiffusionSettings
from playground.language import _, listed, sentences
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_at_rest, pressed
from playground.ui.bench.style import chart
from playground.ui.tools.pictures import pictures

DIGITS = ("digits", "mnist_14", "mnist", "mnist_full")


def by_heart(run: Run[DiffusionSettings]) -> None:
    """Draw what net and ideal denoiser make of one noise."""
    st.markdown(_("#### The best denoiser only remembers"))
    st.caption(_("For a finite training set the best guess for x0 is known: the mean of all "
                 "training data, each weighted by how likely it is behind x at t. A walk by it "
                 "ends on training data. All that the net does otherwise is what it "
                 "generalises."))
    reply = ask_at_rest(_("Walk by both"), run, "by_heart", seed=0)
    if not reply:
        return
    learned, ideal = st.columns(2, gap="large")
    if run.settings.is_image:
        for place, name, title in ((learned, "learned", _("**The net**")),
                                   (ideal, "ideal", _("**The ideal denoiser**"))):
            with place:
                st.markdown(title)
                pictures(np.concatenate([reply[name], reply["nearest"][int(name == "ideal")]]),
                         len(reply[name]))
                st.caption(_("Below each, the nearest training picture."))
    else:
        for place, name, title in ((learned, "learned", _("the net's particles")),
                                   (ideal, "ideal", _("those of the ideal denoiser"))):
            place.plotly_chart(_plane([(reply["train"], _("training points"), DATA),
                                       (reply[name], title, SAMPLES)]),
                               config=chart(), key=f"by-heart-{name}")
    st.markdown(_("To the nearest training datum it is **{learned:.3f}** from what the net draws, "
                  "**{ideal:.3f}** from what the ideal one draws, and {held_out:.3f} from "
                  "held-out data. Copies, three times nearer to one datum than to any other: "
                  "net **{copied:.0%}**, ideal {copied_ideal:.0%}, held-out data "
                  "{copied_held_out:.0%}.").format(
                      learned=reply["away_learned"], ideal=reply["away_ideal"],
                      held_out=reply["away_held_out"], copied=reply["copied_learned"],
                      copied_ideal=reply["copied_ideal"],
                      copied_held_out=reply["copied_held_out"]))
    st.caption(_("With how few data does the net begin to copy? On the plane, sweep the points "
                 "and look at the measure \"copies\"."))


def gap(run: Run[DiffusionSettings]) -> None:
    """Draw how wrong net and ideal denoiser are, by t."""
    st.markdown(_("#### Net and ideal, by t"))
    reply = ask_at_rest(_("Compare both by t"), run, "gap")
    if not reply:
        return
    names = {"held_out": _("net, held-out data"), "train": _("net, training data"),
             "ideal": _("ideal denoiser, held-out data"),
             "apart": _("net and ideal apart")}
    st.plotly_chart(charts.by_time({title: np.asarray(reply[name])
                                    for name, title in names.items()},
                                   _("squared error of x0")), config=chart(), key="gap-by-t")
    st.caption(_("The curve of net and ideal apart is the gap: where it is 0, the net does what "
                 "the training set dictates; where it is not, it has filled in between."))


def behind(run: Run[DiffusionSettings]) -> None:
    """Draw a noised datum, and on demand what may have been behind it."""
    st.markdown(_("#### Guess first"))
    places = st.columns(3)
    index = int(places[0].number_input(_("which held-out datum"), 0, 49, 0, key="behind-index"))
    t = places[1].slider(_("time t"), 0.1, 0.9, 0.5, 0.1, key="behind-t")
    seed = int(places[2].number_input(_("which noise"), 0, 9999, 0, key="behind-seed"))
    reply = ask(run, "behind", index=index, t=t, seed=seed)
    if not reply:
        return
    asking = st.container()
    left, right = st.columns((1, 2), gap="large")
    picture = run.settings.is_image
    with left:
        st.markdown(_("What was behind this?"))
        if picture:
            pictures(reply["noisy"], 1)
        else:
            st.plotly_chart(_plane([(reply["noisy"], _("a noised point"), NEUTRAL)]),
                            config=chart(), key="behind-noisy")
    about, said = f"behind-{index}-{t}-{seed}", None
    if run.settings.dataset in DIGITS:
        said = asking.segmented_control(_("Which digit is it? Say it first."), range(10),
                                        key=f"{about}-said")
        if said is None:
            return
    if said is None and not pressed(_("Show what may have been"), run, about):
        return
    with right:
        if said is not None:
            st.markdown(_verdict(said, reply["label"], reply["seen"]))
        if picture:
            pictures(np.concatenate([reply["guess"], reply["truth"], reply["drawn"]]), 7)
            st.caption(_("First the net's guess for x0, then the truth (class {label}), then what "
                         "walks with fresh noise make of it. The guess is the mean of all that "
                         "may be behind: blurred where these differ.").format(
                             label=reply["label"]))
        else:
            st.plotly_chart(_plane([(reply["drawn"], _("what walks make of it"), SAMPLES),
                                    (reply["guess"], _("the net's guess"), NEUTRAL),
                                    (reply["truth"], _("the truth"), DATA)]),
                            config=chart(), key="behind-drawn")
            st.caption(_("The guess is the mean of all that may be behind: it can lie where no "
                         "data are."))


def _verdict(said: int, label: int, seen: list[int]) -> str:
    """Say whether the visitor was right, and what the walks made of the same noise."""
    found = [_("{digit} ({n} of {all})").format(digit=digit, n=n, all=len(seen))
             for digit, n in Counter(seen).most_common()]
    told = (_("You said {said}, and **{label}** it was.") if said == label else
            _("You said {said}; it was **{label}**.")).format(said=said, label=label)
    return sentences(told, _("In what walks make of it our own net sees {digits}.").format(
        digits=listed(found)))


def likelihood(run: Run[DiffusionSettings]) -> None:
    """Draw what each noise level adds to the bound, and on the plane the exact density."""
    st.markdown(_("#### What each noise level costs"))
    reply = ask_at_rest(_("Add up the bound"), run, "parts")
    if reply:
        st.plotly_chart(charts.costs(reply["log_snr"], reply["costs"]), config=chart(),
                        key="bound-parts")
        text = _("-log p is at most **{total:.2f} nats** (endless chain), or {chain:.2f} by a "
                 "chain of {steps} steps: at the noisy end {end:.3f}, on the way {way:.2f}, at "
                 "the start {start:.2f}. Means of {n} held-out data.").format(
                     way=float(np.sum(reply["costs"])), **reply)
        st.markdown(text)
        if reply["levels"]:
            st.caption(_("That is at most {bits:.2f} bits for each of {dims} numbers of {levels} "
                         "levels: a probability of levels, no dequantisation.").format(
                             bits=reply["total"] / reply["dims"] / math.log(2), **reply))
    if run.settings.is_image or run.settings.know_class:
        return
    st.markdown(_("#### The exact density"))
    st.caption(_("The probability-flow ODE carries points to noise; the divergence of its field "
                 "tells how the density changes on the way. On the plane that is exact, up to the "
                 "solver."))
    found = ask_at_rest(_("Follow points to noise"), run, "density")
    if not found:
        return
    left, right = st.columns(2, gap="large")
    left.plotly_chart(charts.density(np.asarray(found["surface"])), config=chart(),
                      key="ode-density")
    with right:
        st.metric(_("-log p of held-out points"),
                  _("{value:.3f} nats").format(value=found["nats"]))
        if found["known"]:
            st.metric(_("by the density they are drawn from: the floor"),
                      _("{value:.3f} nats").format(value=found["floor"]))
        st.caption(_("{n} points, standard error {error:.2f} nats, the same points for both. The "
                     "density adds up to **{mass:.3f}** on the square: what is missing to 1, or "
                     "too much, is the error of the grid, of the solver, and what lies outside. "
                     "The field was asked {evaluations} times.").format(**found))


def _plane(clouds: list[tuple[np.ndarray, str, str]]) -> Figure:
    traces = [points(np.asarray(xy), name=name, color=color, size=9 if len(xy) < 3 else 5)
              for xy, name, color in clouds]
    return figure(traces, {**plane(square(charts.HALF)), "height": 360})
