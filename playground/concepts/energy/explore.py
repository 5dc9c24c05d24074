"""What one can ask an energy: the Explore tab, one topic at a time."""

import numpy as np
import streamlit as st

from playground.concepts.energy import figures
from playground.concepts.energy.settings import OTHERS, EnergySettings
from playground.datasets import LABELS
from playground.language import N_, _, listed
from playground.runs.run import Run
from playground.ui.bench.ask import ask_at_rest
from playground.ui.bench.style import chart
from playground.ui.bench.topics import chosen_topic
from playground.ui.tools.gradients import beside_the_exact_one
from playground.ui.tools.pictures import pictures

TOPICS = {"compositions": N_("Add energies"), "outliers": N_("In or out of distribution?"),
          "gradients": N_("The right gradient"), "mixing": N_("Do chains mix?")}
RULES = {"exact_samples": N_("exact samples"), "at_data_1": N_("1 step from data"),
         "at_data_20": N_("20 from data"), "at_data_100": N_("100 from data"),
         "short_run_20": N_("20 from noise"), "short_run_100": N_("100 from noise"),
         "persistent": N_("persistent")}
SETS = {"held_out": N_("held out"), "box": N_("evenly over the square"),
        "middle": N_("around the middle"), "upside_down": N_("upside down"),
        "inverted": N_("inverted"), "noise": N_("even noise"), "blank": N_("blank")}


def explore(run: Run[EnergySettings]) -> None:
    """Compositions, odd data, gradients, mixing."""
    topic = chosen_topic(TOPICS, "energy-topic")
    if topic == "compositions":
        _compositions(run)
    elif topic == "outliers":
        _outliers(run)
    elif topic == "gradients":
        _gradients(run)
    elif topic == "mixing":
        _mixing(run)


def _only_points(run: Run[EnergySettings]) -> bool:
    """Tell whether data are points; say that they must be, if not."""
    if run.settings.is_image:
        st.caption(_("This takes Z, or the surface: choose points of the plane."))
    return not run.settings.is_image


def _compositions(run: Run[EnergySettings]) -> None:
    st.markdown(_("#### Energies add up"))
    if not _only_points(run):
        return
    names = [name for name in OTHERS if name != run.settings.dataset]
    other = st.radio(_("The other energy"), names, horizontal=True, key="energy-other",
                     format_func=_named, index=min(1, len(names) - 1))
    reply = ask_at_rest(_("Compose them"), run, "compositions", other=other, seed=0)
    if not reply:
        return
    titles = (_("**This energy**"), _("**The other one**"), _("**Their sum: both**"),
              _("**Their soft minimum: either**"))
    for place, title, wells, drawn in zip(st.columns(4), titles, reply["wells"],
                                            reply["drawn"], strict=True):
        with place:
            st.markdown(title)
            st.plotly_chart(figures.composed(wells, drawn), config=chart(),
                            key=f"energy-composed-{title}")
    st.caption(_("Adding energies multiplies densities: a place must be likely under both. The "
                 "soft minimum adds densities: it may be likely under either. Diamonds are "
                 "Langevin chains, {steps} steps from noise, with the knobs of this run; nothing "
                 "was trained for the sum. Where wells are narrow and far apart, chains miss "
                 "some.").format(steps=reply["steps"]))
    st.caption(_("log Z is {nats} nats, by quadrature, in this order.").format(
        nats=listed([f"{value:.2f}" for value in reply["nats"]])))


def _named(name: str) -> str:
    return _("this one mirrored") if name == "mirror" else _(LABELS[name].title)


def _outliers(run: Run[EnergySettings]) -> None:
    st.markdown(_("#### Low energy, so it is one of them?"))
    reply = ask_at_rest(_("Compare energies"), run, "outliers", seed=0)
    if not reply:
        return
    names = [_(SETS[name]) if name in SETS else _(LABELS[name].title) for name in reply["names"]]
    st.plotly_chart(figures.histograms(names, np.asarray(reply["counts"]),
                                       np.asarray(reply["edges"])),
                    config=chart(), key="energy-histograms")
    st.dataframe({_("data"): names[1:],
                  _("higher than a held-out datum (AUC)"): [round(float(value), 3)
                                                            for value in reply["auc"]]},
                 hide_index=True)
    if "examples" in reply:
        for name, examples in zip(names, reply["examples"], strict=True):
            st.caption(name)
            pictures(figures.larger(np.asarray(examples)), len(examples), name)
    st.caption(_("AUC is how often the odd one of a pair has the higher energy: 1 tells them "
                 "apart, 0.5 is chance, below that odd data look likelier than real ones. It "
                 "misleads in both directions. Easy odd data say nothing of hard ones. And low "
                 "energy means dense, not typical: what is simpler than all data, a blank "
                 "picture say, may lie lower than they do. What lies beyond the last bin is in "
                 "it."))


def _gradients(run: Run[EnergySettings]) -> None:
    st.markdown(_("#### Which way is up?"))
    if not _only_points(run):
        return
    if not beside_the_exact_one(run, RULES, _("fantasies")):
        return
    st.caption(_("The slope of the mean log p along the weights, with the model's mean by "
                 "quadrature, beside that by fantasies, 2,000 of each kind. Exact samples, drawn "
                 "from the grid, tell how much of an angle is chance. Once the exact gradient is "
                 "short the model is near a summit, and angles say little: look at the lengths. A "
                 "rule whose gradient is long where the exact one is short leads away from there. "
                 "After training by another rule no summit of log p was looked for."))


def _mixing(run: Run[EnergySettings]) -> None:
    st.markdown(_("#### How long does a chain stay?"))
    reply = ask_at_rest(_("Watch 200 chains"), run, "mixing", seed=0)
    if not reply:
        return
    names = [_("T = {t}").format(t=f"{value:g}") for value in reply["temperatures"]]
    cold, model, hot = (float(shares[-1]) for shares in reply["changed"])
    st.markdown(_("**After {n} steps {model:.0%} of the chains are near another group**; "
                  "{cold:.0%} where it is colder, {hot:.0%} where it is hotter, and {chance:.0%} "
                  "had they forgotten their start (dashed).").format(
                      n=int(reply["times"][-1]), model=model, cold=cold, hot=hot,
                      chance=reply["chance"]))
    st.plotly_chart(figures.changed(reply, names), config=chart(), key="energy-changed")
    st.caption(_("Chains start at held-out data and go by the Langevin step of this run; near is "
                 "the group, or class, of the nearest training datum. A chain that stays tells "
                 "nothing of how much of p is in other wells, and one that starts at the data "
                 "never shows you wells without data. Heat mixes, and draws from another density: "
                 "only T = 1 is the model."))
