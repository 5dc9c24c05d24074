"""What one can ask a flow: the Explore tab, one topic at a time."""

from typing import Any

import numpy as np
import streamlit as st

from playground.concepts.flow_matching import figures
from playground.concepts.flow_matching.settings import FLOWS, FlowMatchingSettings
from playground.language import N_, _, plural
from playground.runs.run import Run
from playground.ui.bench.ask import ask, ask_at_rest
from playground.ui.bench.session import newest_run
from playground.ui.bench.style import chart
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools.pictures import pictures

TOPICS = {"steps": N_("One step"), "errors": N_("Error against evaluations"),
          "mean": N_("Pairs and their mean"), "pairs": N_("Who goes with whom"),
          "density": N_("Likelihood")}
OF_PICTURES = {"steps": N_("Few steps and many"), "quality": N_("Quality against evaluations"),
               "bits": N_("Likelihood")}
MODELS = {"first": N_("the flow"), "second": N_("the second net")}
SOLVERS = {"euler": N_("Euler"), "midpoint": N_("midpoint"), "heun": N_("Heun"),
           "rk4": N_("Runge and Kutta"), "adaptive": N_("Dormand and Prince"),
           "jumps": N_("jumps")}
OF_DIFFUSION = {"ddim": N_("diffusion: DDIM"), "ddpm": N_("diffusion: DDPM"),
                "heun": N_("diffusion: Heun in sigma")}
GUESSES = {"ring": N_("on the groups, but coarsely"), "mean": N_("on the mean of the data"),
           "noise": N_("where they start")}


def explore(run: Run[FlowMatchingSettings]) -> None:
    """Steps, errors, pairs and their mean, pairings, likelihood."""
    if run.settings.is_image:
        _pictures(run)
        return
    topic = chosen_topic(TOPICS, "flow-topic")
    if topic == "steps":
        _steps(run)
    elif topic == "errors":
        _errors(run)
    elif topic == "mean":
        _mean(run)
    elif topic == "pairs":
        _pairs(run)
    elif topic == "density":
        _density(run)


def _steps(run: Run[FlowMatchingSettings]) -> None:
    st.markdown(_("#### One step"))
    flows = run.settings.model in FLOWS
    if flows:
        guess = st.radio(
            _("All particles start from noise and go one step of length 1, along the velocity at "
              "t = 0. Where will the flow land them?"), list(GUESSES), index=None,
            format_func=lambda name: _(GUESSES[name]), key="flow-guess", horizontal=True)
        if guess is None:
            st.caption(_("Choose an answer to see it."))
            return
    reply = ask_at_rest(_("Draw in 1, 2, 4, 8 and 50 steps"), run, "in_steps", seed=0)
    if not reply:
        return
    titles = {name: _(title) for name, title in MODELS.items()}
    drawn = figures.in_steps(reply["models"], titles, reply["data"])
    st.plotly_chart(drawn, config=chart(), key="flow-steps")
    if flows:
        first = reply["models"][0]
        one = first["w2"][0]
        st.markdown(_("At t = 0 noise says nothing of the datum that it is joined with, if chance "
                      "has joined them: the mean velocity leads to the **mean of the data**. In "
                      "one step W2 is **{one:.2f}**, in 50 steps {many:.2f}; as many real points "
                      "get {floor:.2f}.").format(one=one, many=first["w2"][-1],
                                                 floor=reply["floor"]))
    if len(reply["models"]) > 1:
        before, after = reply["models"]
        st.markdown(_("The second net in one step: **{one:.2f}**.").format(one=after["w2"][0]))
        if run.settings.second_half == "reflow":
            st.markdown(_("Bend of the ways, 0 for straight ones: **{before:.2f}** before reflow, "
                          "**{after:.2f}** after.").format(before=before["bend"],
                                                           after=after["bend"]))
    elif flows:
        st.caption(_("To make one step enough, choose reflow or distillation for the second half "
                     "of the steps, or let the net learn mean velocities."))


def _pictures(run: Run[FlowMatchingSettings]) -> None:
    topic = chosen_topic(OF_PICTURES, "flow-picture-topic")
    if topic == "steps":
        _pictures_in_steps(run)
    elif topic == "quality":
        _quality(run)
    elif topic == "bits":
        _bits(run)


def _pictures_in_steps(run: Run[FlowMatchingSettings]) -> None:
    st.markdown(_("#### The same noise, in few steps and in many"))
    reply = ask_at_rest(_("Draw in 1, 2, 4, 8 and 50 steps"), run, "in_steps", seed=0)
    if not reply:
        return
    models = reply["models"]
    columns = st.columns(len(models), gap="large")
    for column, model, title in zip(columns, models, MODELS.values(), strict=False):
        with column:
            if len(models) > 1:
                st.markdown(f"**{_(title)}**")
            for count, drawn in zip(model["counts"], model["ends"], strict=True):
                st.caption(plural("{n} step", "{n} steps", int(count)))
                pictures(drawn, len(drawn), _("Pictures drawn from the same noise"))
    if run.settings.model in FLOWS:
        st.caption(_("One step of Euler's rule leads all noise to the mean of the pictures (of "
                     "its class, where the net is told it). With each doubling the strokes come "
                     "out."))
    if len(models) > 1 and run.settings.second_half == "reflow":
        st.markdown(_("Bend of the ways, 0 for straight ones: **{before:.2f}** before reflow, "
                      "**{after:.3f}** after. The second flow has learned from pairs of noise and "
                      "picture that the first one has joined: one step is enough.").format(
                          before=models[0]["bend"], after=models[1]["bend"]))
    elif len(models) > 1:
        st.markdown(_("The second net has learned from the first one where its ways end: it jumps "
                      "there in one step."))


def _quality(run: Run[FlowMatchingSettings]) -> None:
    st.markdown(_("#### What do good pictures cost?"))
    reply = ask_at_rest(_("Measure all solvers"), run, "quality", seed=0)
    if not reply:
        return
    drawn = figures.errors(reply["solvers"], [], {key: _(title) for key, title in SOLVERS.items()},
                           reply["floor"], measure="fid", unit=_("Fréchet distance to data"))
    st.plotly_chart(drawn, config=chart(), key="flow-quality")
    st.caption(_("Fréchet distance of {n} samples and as many held-out pictures by the features "
                 "of our own net; all solvers start from the same noise. The dashed line is what "
                 "as many other real pictures get. So few pictures make all these numbers larger "
                 "than they are for many: compare them with each other alone.").format(
                     n=reply["n"]))


def _bits(run: Run[FlowMatchingSettings]) -> None:
    st.markdown(_("#### How likely is a picture?"))
    if not run.settings.claim.is_log_p:
        st.caption(run.settings.claim.text())
        return
    reply = ask_at_rest(_("Follow held-out pictures back to the noise"), run, "bits", seed=0)
    if not reply:
        return
    st.markdown(_("**At most {bits:.2f} ± {error:.2f} bits per dimension**, the mean of {n} "
                  "held-out pictures with {levels} levels, in {evaluations} evaluations.").format(
                      bits=reply["bits"], error=reply["error"], n=reply["n"],
                      levels=reply["levels"], evaluations=reply["evaluations"]))
    st.caption(_("Even noise fills the gaps between the levels, so the density of the noisy "
                 "picture bounds the probability of its levels. The divergence, how much space is "
                 "squeezed on the way, is estimated: one random probe for each picture, held "
                 "fixed along its whole way. The net has learned from pictures without that "
                 "noise, which makes it pay more than a flow that was trained with it."))


def _errors(run: Run[FlowMatchingSettings]) -> None:
    st.markdown(_("#### What do good samples cost?"))
    reply = ask_at_rest(_("Measure all solvers"), run, "errors", seed=0)
    if not reply:
        return
    titles = {key: _(title) for key, title in SOLVERS.items()}
    two = len({solver["model"] for solver in reply["solvers"]}) > 1
    for name, place in zip(MODELS, st.columns(2) if two else [st.container()], strict=False):
        with place:
            st.caption(_(MODELS[name]))
            solvers = [solver for solver in reply["solvers"] if solver["model"] == name]
            others, names = ([], {}) if name != "first" else _diffusion(run)
            st.plotly_chart(figures.errors(solvers, others, titles | names, reply["floor"]),
                            config=chart(), key=f"flow-errors-{name}")
    st.caption(_("Exact W2 distance of 300 samples and as many held-out points; all solvers start "
                 "from the same noise. The dashed line is what as many real points get: below it, "
                 "chance decides. Rules of higher order pay once the steps are short; where ways "
                 "are straight, one step of Euler's rule is enough."))


def _diffusion(run: Run[FlowMatchingSettings]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The samplers of the newest run of diffusion on the same data, and what they are called."""
    other = newest_run("diffusion")
    if other is None or other.history.last is None:
        return [], {}
    theirs, ours = other.settings.model_dump(), run.settings.model_dump()
    if any(theirs[name] != ours[name] for name in ("dataset", "noise")):
        st.caption(_("Diffusion's samplers would stand here beside these, if its newest run had "
                     "the same data."))
        return [], {}
    reply = ask_at_rest(_("Measure diffusion's samplers too"), other, "compare", seed=0)
    if not reply:
        return [], {}
    found = [{"name": f"diffusion {name}", "evaluations": np.array(reply[f"evaluations_{name}"]),
              "w2": np.array(reply[f"errors_{name}"])} for name in OF_DIFFUSION]
    return found, {f"diffusion {name}": _(title) for name, title in OF_DIFFUSION.items()}


def _mean(run: Run[FlowMatchingSettings]) -> None:
    st.markdown(_("#### Each pair goes straight. Their mean does not"))
    left, right = st.columns([1, 2], gap="large")
    with left:
        t = st.slider("t", 0.0, 0.95, 0.5, 0.05, key="flow-mean-t")
        x = st.slider("x", -2.0, 2.0, 0.4, 0.1, key="flow-mean-x")
        y = st.slider("y", -2.0, 2.0, 0.2, 0.1, key="flow-mean-y")
    reply = ask(run, "passing", x=x, y=y, t=t)
    if not reply:
        return
    last = run.history.last
    with right:
        if last:
            st.plotly_chart(figures.passing((x, y), t, reply, last.arrays["data"]), config=chart(),
                            key="flow-passing")
    with left:
        (mx, my), (lx, ly) = reply["mean"].tolist(), reply["learned"].tolist()
        st.markdown(_("The mean velocity of the pairs that pass here is **({mx:.2f}, {my:.2f})**; "
                      "the net says **({lx:.2f}, {ly:.2f})**.").format(mx=mx, my=my, lx=lx, ly=ly))
        st.caption(_("Grey: the likeliest data of pairs that pass here. The mean velocity leads, "
                     "by t = 1, to the mean of all of them. At small t a pair may lead anywhere, "
                     "and the mean leads to the middle; at large t one group is left. So the mean "
                     "turns on its way, though no pair does. Where hardly any pair passes, the "
                     "net has seen nothing, and what it says is a guess."))


def _pairs(run: Run[FlowMatchingSettings]) -> None:
    st.markdown(_("#### Who goes with whom"))
    batch = st.select_slider(_("Pairs in a batch"), [8, 16, 32, 64, 128, 256], 64,
                             key="flow-batch")
    reply = ask(run, "pairs", batch=batch, seed=0)
    if not reply:
        return
    titles = {"chance": _("by chance"), "transport": _("by optimal transport")}
    for (name, title), place in zip(titles.items(), st.columns(2, gap="large"), strict=True):
        with place:
            st.caption(_("**{title}**: mean squared length {cost:.2f}; each way crosses "
                         "{n:.1f} others").format(title=title, cost=reply[f"cost_{name}"],
                                                  n=reply[f"crossings_{name}"]))
            st.plotly_chart(figures.paired(reply[name]), config=chart(), key=f"flow-pairs-{name}")
    st.caption(_("Where ways cross, the net has to say a mean of several velocities, and the flow "
                 "bends. Optimal transport within a batch leaves hardly any crossings. In a small "
                 "batch it is far from that of the whole distributions: try 8."))


def _density(run: Run[FlowMatchingSettings]) -> None:
    st.markdown(_("#### How likely is a point?"))
    if not run.settings.claim.is_log_p:
        st.caption(run.settings.claim.text())
        return
    reply = ask_at_rest(_("Follow held-out points back to the noise"), run, "likelihood")
    if not reply:
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.plotly_chart(figures.density(reply["grid"], reply["axis"]), config=chart(),
                        key="flow-density")
    with right:
        st.markdown(_("**-log p(x) = {nats:.3f} nats** for each of {n} held-out points: the "
                      "density of the noise where a point comes from, and how much space was "
                      "squeezed on the way (the sum of the divergence).").format(
                          nats=reply["nats"], n=reply["n"]))
        if reply["true"] is not None:
            st.markdown(_("The density that the points are drawn from gets {true:.3f} nats for "
                          "the same points: the model loses **{gap:.3f}**.").format(
                              true=reply["true"], gap=reply["nats"] - reply["true"]))
        st.caption(_("The density sums to {mass:.3f} over the figure: 1 if nothing lies outside "
                     "and the grid is fine enough.").format(mass=reply["mass"]))
